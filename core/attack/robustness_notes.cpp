#include <algorithm>
#include <cmath>

#include "core/attack/attack_text.h"
#include "core/attack/robustness.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr double kFlattery = 0.05;       // in accuracy
constexpr double kDeviations = 1.96;     // 95 %
constexpr double kSameEpsilon = 1e-9;

double share(std::int64_t part, std::int64_t whole) {
    return whole > 0 ? static_cast<double>(part) / static_cast<double>(whole) : 0.0;
}

std::string percent(double value) { return formatNumber(100.0 * value, 3) + " %"; }

/// `weak` leaves more accuracy than `strong` by five points, and by more than their sampling allows.
bool flatters(const RobustnessResult& weak, const RobustnessResult& strong) {
    const auto variance = [](const RobustnessResult& result) {
        const double p = result.robustAccuracy();
        return p * (1.0 - p) / static_cast<double>(std::max<std::int64_t>(1, result.images));
    };
    const double gap = weak.robustAccuracy() - strong.robustAccuracy();
    return gap > kFlattery && gap > kDeviations * std::sqrt(variance(weak) + variance(strong));
}

std::string name(const AttackSpec& spec) {
    const AttackMethod* method = findAttackMethod(spec.method);
    if (method == nullptr) return spec.method;
    return method->iterative ? method->label + "-" + std::to_string(spec.steps) : method->label;
}

bool isWeaker(const AttackSpec& a, const AttackSpec& b) {
    const AttackMethod* first = findAttackMethod(a.method);
    const AttackMethod* second = findAttackMethod(b.method);
    if (first == nullptr || second == nullptr || a.norm != b.norm || a.target != b.target) return false;
    if (!first->usesGradient || !second->usesGradient || !first->usesEpsilon || !second->usesEpsilon) return false;
    if (!first->iterative) return second->iterative;
    return a.method == b.method && a.steps < b.steps;
}

}  // namespace

double RobustnessResult::cleanAccuracy() const { return share(cleanCorrect, images); }
double RobustnessResult::robustAccuracy() const { return share(robustCorrect, images); }
double RobustnessResult::successRate() const { return share(fooled, cleanCorrect); }

std::vector<std::string> RobustnessResult::notes() const {
    std::vector<std::string> sentences;
    if (leftOut > 0) {
        sentences.push_back(withThousands(leftOut) + (leftOut == 1 ? " image is" : " images are") +
                            " left out: they belong to the target class " + std::to_string(*attack.target));
    }
    if (gradientVanished > 0) {
        sentences.push_back("the gradient vanishes (is exactly 0) on " + withThousands(gradientVanished) + " of " +
                            withThousands(images) +
                            " images: a robust-looking number may be masked gradients, not robustness");
    }
    if (cancelled) sentences.push_back("cancelled after " + withThousands(images) + " images: the numbers are of those");
    return sentences;
}

std::string flatteryNote(const std::vector<std::pair<AttackSpec, std::vector<CurvePoint>>>& curves) {
    struct Worst {
        double gap = 0.0;
        std::string sentence;
    } worst;
    for (const auto& [weak, weakCurve] : curves) {
        for (const auto& [strong, strongCurve] : curves) {
            if (!isWeaker(weak, strong)) continue;
            for (const CurvePoint& a : weakCurve) {
                for (const CurvePoint& b : strongCurve) {
                    if (std::abs(a.epsilon - b.epsilon) > kSameEpsilon || !flatters(a.result, b.result)) continue;
                    const double gap = a.result.robustAccuracy() - b.result.robustAccuracy();
                    if (gap <= worst.gap) continue;
                    worst = {gap, name(weak) + " flatters: at ε = " + epsilonText(a.epsilon) + " it leaves " +
                                      percent(a.result.robustAccuracy()) + ", " + name(strong) + " only " +
                                      percent(b.result.robustAccuracy())};
                }
            }
        }
    }
    return worst.sentence;
}

}  // namespace convolab
