#include "core/graph/blocks/block_parts.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kExpansion = 4;

class BottleneckResidual final : public BlockKind {
  public:
    BottleneckResidual() {
        id = "bottleneck_residual";
        label = "Bottleneck";
        baseName = "Bottleneck";
        title = "Bottleneck residual block";
        help = "A 1\u00D71 convolution narrows the input, a 3\u00D73 works on the few maps, a 1\u00D71 widens them fourfold "
               "(He et al. 2016, ResNet-50 and deeper; the stride stands in the 3\u00D73, as in torchvision).";
        parameters = {countParameter("filters", "Filters", 64, {16, 32, 64, 128}, "Maps in the narrow middle; the output has four times as many"),
                      strideParameter()};
    }

    BlockPlan plan(const Attributes& values, const std::optional<Shape>& input) const override {
        const std::int64_t filters = values.integer("filters");
        const std::int64_t stride = values.integer("stride");
        const std::int64_t wide = kExpansion * filters;
        BlockPlan plan;
        const int narrow = addConvNorm(plan, kBlockInput, {.filters = filters});
        const int middle = addConvNorm(plan, narrow, {.filters = filters, .kernel = 3, .stride = stride});
        const int widened = addConvNorm(plan, middle, {.filters = wide}, {});
        const int shortcut = addShortcut(plan, input, wide, stride);
        plan.add("relu", {}, {plan.add("add", {}, {widened, shortcut})});
        return plan;
    }

    std::optional<Attributes> read(const std::vector<BlockLayer>& layers, const std::optional<Shape>&) const override {
        return Attributes{{"filters", filtersOf(layers, 0)}, {"stride", strideOf(layers, 1)}};
    }

    std::vector<std::optional<Shape>> assumedInputs(const Attributes& values, const std::optional<Shape>&) const override {
        return shortcutInputs(kExpansion * values.integer("filters"));
    }

    Attributes fitted(const Shape& input) const override {
        const bool divides = input.isImage() && input.channels() % kExpansion == 0;
        return divides ? Attributes{{"filters", input.channels() / kExpansion}} : Attributes{};
    }

    std::string summary(const Attributes& values) const override {
        const std::int64_t filters = values.integer("filters");
        const std::string stride = values.integer("stride") == 1 ? "" : ", stride " + std::to_string(values.integer("stride"));
        return withThousands(filters) + " \u2192 " + withThousands(kExpansion * filters) + stride;
    }
};

}  // namespace

std::unique_ptr<BlockKind> makeBlockKind_bottleneck_residual() { return std::make_unique<BottleneckResidual>(); }

}  // namespace convolab
