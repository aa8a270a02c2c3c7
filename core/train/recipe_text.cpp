#include <charconv>
#include <optional>

#include "core/train/recipe_checks.h"

namespace convolab {

namespace {

template <class Number>
std::optional<Number> parseNumber(std::string_view text) {
    Number value{};
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (problem != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

std::optional<bool> parseSwitch(std::string_view text) {
    const std::string word = toLower(text);
    if (word == "true" || word == "on" || word == "yes" || word == "1") return true;
    if (word == "false" || word == "off" || word == "no" || word == "0") return false;
    return std::nullopt;
}

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
    const std::size_t colon = text.find(':');
    const std::string name = toLower(text.substr(0, colon));
    const Item* item = nullptr;
    for (const Item* candidate : items) {
        if (candidate->id == name) item = candidate;
    }
    if (item == nullptr) return unknownWord(what, text.substr(0, colon), idsOf(items));
    spec.kind = item->id;
    if (colon == std::string_view::npos) return {};

    std::string_view rest = text.substr(colon + 1);
    while (!rest.empty()) {
        const std::size_t comma = rest.find(',');
        const std::string_view part = rest.substr(0, comma);
        rest = comma == std::string_view::npos ? std::string_view{} : rest.substr(comma + 1);
        const std::size_t equals = part.find('=');
        if (equals == std::string_view::npos) {
            return Error{ErrorCode::InvalidArgument,
                         "\"" + std::string(part) + "\" in \"" + std::string(text) + "\" has no value",
                         {},
                         "write it as " + item->id + ":key=value,key=value"};
        }
        const std::string_view key = part.substr(0, equals);
        const RecipeOption<Spec>* option = nullptr;
        for (const auto& candidate : item->options) {
            if (normalizedName(candidate.key) == normalizedName(key)) option = &candidate;
        }
        if (option == nullptr) return unknownWord("option of " + item->id, key, keysOf(item->options));
        CONVOLAB_RETURN_IF_ERROR(setOption(item->id, *option, part.substr(equals + 1), spec));
    }
    return {};
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
