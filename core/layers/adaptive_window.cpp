#include "core/layers/adaptive_window.h"

#include "core/layers/reference_layer.h"

namespace convolab {

namespace {

struct Regular {
    std::int64_t kernel, stride;
};

std::optional<Regular> regularAxis(const AdaptiveAxis& axis) {
    const std::int64_t kernel = axis.end(0) - axis.begin(0);
    const std::int64_t stride = axis.output > 1 ? axis.begin(1) - axis.begin(0) : 1;
    if (stride < 1) return std::nullopt;
    for (std::int64_t i = 0; i < axis.output; ++i) {
        if (axis.begin(i) != i * stride || axis.end(i) != i * stride + kernel) return std::nullopt;
    }
    return Regular{kernel, stride};
}

}  // namespace

std::optional<Window> regularWindow(const Shape& input, const Shape& output) {
    const auto rows = regularAxis({input.height(), output.height()});
    const auto columns = regularAxis({input.width(), output.width()});
    if (!rows || !columns) return std::nullopt;
    Window window;
    window.kernelHeight = rows->kernel;
    window.kernelWidth = columns->kernel;
    window.strideHeight = rows->stride;
    window.strideWidth = columns->stride;
    return window;
}

AttributeSchema adaptiveSizeAttribute() {
    AttributeSchema schema;
    schema.key = "size";
    schema.label = "Output size";
    schema.type = AttributeType::IntegerPair;
    schema.defaultValue = std::vector<std::int64_t>{1, 1};
    schema.minimum = 1;
    schema.maximum = 1024;
    schema.common = {1, 6, 7};
    schema.help = "Height and width of the result, whatever the size of the input";
    schema.section = "Shape";
    return schema;
}

Result<Shape> adaptiveOutputShape(const Attributes& attributes, const Shape& input) {
    if (!input.isImage()) {
        return Error{ErrorCode::ShapeMismatch, "an image is needed, " + describeShape(input) + " arrives", "",
                     "put it before flatten and dense layers"};
    }
    const auto& size = attributes.integers("size");
    return Shape{input.channels(), size[0], size[1]};
}

}  // namespace convolab
