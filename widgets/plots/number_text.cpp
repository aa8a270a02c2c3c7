#include "widgets/plots/number_text.h"

#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>

namespace convolab {
namespace {

const std::string kMinus = "\u2212";
const std::string kNothing = "\u2013";

// std::to_chars never looks at the locale.
std::string plain(double value, std::chars_format format, int precision) {
    std::array<char, 400> text;
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value, format, precision).ptr;
    return {text.data(), end};
}

std::string grouped(const std::string& digits) {
    std::string result;
    for (std::size_t i = 0; i < digits.size(); ++i) {
        if (i > 0 && (digits.size() - i) % 3 == 0)
            result += ',';
        result += digits[i];
    }
    return result;
}

std::string trimZeros(std::string text) {
    if (text.find('.') == std::string::npos)
        return text;
    text.erase(text.find_last_not_of('0') + 1);
    if (text.back() == '.')
        text.pop_back();
    return text;
}

std::string scientific(double magnitude, int significant) {
    const std::string text = plain(magnitude, std::chars_format::scientific, significant - 1);
    const auto split = text.find('e');
    const int exponent = std::atoi(text.c_str() + split + 1);
    return trimZeros(text.substr(0, split)) + "e" + (exponent < 0 ? kMinus : "") + std::to_string(std::abs(exponent));
}

}  // namespace

std::string countText(long long value) {
    const std::string digits = std::to_string(value);
    return value < 0 ? kMinus + grouped(digits.substr(1)) : grouped(digits);
}

std::string fixedText(double value, int decimals) {
    if (!std::isfinite(value))
        return kNothing;
    const std::string text = plain(std::abs(value), std::chars_format::fixed, decimals);
    const auto point = text.find('.');
    const std::string whole = grouped(text.substr(0, point));
    const bool isZero = text.find_first_not_of("0.") == std::string::npos;
    return (value < 0 && !isZero ? kMinus : "") + whole + (point == std::string::npos ? "" : text.substr(point));
}

std::string valueText(double value, int significant) {
    if (!std::isfinite(value))
        return kNothing;
    const double magnitude = std::abs(value);
    const std::string sign = value < 0 ? kMinus : "";
    if (magnitude == 0)
        return "0";
    if (magnitude < 2e-3 || magnitude >= 1e9)
        return sign + scientific(magnitude, significant);
    const int whole = static_cast<int>(std::floor(std::log10(magnitude))) + 1;
    const int decimals = std::max(0, significant - whole);
    return sign + trimZeros(fixedText(magnitude, decimals));
}

std::string percentText(double fraction, int decimals) {
    return std::isfinite(fraction) ? fixedText(fraction * 100, decimals) + " %" : kNothing;
}

std::string compactText(double value, int significant) {
    constexpr std::array<const char*, 5> kSuffixes{"", " k", " M", " G", " T"};
    if (!std::isfinite(value))
        return kNothing;
    std::size_t step = 0;
    double scaled = value;
    // Rounding may carry 999.6 over to the next suffix.
    while (step + 1 < kSuffixes.size() && std::abs(scaled) >= (step == 0 ? 1000 : 999.5)) {
        scaled /= 1000;
        ++step;
    }
    return valueText(scaled, significant) + kSuffixes[step];
}

std::string bytesText(double bytes) {
    constexpr std::array<const char*, 5> kUnits{" B", " KiB", " MiB", " GiB", " TiB"};
    if (!std::isfinite(bytes))
        return kNothing;
    std::size_t step = 0;
    while (step + 1 < kUnits.size() && std::abs(bytes) >= 1024) {
        bytes /= 1024;
        ++step;
    }
    return (step == 0 ? fixedText(bytes, 0) : valueText(bytes, bytes >= 1000 ? 4 : 3)) + kUnits[step];
}

std::string withUnit(const std::string& value, const std::string& unit) { return unit.empty() ? value : value + " " + unit; }

}  // namespace convolab
