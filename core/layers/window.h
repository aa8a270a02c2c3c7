#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/attributes.h"
#include "core/layers/layer_kind.h"

namespace convolab {

/// The sliding window of convolutions and poolings. Output size: ⌊(input + pads − covered) / stride⌋ + 1.
struct Window {
    std::int64_t kernelHeight = 1, kernelWidth = 1;
    std::int64_t strideHeight = 1, strideWidth = 1;
    std::int64_t padTop = 0, padLeft = 0, padBottom = 0, padRight = 0;
    std::int64_t dilationHeight = 1, dilationWidth = 1;

    /// From the attributes kernel, stride, pads and, where the kind has it, dilation.
    static Window of(const Attributes& attributes);

    /// Extent from the first to the last tap.
    std::int64_t coveredHeight() const { return (kernelHeight - 1) * dilationHeight + 1; }
    std::int64_t coveredWidth() const { return (kernelWidth - 1) * dilationWidth + 1; }
    std::int64_t outputHeight(std::int64_t height) const {
        return (height + padTop + padBottom - coveredHeight()) / strideHeight + 1;
    }
    std::int64_t outputWidth(std::int64_t width) const {
        return (width + padLeft + padRight - coveredWidth()) / strideWidth + 1;
    }
    bool fits(const Shape& input) const {
        return input.height() + padTop + padBottom >= coveredHeight() &&
               input.width() + padLeft + padRight >= coveredWidth();
    }
    std::int64_t taps() const { return kernelHeight * kernelWidth; }

    /// Calls `visit(u, v, row, column)` for every tap of output (y, x) that lies inside the input, row by row.
    template <class Visit>
    void visitTaps(const Shape& input, std::int64_t y, std::int64_t x, Visit&& visit) const {
        for (std::int64_t u = 0; u < kernelHeight; ++u) {
            const std::int64_t row = y * strideHeight + u * dilationHeight - padTop;
            if (row < 0 || row >= input.height()) continue;
            for (std::int64_t v = 0; v < kernelWidth; ++v) {
                const std::int64_t column = x * strideWidth + v * dilationWidth - padLeft;
                if (column >= 0 && column < input.width()) visit(u, v, row, column);
            }
        }
    }
};

/// The shape (channels, H, W) behind the window; an error if the input is no image or smaller than the kernel.
Result<Shape> windowOutputShape(const Window& window, const Shape& input, std::int64_t channels);
/// In addition: pads of a pooling must be smaller than its kernel, or whole windows would see padding only.
Result<Shape> poolingOutputShape(const Window& window, const Shape& input);

/// Repairs for a kernel that does not fit: a smaller kernel, *same* padding.
std::vector<Fix> windowFixes(const Node& node, const Attributes& attributes, const Shape& input);
std::vector<Fix> poolingFixes(const Node& node, const Attributes& attributes, const Shape& input);

// Descriptions that kinds share.
AttributeSchema kernelAttribute(std::int64_t side, std::vector<std::int64_t> common);
AttributeSchema strideAttribute(std::int64_t step);
AttributeSchema padsAttribute(const std::string& help);

/// "3×3"
std::string pairText(std::int64_t height, std::int64_t width);
/// ", same, stride 2, dilation 2": what differs from an unpadded window with the usual stride.
std::string windowSuffix(const Window& window, std::int64_t usualHeight, std::int64_t usualWidth);

/// The shape of one image or map of a batched view (N, C, H, W).
inline Shape perImage(const Shape& batched) {
    return Shape(std::vector<std::int64_t>(batched.extents().begin() + 1, batched.extents().end()));
}

}  // namespace convolab
