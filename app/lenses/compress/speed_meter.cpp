#include "app/lenses/compress/speed_meter.h"

#include <algorithm>
#include <chrono>

#include "core/compress/quantization/quantized_model.h"
#include "core/cpu/compute_team.h"
#include "core/measure/latency.h"
#include "core/measure/spread.h"
#include "core/util/random.h"

namespace convolab {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kBatches[] = {1, 64};
constexpr double kSeconds = 0.2;  // of each model, batch and round
constexpr int kRounds = 2, kFewestRuns = 5, kMostRuns = 400;

Error cancelled() { return {ErrorCode::Cancelled, "the measurement was cancelled", {}, {}}; }

/// As measureLatency times a float32 model: random images, the first runs not counted, waiting for the team left out.
double integerMedian(QuantizedModel& model, std::int64_t batch) {
    Tensor images(model.inputShape().withBatch(batch));
    RandomSequence random(0, RandomStreamId::Analysis);
    for (float& value : images.span()) value = random.uniform();
    std::vector<double> seconds;
    const auto begin = Clock::now();
    for (int run = -kFewestRuns; run < kMostRuns; ++run) {
        const auto start = Clock::now();
        model.forward(images.view());
        const auto end = Clock::now();
        if (run >= 0) seconds.push_back(std::chrono::duration<double>(end - start).count() - lastComputeWait());
        if (run >= kFewestRuns && std::chrono::duration<double>(end - begin).count() > kSeconds) break;
    }
    return spreadOf(std::move(seconds)).median;
}

}  // namespace

Result<std::vector<SpeedComparison>> compareSpeed(const LaidPlan& laid, const DatasetPtr& dataset, CalibrationCache& calibration,
                                                  const std::function<bool(double)>& progress) {
    const NetworkSpec& network = *laid.ground.network;
    CONVOLAB_ASSIGN(const ActivationStatisticsPtr seen, calibration.statistics(laid, dataset, [&] { return !progress || progress(0.0); }));
    CONVOLAB_ASSIGN(const ActivationRanges ranges, chooseRanges(*seen, laid.plan.quantization));
    CONVOLAB_ASSIGN(const IntegerNetwork integers, makeIntegerNetwork(network, *laid.shared, laid.plan, ranges));
    std::vector<SpeedComparison> rows;
    int done = 0;
    for (const std::int64_t batch : kBatches) {
        CONVOLAB_ASSIGN(const auto model, QuantizedModel::make(network, *laid.shared, laid.plan, ranges, {.maximumBatch = batch}));
        SpeedComparison row{.batch = batch, .floatSeconds = 1e9, .integerSeconds = 1e9, .why = slowerInIntegers(integers, batch)};
        const LatencyOptions options{.batches = {batch}, .seconds = kSeconds, .minimumRuns = kFewestRuns, .perLayer = false};
        // In turn, so that whatever else runs on this machine hits both.
        for (int round = 0; round < kRounds; ++round, ++done) {
            if (progress && !progress(static_cast<double>(done) / static_cast<double>(std::size(kBatches) * kRounds))) return cancelled();
            CONVOLAB_ASSIGN(const Latency latency, measureLatency(network, laid.weights.get(), options));
            row.floatSeconds = std::min(row.floatSeconds, latency.batches.front().perImage());
            row.integerSeconds = std::min(row.integerSeconds, integerMedian(*model, batch) / static_cast<double>(batch));
        }
        rows.push_back(std::move(row));
    }
    if (progress) progress(1.0);
    return rows;
}

}  // namespace convolab
