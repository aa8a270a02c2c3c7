#include "core/graph/blocks/block_parts.h"

namespace convolab {

namespace {

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
                      strideParameter()};
    }

    BlockPlan plan(const Attributes& values, const std::optional<Shape>& input) const override {
        const std::int64_t filters = values.integer("filters");
        const std::int64_t stride = values.integer("stride");
        BlockPlan plan;
        const int first = addConvNorm(plan, kBlockInput, {.filters = filters, .kernel = 3, .stride = stride});
        const int second = addConvNorm(plan, first, {.filters = filters, .kernel = 3}, {});
        const int shortcut = addShortcut(plan, input, filters, stride);
        plan.add("relu", {}, {plan.add("add", {}, {second, shortcut})});
        return plan;
    }

    std::optional<Attributes> read(const std::vector<BlockLayer>& layers, const std::optional<Shape>&) const override {
        return Attributes{{"filters", filtersOf(layers, 0)}, {"stride", strideOf(layers, 0)}};
    }

    std::vector<std::optional<Shape>> assumedInputs(const Attributes& values, const std::optional<Shape>&) const override {
        return shortcutInputs(values.integer("filters"));
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
