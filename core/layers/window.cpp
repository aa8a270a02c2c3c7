#include "core/layers/window.h"

#include <algorithm>

#include "core/graph/padding.h"
#include "core/layers/reference_layer.h"

namespace convolab {

Window Window::of(const Attributes& attributes) {
    const auto& kernel = attributes.integers("kernel");
    const auto& stride = attributes.integers("stride");
    const auto& pads = attributes.integers("pads");
    Window window;
    window.kernelHeight = kernel[0];
    window.kernelWidth = kernel[1];
    window.strideHeight = stride[0];
    window.strideWidth = stride[1];
    window.padTop = pads[0];
    window.padLeft = pads[1];
    window.padBottom = pads[2];
    window.padRight = pads[3];
    if (attributes.has("dilation")) {
        const auto& dilation = attributes.integers("dilation");
        window.dilationHeight = dilation[0];
        window.dilationWidth = dilation[1];
    }
    return window;
}

std::string pairText(std::int64_t height, std::int64_t width) {
    return std::to_string(height) + "\u00D7" + std::to_string(width);
}

namespace {

std::int64_t paddedHeight(const Window& window, const Shape& input) {
    return input.height() + window.padTop + window.padBottom;
}

std::int64_t paddedWidth(const Window& window, const Shape& input) {
    return input.width() + window.padLeft + window.padRight;
}

/// The largest kernel, at most the present one, that fits.
std::int64_t fittingKernel(std::int64_t kernel, std::int64_t dilation, std::int64_t padded) {
    return std::max<std::int64_t>(1, std::min(kernel, (padded - 1) / dilation + 1));
}

std::string fittingKernelText(const Window& window, const Shape& input) {
    return pairText(fittingKernel(window.kernelHeight, window.dilationHeight, paddedHeight(window, input)),
                    fittingKernel(window.kernelWidth, window.dilationWidth, paddedWidth(window, input)));
}

bool poolPadsFit(const Window& window) {
    return std::max(window.padTop, window.padBottom) < window.kernelHeight &&
           std::max(window.padLeft, window.padRight) < window.kernelWidth;
}

}  // namespace

Result<Shape> windowOutputShape(const Window& window, const Shape& input, std::int64_t channels) {
    if (!input.isImage()) {
        return Error{ErrorCode::ShapeMismatch, "an image is needed, " + describeShape(input) + " arrives", "",
                     "put it before flatten and dense layers"};
    }
    if (!window.fits(input)) {
        std::string kernel = "kernel " + pairText(window.kernelHeight, window.kernelWidth);
        if (window.dilationHeight > 1 || window.dilationWidth > 1) {
            kernel += " with dilation " + pairText(window.dilationHeight, window.dilationWidth) + " covers " +
                      pairText(window.coveredHeight(), window.coveredWidth()) + " and";
        }
        const bool padded = window.padTop + window.padLeft + window.padBottom + window.padRight > 0;
        return Error{ErrorCode::ShapeMismatch,
                     kernel + " is larger than the " + (padded ? "padded " : "") + "input " +
                         pairText(paddedHeight(window, input), paddedWidth(window, input)),
                     "", "make the kernel " + fittingKernelText(window, input) + " or add padding"};
    }
    return Shape{channels, window.outputHeight(input.height()), window.outputWidth(input.width())};
}

Result<Shape> poolingOutputShape(const Window& window, const Shape& input) {
    if (!poolPadsFit(window)) {
        const std::int64_t largest =
            std::max({window.padTop, window.padLeft, window.padBottom, window.padRight});
        return Error{ErrorCode::InvalidArgument,
                     "padding " + std::to_string(largest) + " is not smaller than the kernel " +
                         pairText(window.kernelHeight, window.kernelWidth) + ", so some windows would see padding only",
                     "", "use less padding or a larger kernel"};
    }
    return windowOutputShape(window, input, input.channels());
}

std::vector<Fix> windowFixes(const Node& node, const Attributes& attributes, const Shape& input) {
    const Window window = Window::of(attributes);
    if (!input.isImage() || window.fits(input)) return {};
    const std::vector<std::int64_t> kernel{
        fittingKernel(window.kernelHeight, window.dilationHeight, paddedHeight(window, input)),
        fittingKernel(window.kernelWidth, window.dilationWidth, paddedWidth(window, input))};
    const std::vector<std::int64_t> pads =
        samePads(input, {attributes.integers("kernel"), attributes.integers("stride"),
                         {window.dilationHeight, window.dilationWidth}});
    return {attributeFix(node, "Make the kernel " + fittingKernelText(window, input), "kernel", kernel),
            attributeFix(node, "Pad to the same size", "pads", pads)};
}

std::vector<Fix> poolingFixes(const Node& node, const Attributes& attributes, const Shape& input) {
    if (!poolPadsFit(Window::of(attributes))) {
        return {attributeFix(node, "Remove the padding", "pads", std::vector<std::int64_t>{0, 0, 0, 0})};
    }
    return windowFixes(node, attributes, input);
}

AttributeSchema kernelAttribute(std::int64_t side, std::vector<std::int64_t> common) {
    AttributeSchema schema;
    schema.key = "kernel";
    schema.label = "Kernel";
    schema.type = AttributeType::IntegerPair;
    schema.defaultValue = std::vector<std::int64_t>{side, side};
    schema.minimum = 1;
    schema.maximum = 512;
    schema.common = std::move(common);
    schema.help = "Height and width of the window that slides over each map";
    schema.section = "Shape";
    return schema;
}

AttributeSchema strideAttribute(std::int64_t step) {
    AttributeSchema schema;
    schema.key = "stride";
    schema.label = "Stride";
    schema.type = AttributeType::IntegerPair;
    schema.defaultValue = std::vector<std::int64_t>{step, step};
    schema.minimum = 1;
    schema.maximum = 512;
    schema.common = {1, 2, 4};
    schema.help = "Step of the window, down and to the right; 2 halves the size of the map";
    schema.section = "Shape";
    return schema;
}

AttributeSchema padsAttribute(const std::string& help) {
    AttributeSchema schema;
    schema.key = "pads";
    schema.label = "Padding";
    schema.type = AttributeType::Padding;
    schema.defaultValue = std::vector<std::int64_t>{0, 0, 0, 0};
    schema.minimum = 0;
    schema.maximum = 512;
    schema.help = help;
    schema.section = "Shape";
    return schema;
}

namespace {

std::string shortPair(std::int64_t height, std::int64_t width) {
    return height == width ? std::to_string(height) : pairText(height, width);
}

std::string paddingText(const Window& window) {
    const std::int64_t vertical = window.padTop + window.padBottom;
    const std::int64_t horizontal = window.padLeft + window.padRight;
    if (vertical + horizontal == 0) return {};
    const bool unitStride = window.strideHeight == 1 && window.strideWidth == 1;
    const bool keepsSize = vertical == window.coveredHeight() - 1 && horizontal == window.coveredWidth() - 1;
    const bool upper = window.padTop == vertical / 2 && window.padLeft == horizontal / 2;
    if (unitStride && keepsSize && upper) return ", same";
    if (window.padTop == window.padBottom && window.padLeft == window.padRight) {
        return ", padding " + shortPair(window.padTop, window.padLeft);
    }
    return ", padding " + std::to_string(window.padTop) + " " + std::to_string(window.padLeft) + " " +
           std::to_string(window.padBottom) + " " + std::to_string(window.padRight);
}

}  // namespace

std::string windowSuffix(const Window& window, std::int64_t usualHeight, std::int64_t usualWidth) {
    std::string text = paddingText(window);
    if (window.strideHeight != usualHeight || window.strideWidth != usualWidth) {
        text += ", stride " + shortPair(window.strideHeight, window.strideWidth);
    }
    if (window.dilationHeight != 1 || window.dilationWidth != 1) {
        text += ", dilation " + shortPair(window.dilationHeight, window.dilationWidth);
    }
    return text;
}

}  // namespace convolab
