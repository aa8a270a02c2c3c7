#include "core/train/optimizer.h"
#include "core/train/recipe.h"
#include "core/train/schedule.h"
#include "core/util/text.h"

namespace convolab {

namespace {

/// "NAME:key=value,…" with the options that differ from their defaults.
template <class Item, class Spec>
std::string words(const Item* item, const Spec& spec) {
    if (item == nullptr) return spec.kind;
    const Spec defaults;
    std::vector<std::string> parts;
    for (const auto& option : item->options) {
        std::visit(
            [&](auto field) {
                if (spec.*field == defaults.*field) return;
                using Value = std::decay_t<decltype(spec.*field)>;
                if constexpr (std::is_same_v<Value, bool>) {
                    parts.push_back(option.key + "=" + (spec.*field ? "true" : "false"));
                } else if constexpr (std::is_same_v<Value, std::vector<double>>) {
                    std::vector<std::string> numbers;
                    for (const double number : spec.*field) numbers.push_back(formatNumber(number, 12));
                    parts.push_back(option.key + "=" + join(numbers, "+"));
                } else {
                    parts.push_back(option.key + "=" + formatNumber(static_cast<double>(spec.*field), 12));
                }
            },
            option.field);
    }
    return parts.empty() ? item->id : item->id + ":" + join(parts, ",");
}

}  // namespace

std::string optimizerText(const OptimizerSpec& spec) { return words(findOptimizer(spec.kind), spec); }

std::string scheduleText(const ScheduleSpec& spec) { return words(findSchedule(spec.kind), spec); }

}  // namespace convolab
