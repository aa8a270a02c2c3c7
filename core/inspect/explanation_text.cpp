#include "core/inspect/explanation_text.h"

#include <algorithm>
#include <cmath>

#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kDigits = 4;
constexpr double kNeverExponent = 1e9;

std::string magnitudeText(double magnitude) {
    const int whole =
        magnitude >= 1.0 && magnitude < kNeverExponent ? static_cast<int>(std::log10(magnitude)) + 1 : 0;
    std::string text = formatNumber(magnitude, std::max(kDigits, whole));
    if (const auto minus = text.find('-'); minus != std::string::npos) text.replace(minus, 1, "\u2212");
    return text;
}

}  // namespace

std::string termText(double value) { return (value < 0.0 ? "\u2212" : "") + magnitudeText(std::abs(value)); }

std::string sumText(const std::vector<double>& terms) {
    if (terms.empty()) return "0";
    std::string text = termText(terms.front());
    for (std::size_t i = 1; i < terms.size(); ++i) {
        text += (terms[i] < 0.0 ? " \u2212 " : " + ") + magnitudeText(std::abs(terms[i]));
    }
    return text;
}

}  // namespace convolab
