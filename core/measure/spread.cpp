#include "core/measure/spread.h"

#include <algorithm>
#include <cmath>

namespace convolab {

Spread spreadOf(std::vector<double> values) {
    if (values.empty()) return {};
    std::sort(values.begin(), values.end());
    const auto quantile = [&](double share) {
        const double place = share * static_cast<double>(values.size() - 1);
        const auto below = static_cast<std::size_t>(std::floor(place));
        const std::size_t above = std::min(below + 1, values.size() - 1);
        return values[below] + (place - std::floor(place)) * (values[above] - values[below]);
    };
    return {quantile(0.5), quantile(0.25), quantile(0.75), quantile(0.95), values.front()};
}

}  // namespace convolab
