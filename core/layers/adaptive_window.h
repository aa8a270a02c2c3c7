#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/layers/layer_kind.h"
#include "core/layers/window.h"

namespace convolab {

/// The windows of an adaptive pooling along one side, PyTorch's rule: output i sees ⌊i · input / output⌋ up to, not
/// including, ⌈(i + 1) · input / output⌉. Windows may overlap, and there may be more of them than input values.
struct AdaptiveAxis {
    std::int64_t input = 1, output = 1;

    std::int64_t begin(std::int64_t i) const { return i * input / output; }
    std::int64_t end(std::int64_t i) const { return ((i + 1) * input + output - 1) / output; }
};

/// The same windows as a kernel with a stride, where all are equally large and equally far apart.
std::optional<Window> regularWindow(const Shape& input, const Shape& output);

AttributeSchema adaptiveSizeAttribute();
/// (channels, height, width of the attribute); an error if the input is no image.
Result<Shape> adaptiveOutputShape(const Attributes& attributes, const Shape& input);

}  // namespace convolab
