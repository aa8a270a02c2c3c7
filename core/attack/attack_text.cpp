#include "core/attack/attack_text.h"

#include <charconv>
#include <cmath>
#include <limits>

#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr double kLevels = 255.0;

Error wrong(const std::string& what, std::string_view text, const std::string& wanted) {
    return {ErrorCode::InvalidArgument, what + " is \"" + std::string(text) + "\"", {}, "give " + wanted};
}

/// "0.1", "8/255"; nothing for anything else, 8/0 included.
std::optional<double> parseShare(std::string_view text) {
    const std::size_t slash = text.find('/');
    const auto numerator = parseNumber<double>(text.substr(0, slash));
    if (slash == std::string_view::npos || !numerator) return numerator;
    const auto denominator = parseNumber<double>(text.substr(slash + 1));
    if (!denominator || !(*denominator > 0.0)) return std::nullopt;
    return *numerator / *denominator;
}

/// The shortest text that reads back as the same number: "8/255" where it is one.
std::string shareText(double value) {
    const double level = std::round(value * kLevels);
    if (level > 0.0 && level < kLevels && level / kLevels == value) return formatNumber(level) + "/255";
    char buffer[32];
    return {buffer, std::to_chars(buffer, buffer + sizeof buffer, value).ptr};
}

template <class Number>
Status setNumber(const std::string& key, std::string_view text, Number& field) {
    const auto value = parseNumber<Number>(text);
    if (!value) return wrong(key, text, "a whole number");
    field = *value;
    return {};
}

Status setShare(const std::string& key, std::string_view text, double& field) {
    const auto value = parseShare(text);
    if (!value) return wrong(key, text, "a number such as 0.1 or 8/255");
    field = *value;
    return {};
}

Status setNorm(std::string_view text, AttackNorm& field) {
    for (const AttackNorm norm : {AttackNorm::Linf, AttackNorm::L2}) {
        if (normalizedName(text) == normName(norm)) {
            field = norm;
            return {};
        }
    }
    return unknownWord("norm", text, {normName(AttackNorm::Linf), normName(AttackNorm::L2)});
}

Status setOption(std::string_view key, std::string_view text, AttackSpec& spec) {
    const std::string name = normalizedName(key);
    if (name == "eps" || name == "epsilon") return setShare("eps", text, spec.epsilon);
    if (name == "norm") return setNorm(text, spec.norm);
    if (name == "step") return setShare("step", text, spec.step);
    if (name == "steps") return setNumber("steps", text, spec.steps);
    if (name == "restarts") return setNumber("restarts", text, spec.restarts);
    if (name == "target") return setNumber("target", text, spec.target.emplace());
    if (name == "seed") return setNumber("seed", text, spec.seed);
    if (name == "randomstart") {
        spec.randomStart = parseSwitch(text);
        return spec.randomStart ? Status{} : wrong("random_start", text, "true or false");
    }
    return unknownWord("option of " + spec.method, key,
                       {"eps", "norm", "step", "steps", "restarts", "random_start", "target", "seed"});
}

}  // namespace

Result<double> parseEpsilon(std::string_view text, AttackNorm norm) {
    const double largest = norm == AttackNorm::Linf ? 1.0 : std::numeric_limits<double>::max();
    const auto value = parseShare(text);
    if (value && *value >= 0.0 && *value <= largest) return *value;
    return wrong("ε", text,
                 norm == AttackNorm::Linf ? "a share of the pixel range from 0 to 1, such as 0.1 or 8/255"
                                          : "a length of at least 0 in units of the pixel range, such as 1.5");
}

Result<std::vector<double>> parseEpsilons(std::string_view text, AttackNorm norm) {
    std::vector<double> epsilons;
    for (bool more = true; more;) {
        const std::size_t comma = text.find(',');
        CONVOLAB_ASSIGN(epsilons.emplace_back(), parseEpsilon(text.substr(0, comma), norm));
        more = comma != std::string_view::npos;
        if (more) text = text.substr(comma + 1);
    }
    return epsilons;
}

std::string epsilonText(double epsilon) {
    return formatNumber(epsilon, 3) + " (" + formatNumber(epsilon * kLevels, 4) + "/255)";
}

Result<AttackSpec> parseAttack(std::string_view text, AttackSpec base) {
    base.method = toLower(optionName(text));
    CONVOLAB_RETURN_IF_ERROR(validateAttack({.method = base.method}));
    CONVOLAB_RETURN_IF_ERROR(forEachOption(
        text, [&](std::string_view key, std::string_view value) { return setOption(key, value, base); }));
    CONVOLAB_RETURN_IF_ERROR(validateAttack(base));
    return base;
}

std::string attackText(const AttackSpec& spec) {
    const AttackSpec defaults;
    std::string text = spec.method + ":eps=" + shareText(spec.epsilon);
    if (spec.norm != defaults.norm) text += std::string(",norm=") + normName(spec.norm);
    if (spec.step != defaults.step) text += ",step=" + shareText(spec.step);
    if (spec.steps != defaults.steps) text += ",steps=" + std::to_string(spec.steps);
    if (spec.restarts != defaults.restarts) text += ",restarts=" + std::to_string(spec.restarts);
    if (spec.randomStart) text += std::string(",random_start=") + (*spec.randomStart ? "true" : "false");
    if (spec.target) text += ",target=" + std::to_string(*spec.target);
    if (spec.seed != defaults.seed) text += ",seed=" + std::to_string(spec.seed);
    return text;
}

}  // namespace convolab
