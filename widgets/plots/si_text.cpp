#include "widgets/plots/si_text.h"

#include "widgets/plots/number_text.h"

#include <array>
#include <cmath>

namespace convolab {

std::string siText(double value, const std::string& unit, int significant) {
    constexpr std::array<const char*, 9> kPrefixes{"p", "n", "µ", "m", "", "k", "M", "G", "T"};
    constexpr std::size_t kOne = 4;
    if (!std::isfinite(value))
        return valueText(value);
    std::size_t step = kOne;
    double scaled = value;
    // Rounding may carry 999.6 over to the next prefix.
    while (step + 1 < kPrefixes.size() && std::abs(scaled) >= 999.5) {
        scaled /= 1000;
        ++step;
    }
    while (step > 0 && scaled != 0 && std::abs(scaled) < 0.9995) {
        scaled *= 1000;
        --step;
    }
    return withUnit(valueText(scaled, significant), kPrefixes[step] + unit);
}

}  // namespace convolab
