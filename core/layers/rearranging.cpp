#include "core/layers/rearranging.h"

#include <cmath>

namespace convolab {

AttributeSchema sidesAttribute(const std::string& help) {
    AttributeSchema schema;
    schema.key = "sides";
    schema.label = "Sides";
    schema.type = AttributeType::Padding;
    schema.defaultValue = std::vector<std::int64_t>{1, 1, 1, 1};
    schema.minimum = 0;
    schema.maximum = 512;
    schema.help = help;
    schema.section = "Shape";
    return schema;
}

Error imageNeeded(const Shape& input) {
    return Error{ErrorCode::ShapeMismatch, "an image is needed, " + describeShape(input) + " arrives", "",
                 "put it before flatten and dense layers"};
}

std::int64_t paddedSource(const std::string& mode, std::int64_t position, std::int64_t extent) {
    if (position >= 0 && position < extent) return position;
    if (mode == "reflect") return position < 0 ? -position : 2 * (extent - 1) - position;
    if (mode == "edge") return position < 0 ? 0 : extent - 1;
    return -1;
}

LinearTap linearTap(std::int64_t position, std::int64_t from, std::int64_t to) {
    const double at = (static_cast<double>(position) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
    if (at <= 0.0) return {0, 0, 0.0};
    const auto first = std::min(static_cast<std::int64_t>(std::floor(at)), from - 1);
    const std::int64_t second = std::min(first + 1, from - 1);
    return {first, second, second == first ? 0.0 : at - static_cast<double>(first)};
}

}  // namespace convolab
