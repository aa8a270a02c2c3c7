#include <algorithm>

#include "core/train/recipe_checks.h"

namespace convolab {

namespace {

template <class Spec>
Status setOption(const std::string& owner, const RecipeOption<Spec>& option, std::string_view text,
                 Spec& spec) {
    const auto wrong = [&](const std::string& wanted) {
        return Error{ErrorCode::InvalidArgument,
                     owner + "'s " + option.key + " is \"" + std::string(text) + "\"",
                     {},
                     "give " + wanted};
    };
    if (const auto* field = std::get_if<bool Spec::*>(&option.field)) {
        const auto value = parseSwitch(text);
        if (!value) return wrong("true or false");
        spec.*(*field) = *value;
    } else if (const auto* whole = std::get_if<std::int64_t Spec::*>(&option.field)) {
        const auto value = parseNumber<std::int64_t>(text);
        if (!value) return wrong("a whole number");
        spec.*(*whole) = *value;
    } else if (const auto* list = std::get_if<std::vector<double> Spec::*>(&option.field)) {
        (spec.*(*list)).clear();
        for (std::size_t first = 0; first <= text.size();) {
            const std::size_t end = std::min(text.find('+', first), text.size());
            const auto value = parseNumber<double>(text.substr(first, end - first));
            if (!value) return wrong("numbers joined by +, such as 10+20");
            (spec.*(*list)).push_back(*value);
            first = end + 1;
        }
    } else {
        const auto value = parseNumber<double>(text);
        if (!value) return wrong("a number such as 0.9");
        spec.*(std::get<double Spec::*>(option.field)) = *value;
    }
    return checkOption(owner, option, spec);
}

/// "NAME[:key=value,…]" against a registry of things that have an id and options.
template <class Item, class Spec>
Status parseParts(const std::string& what, const std::vector<const Item*>& items, std::string_view text,
                  Spec& spec) {
    const std::string name = toLower(optionName(text));
    const Item* item = nullptr;
    for (const Item* candidate : items) {
        if (candidate->id == name) item = candidate;
    }
    if (item == nullptr) return unknownWord(what, optionName(text), idsOf(items));
    spec.kind = item->id;
    return forEachOption(text, [&](std::string_view key, std::string_view value) -> Status {
        const RecipeOption<Spec>* option = nullptr;
        for (const auto& candidate : item->options) {
            if (normalizedName(candidate.key) == normalizedName(key)) option = &candidate;
        }
        if (option == nullptr) return unknownWord("option of " + item->id, key, keysOf(item->options));
        return setOption(item->id, *option, value, spec);
    });
}

}  // namespace

Result<OptimizerSpec> parseOptimizer(std::string_view text, OptimizerSpec base) {
    CONVOLAB_RETURN_IF_ERROR(parseParts("optimizer", optimizers(), text, base));
    CONVOLAB_RETURN_IF_ERROR(checkOptimizer(base));
    return base;
}

Result<ScheduleSpec> parseSchedule(std::string_view text, ScheduleSpec base) {
    CONVOLAB_RETURN_IF_ERROR(parseParts("schedule", schedules(), text, base));
    CONVOLAB_RETURN_IF_ERROR(checkSchedule(base));
    return base;
}

}  // namespace convolab
