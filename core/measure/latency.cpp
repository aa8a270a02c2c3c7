#include "core/measure/latency.h"

#include <algorithm>
#include <chrono>
#include <map>
#include <thread>

#include "core/compress/quantization/integer_model.h"
#include "core/cpu/compute_team.h"
#include "core/measure/timed_model.h"
#include "core/util/random.h"

namespace convolab {

namespace {

using Clock = std::chrono::steady_clock;

/// Waiting longer than this means that somebody else computes.
constexpr double kSharedWait = 20e-6;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

Tensor randomImages(const Shape& shape, std::int64_t batch) {
    Tensor images(shape.withBatch(batch));
    RandomSequence random(0, RandomStreamId::Analysis);
    for (float& value : images.span()) value = random.uniform();
    return images;
}

/// One model at one batch size, run in turn with and without a clock on each operation.
class BatchTiming {
  public:
    BatchTiming(TimedModel& model, const LatencyOptions& options, std::int64_t batch)
        : m_model(model), m_options(options), m_images(randomImages(model.inputShape(), batch)),
          m_operations(model.operations()), m_times(m_operations.size()) {
        m_result.batch = batch;
    }

    Status run(const std::function<bool(double)>& progress) {
        for (std::int64_t i = 0; i < m_options.warmUpRuns; ++i) once(false);
        m_result.warmUpRuns = m_options.warmUpRuns;
        m_result.shared = false;
        const auto begin = Clock::now();
        double share = 0.0;
        for (std::int64_t run = 0; share < 1.0; ++run) {
            if (progress && !progress(share)) return Error{ErrorCode::Cancelled, "the measurement was cancelled", {}, {}};
            once(true);
            const double byTime = secondsSince(begin) / m_options.seconds;
            const double byCount = static_cast<double>(run + 1) / static_cast<double>(m_options.maximumRuns);
            const double least = static_cast<double>(run + 1) / static_cast<double>(std::max<std::int64_t>(1, m_options.minimumRuns));
            share = std::max(byCount, std::min(byTime, least));
        }
        return {};
    }

    BatchLatency result() {
        m_result.runs = static_cast<std::int64_t>(m_whole.size());
        m_result.seconds = spreadOf(std::move(m_whole));
        if (!m_options.perLayer) return std::move(m_result);
        for (const Operation& operation : m_operations) {
            if (!operation.node || !operation.runs) continue;
            m_result.layers.push_back({operation.node, spreadOf(std::move(m_samples[operation.node]))});
        }
        m_result.layoutChanges = spreadOf(std::move(m_samples[NodeId{}])).median;
        return std::move(m_result);
    }

  private:
    void once(bool counted) {
        const double whole = m_model.forward(m_images.view());
        giveWay(whole);
        if (counted) m_whole.push_back(whole);
        if (!m_options.perLayer) return;
        giveWay(m_model.timedForward(m_images.view(), m_times));
        if (!counted) return;
        std::map<NodeId, double> sums{{NodeId{}, 0.0}};
        for (std::size_t i = 0; i < m_times.size(); ++i) sums[m_operations[i].node] += m_times[i];
        for (const auto& [node, seconds] : sums) m_samples[node].push_back(seconds);
    }

    /// A third of the time at most while somebody else computes.
    void giveWay(double used) {
        if (m_model.waited() < kSharedWait) return;
        m_result.shared = true;
        std::this_thread::sleep_for(std::chrono::duration<double>(2.0 * used));
    }

    TimedModel& m_model;
    const LatencyOptions& m_options;
    Tensor m_images;
    const std::vector<Operation>& m_operations;
    std::vector<double> m_times;
    std::vector<double> m_whole;
    std::map<NodeId, std::vector<double>> m_samples;
    BatchLatency m_result;
};

Status checkOptions(const LatencyOptions& options) {
    const bool usable = !options.batches.empty() &&
                        std::all_of(options.batches.begin(), options.batches.end(), [](auto batch) { return batch > 0; });
    if (usable && options.seconds > 0.0 && options.maximumRuns > 0) return {};
    return Error{ErrorCode::InvalidArgument, "there is no batch size to measure", {}, "name one or more, each at least 1"};
}

/// By the pace of the batch before it.
bool tooLong(const Latency& latency, const LatencyOptions& options, std::int64_t batch) {
    if (!options.patience || latency.batches.empty()) return false;
    const auto runs = static_cast<double>(options.warmUpRuns + options.minimumRuns) * (options.perLayer ? 2.0 : 1.0);
    return latency.batches.back().perImage() * static_cast<double>(batch) * runs > *options.patience;
}

}  // namespace

double BatchLatency::betweenLayers() const {
    double sum = 0.0;
    for (const LayerTime& layer : layers) sum += layer.seconds.median;
    return std::max(0.0, seconds.median - sum);
}

const LayerTime* BatchLatency::find(NodeId node) const {
    const auto found = std::find_if(layers.begin(), layers.end(), [&](const LayerTime& l) { return l.node == node; });
    return found == layers.end() ? nullptr : &*found;
}

const BatchLatency* Latency::find(std::int64_t batch) const {
    const auto found = std::find_if(batches.begin(), batches.end(), [&](const auto& b) { return b.batch == batch; });
    return found == batches.end() ? nullptr : &*found;
}

namespace {

using MakeModel = std::function<Result<std::unique_ptr<TimedModel>>(std::int64_t batch)>;

Result<Latency> measureBatches(const MakeModel& make, const LatencyOptions& options, const Progress& progress) {
    CONVOLAB_RETURN_IF_ERROR(checkOptions(options));
    Latency latency;
    latency.threads = computeThreads();
    const auto count = static_cast<double>(options.batches.size());
    for (std::size_t i = 0; i < options.batches.size(); ++i) {
        const std::int64_t batch = options.batches[i];
        if (tooLong(latency, options, batch)) continue;
        auto model = make(batch);
        const bool skip = options.patience && !latency.batches.empty() && !model.ok() &&
                          model.error().code == ErrorCode::OutOfMemory;
        if (skip) continue;
        if (!model.ok()) return model.error();
        BatchTiming timing(**model, options, batch);
        CONVOLAB_RETURN_IF_ERROR(timing.run(
            [&](double share) { return !progress || progress((static_cast<double>(i) + share) / count); }));
        latency.batches.push_back(timing.result());
    }
    if (progress) progress(1.0);
    return latency;
}

}  // namespace

Result<Latency> measureLatency(const NetworkSpec& spec, const WeightSet* weights, const LatencyOptions& options,
                               const Progress& progress) {
    return measureBatches(
        [&](std::int64_t batch) -> Result<std::unique_ptr<TimedModel>> {
            CompileOptions compile;
            compile.maximumBatch = batch;
            CONVOLAB_ASSIGN(auto model, Model::compile(spec, compile));
            if (weights != nullptr) CONVOLAB_RETURN_IF_ERROR(model->bind(*weights));
            return timed(std::move(model));
        },
        options, progress);
}

Result<Latency> measureLatency(const IntegerNetwork& network, const LatencyOptions& options, const Progress& progress) {
    return measureBatches(
        [&](std::int64_t batch) -> Result<std::unique_ptr<TimedModel>> {
            CONVOLAB_ASSIGN(auto model, makeIntegerModel(network, {.maximumBatch = batch}));
            return timed(std::move(model));
        },
        options, progress);
}

}  // namespace convolab
