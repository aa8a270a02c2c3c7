#include "core/compress/quantization/calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "core/model/dataset_fit.h"
#include "core/model/model.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 32;
constexpr int kBins = 2048;

/// Collects one layer's values: extremes in the first pass, a histogram between them in the second.
struct Observer {
    float low = std::numeric_limits<float>::infinity();
    float high = -std::numeric_limits<float>::infinity();
    bool finite = true;
    std::vector<double> counts;

    void widen(std::span<const float> values) {
        for (const float value : values) {
            low = std::min(low, value);
            high = std::max(high, value);
            finite = finite && std::isfinite(value);
        }
    }

    void count(std::span<const float> values) {
        counts.resize(kBins, 0.0);
        const float perBin = high > low ? static_cast<float>(kBins) / (high - low) : 0.0F;
        for (const float value : values) {
            const int bin = std::min(static_cast<int>((value - low) * perBin), kBins - 1);
            counts[static_cast<std::size_t>(std::max(bin, 0))] += 1.0;
        }
    }

    ValueDistribution result() const {
        ValueDistribution distribution{.low = low, .high = high, .values = {}, .counts = counts};
        const double width = (static_cast<double>(high) - low) / kBins;
        for (int bin = 0; bin < kBins; ++bin) distribution.values.push_back(static_cast<float>(low + (bin + 0.5) * width));
        return distribution;
    }
};

/// The model with its images, ready for any number of passes.
class Passes {
  public:
    Passes(Model& model, const Dataset& dataset, std::vector<std::int64_t> indices)
        : m_model(model), m_dataset(dataset), m_indices(std::move(indices)),
          m_images(dataset.info().imageShape.withBatch(model.options().maximumBatch)) {}

    /// False: cancelled. `from` and `to` are the pass's part of the whole progress.
    bool run(double from, double to, const std::function<bool(double)>& progress, const std::function<void()>& visit) {
        const auto count = static_cast<std::int64_t>(m_indices.size());
        const Shape& shape = m_dataset.info().imageShape;
        const auto pixels = static_cast<std::size_t>(shape.size());
        for (std::int64_t first = 0; first < count; first += m_images.shape()[0]) {
            const double share = static_cast<double>(first) / static_cast<double>(count);
            if (progress && !progress(from + (to - from) * share)) return false;
            const std::int64_t n = std::min(m_images.shape()[0], count - first);
            for (std::int64_t i = 0; i < n; ++i) {
                m_dataset.image(Split::Train, m_indices[static_cast<std::size_t>(first + i)],
                                {m_images.data() + static_cast<std::size_t>(i) * pixels, pixels});
            }
            m_model.forward({m_images.data(), shape.withBatch(n)});
            visit();
        }
        return true;
    }

  private:
    Model& m_model;
    const Dataset& m_dataset;
    std::vector<std::int64_t> m_indices;
    Tensor m_images;
};

Status checkCalibration(const NetworkSpec& spec, const Analysis& analysis, const Dataset& dataset,
                        const QuantizationSettings& settings) {
    CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analysis, dataset));
    if (settings.calibrationImages < 1) {
        return Error{ErrorCode::InvalidArgument,
                     "ranges cannot be chosen from " + withThousands(settings.calibrationImages) + " calibration images", "",
                     "use at least 1, better some hundred"};
    }
    if (dataset.size(Split::Train) == 0) {
        return Error{ErrorCode::InvalidArgument,
                     dataset.info().title + " has no training images to calibrate the activations with", "",
                     "take a data set with images, or keep the activations at 32 bits"};
    }
    return {};
}

}  // namespace

std::vector<FusedLayer> inferenceLayers(const NetworkSpec& spec, const Analysis& analysis) {
    return fuseLayers(spec, analysis, CompileOptions{}, false);  // integers clip by a table of their own
}

std::vector<NodeId> quantizedActivations(const NetworkSpec& spec, const Analysis& analysis) {
    static const std::set<std::string> kSharing{"max_pool", "flatten", "dropout", "output", "softmax", "log_softmax"};
    std::vector<NodeId> found;
    for (const FusedLayer& layer : inferenceLayers(spec, analysis)) {
        if (!kSharing.contains(spec.node(layer.node)->kind)) found.push_back(layer.last());
    }
    return found;
}

Result<ActivationStatistics> observeActivations(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                                const QuantizationSettings& settings, std::uint64_t seed,
                                                const std::function<bool(double)>& progress) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(checkCalibration(spec, analysis, dataset, settings));
    const std::int64_t wanted = std::min(settings.calibrationImages, dataset.size(Split::Train));
    CompileOptions options;
    options.maximumBatch = std::min(kBatch, wanted);
    options.taps = quantizedActivations(spec, analysis);
    CONVOLAB_ASSIGN(const auto model, Model::compile(spec, options));
    CONVOLAB_RETURN_IF_ERROR(model->bind(weights));

    ActivationStatistics statistics;
    statistics.images = wanted;
    std::map<NodeId, Observer> observers;
    Passes passes(*model, dataset, balancedSample(dataset, Split::Train, wanted, seed));
    const Error cancelled{ErrorCode::Cancelled, "the calibration was cancelled", {}, {}};
    const bool first = passes.run(0.0, 0.5, progress, [&] {
        for (const NodeId node : options.taps) observers[node].widen(model->tap(node).span());
    });
    if (!first) return cancelled;
    for (const NodeId node : options.taps) {
        if (observers[node].finite) continue;
        return Error{ErrorCode::InvalidArgument, "its outputs on the calibration images are not finite numbers",
                     spec.node(node)->name, "quantise a network whose training did not diverge"};
    }
    const bool second = passes.run(0.5, 1.0, progress, [&] {
        for (const NodeId node : options.taps) observers[node].count(model->tap(node).span());
    });
    if (!second) return cancelled;
    for (const auto& [node, observer] : observers) statistics.seen[node] = observer.result();
    if (progress) progress(1.0);
    return statistics;
}

Result<ActivationRanges> chooseRanges(const ActivationStatistics& statistics, const QuantizationSettings& settings) {
    CONVOLAB_ASSIGN(const RangeRule* rule, rangeRuleNamed(settings.range));
    ActivationRanges chosen;
    chosen.images = statistics.images;
    const GridForm form{.bits = std::min(settings.activationBits, kMostBits), .symmetric = false};
    for (const auto& [node, seen] : statistics.seen) chosen.ranges[node] = rule->choose(seen, form);
    return chosen;
}

}  // namespace convolab
