#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

// Shared by the readers of recipes: looking words up, and checking one option against its range.

template <class Item>
std::vector<std::string> idsOf(const std::vector<const Item*>& items) {
    std::vector<std::string> ids;
    for (const Item* item : items) ids.push_back(item->id);
    return ids;
}

template <class Spec>
std::vector<std::string> keysOf(const std::vector<RecipeOption<Spec>>& options) {
    std::vector<std::string> keys;
    for (const auto& option : options) keys.push_back(option.key);
    return keys;
}

inline Error outOfRange(const std::string& what, double value, double minimum, double maximum,
                        bool excluded) {
    std::string range = maximum > 1e18 ? "at least " + formatNumber(minimum)
                                       : "from " + formatNumber(minimum) + " to " + formatNumber(maximum);
    if (excluded) range = "from " + formatNumber(minimum) + " to below " + formatNumber(maximum);
    return {ErrorCode::InvalidArgument, what + " is " + formatNumber(value), {}, "give a number " + range};
}

template <class Spec>
Status checkOption(const std::string& owner, const RecipeOption<Spec>& option, const Spec& spec) {
    std::vector<double> values;
    if (const auto* real = std::get_if<double Spec::*>(&option.field)) values = {spec.*(*real)};
    if (const auto* whole = std::get_if<std::int64_t Spec::*>(&option.field)) {
        values = {static_cast<double>(spec.*(*whole))};
    }
    if (const auto* list = std::get_if<std::vector<double> Spec::*>(&option.field)) values = spec.*(*list);
    for (const double value : values) {
        const bool inside = value >= option.minimum && value <= option.maximum &&
                            !(option.maximumExcluded && value == option.maximum);
        if (inside) continue;
        return outOfRange(owner + "'s " + option.key, value, option.minimum, option.maximum,
                          option.maximumExcluded);
    }
    return {};
}

/// Kind known and all its options within their ranges.
Status checkOptimizer(const OptimizerSpec& spec);
Status checkSchedule(const ScheduleSpec& spec);

}  // namespace convolab
