#pragma once

#include <span>

namespace convolab {

/// No NaN and no infinity among the values. Reads each value once, at the speed of memory.
bool allFinite(std::span<const float> values);

}  // namespace convolab
