#include "core/graph/blocks/block_parts.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

AttributeSchema shortcutParameter() {
    AttributeSchema schema;
    schema.key = "shortcut";
    schema.label = "Shortcut";
    schema.type = AttributeType::Choice;
    schema.defaultValue = std::string("fitted");
    schema.choices = {"fitted", "padded"};
    schema.help = "Where shapes differ: fitted by a 1\u00D71 convolution, or padded with maps of zeros, without parameters";
    schema.section = "Shape";
    return schema;
}

/// Shortcut A of the paper: every stride-th pixel, and maps of zeros before and behind the maps that there are. Channels
/// are padded as rows while they stand in the place of the height.
int addPaddedShortcut(BlockPlan& plan, std::int64_t channels, std::int64_t filters, std::int64_t stride) {
    int maps = kBlockInput;
    if (stride > 1) maps = plan.add("max_pool", {{"kernel", Integers{1, 1}}, {"stride", Integers{stride, stride}}}, {maps});
    if (channels == filters) return maps;
    const std::int64_t missing = filters - channels;
    const int rows = plan.add("permute", {{"order", std::string("HCW")}}, {maps});
    const int padded = plan.add("pad", {{"sides", Integers{missing / 2, 0, missing - missing / 2, 0}}}, {rows});
    return plan.add("permute", {{"order", std::string("HCW")}}, {padded});
}

class BasicResidual final : public BlockKind {
  public:
    BasicResidual() {
        id = "basic_residual";
        label = "Basic residual";
        baseName = "Residual";
        title = "Basic residual block";
        help = "Two 3\u00D73 convolutions learn what to add to the input, so that a deep network can start near the "
               "identity (He et al. 2016, ResNet-18 and 34).";
        parameters = {countParameter("filters", "Filters", 64, {16, 32, 64, 128}, "Maps of both convolutions and of the output"),
                      strideParameter(), shortcutParameter()};
    }

    BlockPlan plan(const Attributes& values, const std::optional<Shape>& input) const override {
        const std::int64_t filters = values.integer("filters");
        const std::int64_t stride = values.integer("stride");
        BlockPlan plan;
        const int first = addConvNorm(plan, kBlockInput, {.filters = filters, .kernel = 3, .stride = stride});
        const int second = addConvNorm(plan, first, {.filters = filters, .kernel = 3}, {});
        const std::int64_t channels = input && input->isImage() ? input->channels() : filters;
        const bool padded = values.text("shortcut") == "padded" && channels <= filters;
        const int shortcut = padded ? addPaddedShortcut(plan, channels, filters, stride) : addShortcut(plan, input, filters, stride);
        plan.add("relu", {}, {plan.add("add", {}, {second, shortcut})});
        return plan;
    }

    std::optional<Attributes> read(const std::vector<BlockLayer>& layers, const std::optional<Shape>&) const override {
        const bool padded = nthOfKind(layers, "max_pool", 0) != nullptr || nthOfKind(layers, "pad", 0) != nullptr;
        return Attributes{{"filters", filtersOf(layers, 0)}, {"stride", strideOf(layers, 0)}, {"shortcut", std::string(padded ? "padded" : "fitted")}};
    }

    std::vector<std::optional<Shape>> assumedInputs(const Attributes& values, const std::optional<Shape>& input) const override {
        const std::int64_t filters = values.integer("filters");
        if (values.text("shortcut") == "padded") return {input, Shape{filters / 2, 1, 1}, Shape{filters, 1, 1}};
        return shortcutInputs(filters);
    }

    Attributes fitted(const Shape& input) const override {
        return input.isImage() ? Attributes{{"filters", input.channels()}} : Attributes{};
    }

    std::string summary(const Attributes& values) const override {
        return filtersText(values.integer("filters"), values.integer("stride"));
    }
};

}  // namespace

std::unique_ptr<BlockKind> makeBlockKind_basic_residual() { return std::make_unique<BasicResidual>(); }

}  // namespace convolab
