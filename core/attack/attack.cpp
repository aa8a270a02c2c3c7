#include "core/attack/attack.h"

#include <algorithm>
#include <cmath>

#include "core/util/check.h"
#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kMostSteps = 100'000;
constexpr int kMostRestarts = 10'000;
constexpr double kPgdReach = 2.5;    // Madry et al. 2018: the steps together can cross the ball
constexpr double kFgsmReach = 1.25;  // Wong et al. 2020: from a random start

Error invalid(std::string message, std::string hint) {
    return {ErrorCode::InvalidArgument, std::move(message), {}, std::move(hint)};
}

Status checkMethod(const AttackSpec& spec, const AttackMethod& method) {
    if (spec.norm == AttackNorm::L2 && !method.supportsL2) {
        return invalid(method.label + " works in L∞ only", "choose norm linf, or another method");
    }
    if (spec.randomStart && *spec.randomStart != method.startsRandomly && !method.supportsRandomStart) {
        return *spec.randomStart
                   ? invalid(method.label + " has no random start", "leave it out, or use pgd, which has one")
                   : invalid(method.label + " is random throughout", "leave random_start out");
    }
    if (spec.restarts > 1 && !startsRandomly(spec)) {
        return invalid(withThousands(spec.restarts) + " restarts of " + method.label +
                           " would all do the same: it does not start at random",
                       method.supportsRandomStart ? "set restarts to 1, or random_start to true"
                                                  : "set restarts to 1, or use pgd");
    }
    if (spec.target && !method.supportsTarget) {
        return invalid(method.label + " cannot aim at a class", "leave the target out, or use pgd");
    }
    return {};
}

Status checkEpsilon(const AttackSpec& spec) {
    const bool largest = spec.norm == AttackNorm::Linf && spec.epsilon > 1.0;
    if (std::isfinite(spec.epsilon) && spec.epsilon >= 0.0 && !largest) return {};
    return invalid("ε is " + formatNumber(spec.epsilon),
                   spec.norm == AttackNorm::Linf
                       ? "give a share of the pixel range from 0 to 1, such as 0.1 or 8/255"
                       : "give a length of at least 0 in units of the pixel range, such as 1.5");
}

Status checkCount(const std::string& what, int value, int maximum) {
    if (value >= 1 && value <= maximum) return {};
    return invalid("the number of " + what + " is " + withThousands(value),
                   "give a whole number from 1 to " + withThousands(maximum));
}

}  // namespace

Status validateAttack(const AttackSpec& spec, int classes) {
    const AttackMethod* method = findAttackMethod(spec.method);
    if (method == nullptr) {
        std::vector<std::string> known;
        for (const AttackMethod* each : attackMethods()) known.push_back(each->id);
        return unknownWord("attack", spec.method, known);
    }
    CONVOLAB_RETURN_IF_ERROR(checkEpsilon(spec));
    if (!std::isfinite(spec.step) || spec.step < 0.0) {
        return invalid("the step size is " + formatNumber(spec.step),
                       "give a number of at least 0; 0 leaves it to the method");
    }
    CONVOLAB_RETURN_IF_ERROR(checkCount("steps", spec.steps, kMostSteps));
    CONVOLAB_RETURN_IF_ERROR(checkCount("restarts", spec.restarts, kMostRestarts));
    CONVOLAB_RETURN_IF_ERROR(checkMethod(spec, *method));
    if (spec.target && (*spec.target < 0 || (classes > 0 && *spec.target >= classes))) {
        return invalid("the target is class " + withThousands(*spec.target),
                       classes > 0 ? "the network has the classes 0 to " + std::to_string(classes - 1)
                                   : "classes count from 0");
    }
    return {};
}

const AttackMethod* findAttackMethod(const std::string& id) {
    const auto& all = attackMethods();
    const auto found = std::find_if(all.begin(), all.end(), [&](const AttackMethod* m) { return m->id == id; });
    return found == all.end() ? nullptr : *found;
}

bool startsRandomly(const AttackSpec& spec) {
    const AttackMethod* method = findAttackMethod(spec.method);
    CONVOLAB_CHECK(method != nullptr, "unknown attack " + spec.method);
    return spec.randomStart.value_or(method->startsRandomly);
}

double stepSize(const AttackSpec& spec) {
    if (spec.step > 0.0) return spec.step;
    const AttackMethod* method = findAttackMethod(spec.method);
    CONVOLAB_CHECK(method != nullptr, "unknown attack " + spec.method);
    const bool random = startsRandomly(spec);
    if (!method->iterative) return random ? kFgsmReach * spec.epsilon : spec.epsilon;
    return (method->startsRandomly ? kPgdReach : 1.0) * spec.epsilon / spec.steps;
}

double largestEpsilon(AttackNorm norm, const Shape& image) {
    return norm == AttackNorm::Linf ? 1.0 : std::sqrt(static_cast<double>(image.size()));
}

const char* normName(AttackNorm norm) { return norm == AttackNorm::Linf ? "linf" : "l2"; }

}  // namespace convolab
