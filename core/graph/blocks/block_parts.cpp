#include "core/graph/blocks/block_parts.h"

#include <utility>

#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

constexpr double kUsualEpsilon = 1e-5;

}  // namespace

int addConv(BlockPlan& plan, int from, const BlockConv& conv) {
    const std::int64_t pad = conv.kernel / 2;
    Attributes attributes{{"filters", conv.filters},
                          {"kernel", Integers{conv.kernel, conv.kernel}},
                          {"stride", Integers{conv.stride, conv.stride}},
                          {"pads", Integers{pad, pad, pad, pad}}};
    if (conv.groups != 1) attributes.set("groups", conv.groups);
    if (!conv.bias) attributes.set("bias", false);
    return plan.add("conv2d", std::move(attributes), {from});
}

int addNorm(BlockPlan& plan, int from, double epsilon) {
    Attributes attributes;
    if (epsilon != kUsualEpsilon) attributes.set("epsilon", epsilon);
    return plan.add("batch_norm", std::move(attributes), {from});
}

int addConvNorm(BlockPlan& plan, int from, const BlockConv& conv, const std::string& activation) {
    const int normed = addNorm(plan, addConv(plan, from, conv));
    return activation.empty() ? normed : plan.add(activation, {}, {normed});
}

int addShortcut(BlockPlan& plan, const std::optional<Shape>& input, std::int64_t channels, std::int64_t stride) {
    const bool sameChannels = !input || !input->isImage() || input->channels() == channels;
    if (sameChannels && stride == 1) return kBlockInput;
    return addConvNorm(plan, kBlockInput, {.filters = channels, .stride = stride}, {});
}

std::vector<std::optional<Shape>> shortcutInputs(std::int64_t channels) {
    return {Shape{channels, 1, 1}, Shape{channels + 1, 1, 1}};
}

const BlockLayer* nthOfKind(const std::vector<BlockLayer>& layers, const std::string& kind, std::size_t n) {
    for (const BlockLayer& layer : layers) {
        if (layer.kind == kind && n-- == 0) return &layer;
    }
    return nullptr;
}

std::int64_t filtersOf(const std::vector<BlockLayer>& layers, std::size_t n) {
    const BlockLayer* conv = nthOfKind(layers, "conv2d", n);
    return conv == nullptr ? 0 : conv->attributes.integer("filters");
}

std::int64_t strideOf(const std::vector<BlockLayer>& layers, std::size_t n) {
    const BlockLayer* conv = nthOfKind(layers, "conv2d", n);
    return conv == nullptr ? 0 : conv->attributes.integers("stride")[0];
}

AttributeSchema countParameter(const std::string& key, const std::string& label, std::int64_t value,
                               std::vector<std::int64_t> common, const std::string& help) {
    AttributeSchema schema;
    schema.key = key;
    schema.label = label;
    schema.type = AttributeType::Integer;
    schema.defaultValue = value;
    schema.minimum = 1;
    schema.maximum = 65536;
    schema.common = std::move(common);
    schema.help = help;
    schema.section = "Shape";
    return schema;
}

AttributeSchema strideParameter() {
    AttributeSchema schema = countParameter("stride", "Stride", 1, {1, 2}, "2 halves height and width of the maps");
    schema.maximum = 16;
    return schema;
}

std::string filtersText(std::int64_t filters, std::int64_t stride) {
    const std::string text = withThousands(filters) + " filters";
    return stride == 1 ? text : text + ", stride " + std::to_string(stride);
}

}  // namespace convolab
