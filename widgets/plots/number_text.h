// Numbers as people read them: U+2212 for minus, thousands commas, a space before % and units. Independent of the locale.
#pragma once

#include <string>

namespace convolab {

std::string countText(long long value);                        // "81,194"
std::string valueText(double value, int significant = 4);      // "0.0731", "1e−4", "12,345"; "–" where not finite
std::string fixedText(double value, int decimals);             // "98.52", "−4.0"
std::string percentText(double fraction, int decimals = 2);    // "98.52 %"
std::string compactText(double value, int significant = 3);    // "18.4 k", "9.44 M"
std::string bytesText(double bytes);                           // "192 B", "317 KiB", "1.29 MiB"
std::string withUnit(const std::string& value, const std::string& unit);  // a space between, if there is a unit

}  // namespace convolab
