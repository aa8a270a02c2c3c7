// Quantities with a unit and its decimal prefix.
#pragma once

#include <string>

namespace convolab {

// From pico to tera: "38 µs", "4.56 mJ", "48 GFLOP/s"; "–" where not finite.
std::string siText(double value, const std::string& unit, int significant = 3);

}  // namespace convolab
