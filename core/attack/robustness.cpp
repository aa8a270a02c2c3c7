#include "core/attack/robustness.h"

#include <algorithm>
#include <chrono>
#include <numeric>

#include "core/attack/perturbation.h"
#include "core/model/dataset_fit.h"
#include "core/util/device_lost.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 64;

using Clock = std::chrono::steady_clock;

Error noImages(std::string message, std::string hint) {
    return {ErrorCode::InvalidArgument, std::move(message), {}, std::move(hint)};
}

Result<std::vector<std::int64_t>> chosenImages(const Dataset& dataset, const RobustnessSample& sample) {
    const std::int64_t available = dataset.size(sample.split);
    const std::string where = dataset.info().title + "'s " + splitName(sample.split) + " split";
    if (available == 0) return noImages(where + " has no images", {});
    if (sample.indices.empty()) {
        const std::int64_t count = sample.limit > 0 ? std::min(sample.limit, available) : available;
        std::vector<std::int64_t> first(static_cast<std::size_t>(count));
        std::iota(first.begin(), first.end(), std::int64_t{0});
        return first;
    }
    for (const std::int64_t index : sample.indices) {
        if (index >= 0 && index < available) continue;
        return noImages("there is no image " + withThousands(index) + " in " + where,
                        "it has the images 0 to " + withThousands(available - 1));
    }
    return sample.indices;
}

/// One network under attack, on the chosen images of one split.
class Measurement {
  public:
    static Result<Measurement> prepare(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                       const AttackSpec& attack, const RobustnessSample& sample, const CompileModel& compile) {
        CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analyze(spec), dataset));
        CONVOLAB_RETURN_IF_ERROR(validateAttack(attack, dataset.classes()));
        Measurement measurement(dataset, sample.split);
        CONVOLAB_ASSIGN(measurement.m_indices, chosenImages(dataset, sample));
        const auto isTarget = [&](std::int64_t index) { return attack.target == dataset.label(sample.split, index); };
        measurement.m_leftOut = static_cast<std::int64_t>(std::erase_if(measurement.m_indices, isTarget));
        if (measurement.m_indices.empty()) {
            return noImages("all " + withThousands(measurement.m_leftOut) + " images belong to the target class " +
                                std::to_string(*attack.target),
                            "choose another target, or images of other classes");
        }
        const auto batch = std::min(kBatch, static_cast<std::int64_t>(measurement.m_indices.size()));
        CONVOLAB_ASSIGN(measurement.m_attacker, Attacker::create(spec, batch, compile));
        CONVOLAB_RETURN_IF_ERROR(measurement.m_attacker->bind(weights));
        measurement.m_images = Tensor(dataset.info().imageShape.withBatch(batch));
        return measurement;
    }

    Result<RobustnessResult> run(const AttackSpec& attack, const Progress& progress, const OutcomeSink& sink) {
        const auto begin = Clock::now();
        CONVOLAB_RETURN_IF_ERROR(validateAttack(attack, m_dataset.classes()));
        Sums sums;
        RobustnessResult& result = sums.result;
        result.attack = attack;
        result.split = m_split;
        result.leftOut = m_leftOut;
        const auto largest = static_cast<std::size_t>(m_images.shape()[0]);
        for (std::size_t first = 0; first < m_indices.size() && !result.cancelled; first += largest) {
            const auto batch = std::span(m_indices).subspan(first, std::min(largest, m_indices.size() - first));
            const auto share = [&](double done) {
                return (static_cast<double>(first) + done * static_cast<double>(batch.size())) /
                       static_cast<double>(m_indices.size());
            };
            auto outcome = attackBatch(attack, batch, progress, share);
            if (outcome.ok()) {
                sums.add(*outcome);
                if (sink) sink(batch, *outcome);
            } else if (outcome.error().code == ErrorCode::Cancelled) {
                result.cancelled = true;
            } else {
                return outcome.error();
            }
        }
        if (progress && !result.cancelled) progress(1.0);
        result.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        return sums.finished();
    }

  private:
    struct Sums {
        RobustnessResult result;
        std::int64_t perturbed = 0;
        std::int64_t smallest = 0;

        void add(const AttackOutcome& outcome) {
            const bool findsSmallest = findAttackMethod(result.attack.method)->findsSmallest;
            for (const AttackedImage& image : outcome.images) {
                ++result.images;
                const bool correct = image.cleanPrediction == image.label;
                result.cleanCorrect += correct ? 1 : 0;
                result.robustCorrect += correct && image.prediction == image.label ? 1 : 0;
                result.fooled += correct && image.fooled ? 1 : 0;
                result.gradientVanished += image.gradientVanished ? 1 : 0;
                if (!image.perturbed) continue;
                ++perturbed;
                result.meanLinf += image.linf;
                result.meanL2 += image.l2;
                result.maxLinf = std::max(result.maxLinf, image.linf);
                result.maxL2 = std::max(result.maxL2, image.l2);
                if (!findsSmallest || !image.fooled) continue;
                ++smallest;
                result.rho += image.relativeL2;
            }
        }

        RobustnessResult finished() {
            if (perturbed > 0) {
                result.meanLinf /= static_cast<double>(perturbed);
                result.meanL2 /= static_cast<double>(perturbed);
            }
            if (smallest > 0) result.rho /= static_cast<double>(smallest);
            return result;
        }
    };

    Measurement(const Dataset& dataset, Split split) : m_dataset(dataset), m_split(split) {}

    template <class Share>
    Result<AttackOutcome> attackBatch(const AttackSpec& attack, std::span<const std::int64_t> batch,
                                      const Progress& progress, const Share& share) {
        const auto pixels = static_cast<std::size_t>(m_dataset.info().imageShape.size());
        m_labels.clear();
        for (std::size_t i = 0; i < batch.size(); ++i) {
            m_dataset.image(m_split, batch[i], m_images.span().subspan(i * pixels, pixels));
            m_labels.push_back(m_dataset.label(m_split, batch[i]));
        }
        // How far this batch is: calls of the model so far, of about as many as an iterative attack makes.
        const int steps = findAttackMethod(attack.method)->iterative ? attack.steps : 1;
        const double calls = static_cast<double>(attack.restarts) * (static_cast<double>(steps) + 1.0);
        double done = 0.0;
        const auto keepGoing = [&] { return !progress || progress(share(std::min(1.0, done++ / calls))); };
        if (!keepGoing()) return Error{ErrorCode::Cancelled, "the measurement was cancelled", {}, {}};
        const Shape shape = m_dataset.info().imageShape.withBatch(static_cast<std::int64_t>(batch.size()));
        return m_attacker->run(attack, {m_images.data(), shape}, m_labels, batch, keepGoing);
    }

    const Dataset& m_dataset;
    Split m_split;
    std::vector<std::int64_t> m_indices;
    std::int64_t m_leftOut = 0;
    std::unique_ptr<Attacker> m_attacker;
    Tensor m_images;
    std::vector<int> m_labels;
};

}  // namespace

