#include "app/lenses/compress/plan_meter.h"

#include <algorithm>
#include <cmath>

#include "core/compress/quantization/quantization_error.h"
#include "core/inspect/predictions.h"
#include "core/train/training_loop.h"

namespace convolab {

namespace {

constexpr std::size_t kMostEntries = 4;

}  // namespace

Result<ActivationStatisticsPtr> CalibrationCache::statistics(const LaidPlan& laid, const DatasetPtr& dataset, const std::function<bool()>& keepGoing) {
    const QuantizationSettings& settings = laid.plan.quantization;
    const auto same = [&](const Entry& entry) {
        return entry.weights == laid.shared && entry.dataset == dataset && entry.images == settings.calibrationImages && entry.seed == laid.plan.seed;
    };
    {
        const std::lock_guard lock(m_mutex);
        const auto found = std::find_if(m_entries.begin(), m_entries.end(), same);
        if (found != m_entries.end()) return found->seen;
    }
    const auto progress = [&](double) { return !keepGoing || keepGoing(); };
    CONVOLAB_ASSIGN(ActivationStatistics observed, observeActivations(*laid.ground.network, *laid.shared, *dataset, settings, laid.plan.seed, progress));
    auto seen = std::make_shared<const ActivationStatistics>(std::move(observed));
    const std::lock_guard lock(m_mutex);
    if (m_entries.size() >= kMostEntries) m_entries.erase(m_entries.begin());
    m_entries.push_back({laid.shared, dataset, settings.calibrationImages, laid.plan.seed, seen});
    return ActivationStatisticsPtr(seen);
}

std::vector<std::int64_t> sampleOf(const Dataset& dataset, Split split, std::int64_t images) {
    return balancedSample(dataset, split, std::min(images, dataset.size(split)), 0);
}

Result<PlanAccuracy> measureIntegers(const LaidPlan& laid, const DatasetPtr& dataset, Split split, const std::vector<std::int64_t>& indices,
                                     CalibrationCache& calibration, const std::function<bool()>& keepGoing) {
    CONVOLAB_ASSIGN(const ActivationStatisticsPtr seen, calibration.statistics(laid, dataset, keepGoing));
    CONVOLAB_ASSIGN(const Evaluation found, quantizedAccuracy(*laid.ground.network, *laid.shared, laid.plan, *seen, *dataset, split, indices,
                                                              [&](double) { return !keepGoing || keepGoing(); }));
    const double correct = found.accuracy * static_cast<double>(found.images);
    return PlanAccuracy{split, std::llround(correct), found.images, dataset->size(split), Arithmetic::Integers};
}

Result<PlanAccuracy> measurePlan(const LaidPlan& laid, const DatasetPtr& dataset, Split split, CalibrationCache& calibration,
                                 const std::function<bool()>& keepGoing) {
    if (usesIntegers(laid.plan)) return measureIntegers(laid, dataset, split, {}, calibration, keepGoing);
    CONVOLAB_ASSIGN(const PredictionTable table, predictSplit(*laid.ground.network, *laid.weights, *dataset, split, 0,
                                                              [&](double) { return !keepGoing || keepGoing(); }));
    return PlanAccuracy{split, table.correct(), static_cast<std::int64_t>(table.rows.size()), dataset->size(split), arithmeticOf(laid.plan)};
}

}  // namespace convolab
