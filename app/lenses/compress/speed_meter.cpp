#include "app/lenses/compress/speed_meter.h"

#include <algorithm>

#include "core/compress/quantization/quantized_model.h"
#include "core/measure/latency.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatches[] = {1, 64};
constexpr double kSeconds = 0.2;  // of each model, batch and round
constexpr int kRounds = 2, kFewestRuns = 5;

Error cancelled() { return {ErrorCode::Cancelled, "the measurement was cancelled", {}, {}}; }

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
        SpeedComparison row{.batch = batch, .floatSeconds = 1e9, .integerSeconds = 1e9, .why = slowerInIntegers(integers, batch)};
        const LatencyOptions options{.batches = {batch}, .seconds = kSeconds, .minimumRuns = kFewestRuns, .perLayer = false};
        // In turn, so that whatever else runs on this machine hits both.
        for (int round = 0; round < kRounds; ++round, ++done) {
            if (progress && !progress(static_cast<double>(done) / static_cast<double>(std::size(kBatches) * kRounds))) return cancelled();
            CONVOLAB_ASSIGN(const Latency real, measureLatency(network, laid.weights.get(), options));
            CONVOLAB_ASSIGN(const Latency integer, measureLatency(integers, options));
            row.floatSeconds = std::min(row.floatSeconds, real.batches.front().perImage());
            row.integerSeconds = std::min(row.integerSeconds, integer.batches.front().perImage());
        }
        rows.push_back(std::move(row));
    }
    if (progress) progress(1.0);
    return rows;
}

}  // namespace convolab
