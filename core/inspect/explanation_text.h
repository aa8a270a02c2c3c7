#pragma once

#include <string>
#include <vector>

namespace convolab {

// How explanations write numbers: at least four digits, U+2212 for minus.
std::string termText(double value);                     ///< "−25", "0.1278"
std::string sumText(const std::vector<double>& terms);  ///< "308 − 498 + 164 + 1"

}  // namespace convolab