Result<RobustnessResult> measureRobustness(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                           const AttackSpec& attack, const RobustnessSample& sample,
                                           const Progress& progress, const OutcomeSink& sink, const CompileModel& compile) try {
    CONVOLAB_ASSIGN(auto measurement, Measurement::prepare(spec, weights, dataset, attack, sample, compile));
    return measurement.run(attack, progress, sink);
} catch (const DeviceLost& lost) {
    return lost.error;
}

Result<std::vector<CurvePoint>> robustnessCurve(const NetworkSpec& spec, const WeightSet& weights,
                                                const Dataset& dataset, AttackSpec attack,
                                                std::span<const double> epsilons, const RobustnessSample& sample,
                                                const Progress& progress,
                                                const std::function<void(const CurvePoint&)>& onPoint, const CompileModel& compile) try {
    std::vector<CurvePoint> curve;
    if (epsilons.empty()) return curve;
    attack.epsilon = epsilons.front();
    CONVOLAB_ASSIGN(auto measurement, Measurement::prepare(spec, weights, dataset, attack, sample, compile));
    for (const double epsilon : epsilons) {
        attack.epsilon = epsilon;
        const auto point = static_cast<double>(curve.size());
        const Progress partly = [&](double share) {
            return !progress || progress((point + share) / static_cast<double>(epsilons.size()));
        };
        CONVOLAB_ASSIGN(const RobustnessResult result, measurement.run(attack, partly, {}));
        if (result.images > 0) {
            curve.push_back({epsilon, result});
            if (onPoint) onPoint(curve.back());
        }
        if (result.cancelled) break;
    }
    return curve;
} catch (const DeviceLost& lost) {
    return lost.error;
}

}  // namespace convolab
