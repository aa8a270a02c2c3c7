#pragma once

#include <string>

#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

/// Numbers that a person typed, as (C, H, W): rows on lines of their own or separated by " / ", numbers by spaces or
/// commas, an empty line before the next channel. "1/9" is a fraction, the typographic minus is one too. Errors name row
/// and number.
Result<Tensor> matrixFromText(const std::string& text);

/// The way back, one row a line.
std::string matrixText(View<const float> maps);

}  // namespace convolab
