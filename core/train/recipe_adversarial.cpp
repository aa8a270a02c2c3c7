#include "core/attack/attack_text.h"
#include "core/train/recipe_checks.h"

namespace convolab {

namespace {

Error unsuitable(std::string message, std::string hint) {
    return {ErrorCode::InvalidArgument, "adversarial training " + std::move(message), {}, std::move(hint)};
}

}  // namespace

Status validateAdversarial(const AdversarialSpec& spec) {
    CONVOLAB_RETURN_IF_ERROR(validateAttack(spec.attack));
    const AttackMethod* method = findAttackMethod(spec.attack.method);
    if (method->findsSmallest) {
        return unsuitable("needs an attack of a fixed size, which " + method->label + " is not", "use fgsm or pgd");
    }
    if (spec.attack.target) return unsuitable("has no target: its images keep their labels", "leave the target out");
    if (spec.attack.restarts > 1) return unsuitable("attacks once per step", "leave restarts out");
    if (spec.attack.seed != 0) return unsuitable("draws from the seed of the run", "leave the attack's seed out");
    if (!(spec.mix > 0.0 && spec.mix <= 1.0)) {
        return unsuitable("with mix " + formatNumber(spec.mix) + " is none",
                          "give the share of each batch to attack, above 0 and at most 1");
    }
    if (!(spec.warmup >= 0.0 && spec.warmup <= 1.0)) {
        return unsuitable("with warmup " + formatNumber(spec.warmup) + " never reaches its size",
                          "give the share of the run over which ε grows, from 0 to 1");
    }
    return {};
}

Result<AdversarialSpec> parseAdversarial(std::string_view text) {
    AdversarialSpec spec;
    std::vector<std::string> rest;
    CONVOLAB_RETURN_IF_ERROR(forEachOption(text, [&](std::string_view key, std::string_view value) -> Status {
        const std::string name = normalizedName(key);
        if (name != "mix" && name != "warmup") {
            rest.push_back(std::string(key) + "=" + std::string(value));
            return {};
        }
        const auto share = parseNumber<double>(value);
        if (!share) {
            return Error{ErrorCode::InvalidArgument, name + " is \"" + std::string(value) + "\"", {},
                         "give a share such as 0.5"};
        }
        (name == "mix" ? spec.mix : spec.warmup) = *share;
        return {};
    }));
    const std::string attack = std::string(optionName(text)) + (rest.empty() ? "" : ":" + join(rest, ","));
    CONVOLAB_ASSIGN(spec.attack, parseAttack(attack));
    CONVOLAB_RETURN_IF_ERROR(validateAdversarial(spec));
    return spec;
}

std::string adversarialText(const AdversarialSpec& spec) {
    return attackText(spec.attack) + (spec.mix == 1.0 ? "" : ",mix=" + formatNumber(spec.mix, 12)) +
           (spec.warmup == 0.0 ? "" : ",warmup=" + formatNumber(spec.warmup, 12));
}

}  // namespace convolab
