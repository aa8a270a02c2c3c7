#include "core/graph/blocks/block_parts.h"

namespace convolab {

namespace {

class DenseBlock final : public BlockKind {
  public:
    DenseBlock() {
        id = "dense_block";
        label = "Dense block";
        baseName = "Dense block";
        title = "Densely connected block";
        help = "Every step sees the maps of all steps before it and adds a few of its own "
               "(Huang et al. 2017, DenseNet with 1\u00D71 bottlenecks).";
        parameters = {countParameter("steps", "Steps", 6, {4, 6, 12}, "Pairs of a 1\u00D71 and a 3\u00D73 convolution"),
                      countParameter("growth", "Growth", 32, {12, 24, 32}, "Maps that each step adds"),
                      countParameter("bottleneck", "Bottleneck", 4, {2, 4}, "The 1\u00D71 convolution has this many times the growth")};
        parameters[0].maximum = 128;
        parameters[2].maximum = 64;
    }

    BlockPlan plan(const Attributes& values, const std::optional<Shape>&) const override {
        const std::int64_t growth = values.integer("growth");
        BlockPlan plan;
        int maps = kBlockInput;
        for (std::int64_t step = 0; step < values.integer("steps"); ++step) {
            const int active = plan.add("relu", {}, {addNorm(plan, maps)});
            const int narrow = addConvNorm(plan, active, {.filters = values.integer("bottleneck") * growth});
            maps = plan.add("concat", {}, {maps, addConv(plan, narrow, {.filters = growth, .kernel = 3})});
        }
        return plan;
    }

    std::optional<Attributes> read(const std::vector<BlockLayer>& layers, const std::optional<Shape>&) const override {
        constexpr std::size_t kLayersOfStep = 7;
        const std::int64_t growth = filtersOf(layers, 1);
        if (growth == 0) return {};
        return Attributes{{"steps", static_cast<std::int64_t>(layers.size() / kLayersOfStep)}, {"growth", growth},
                          {"bottleneck", filtersOf(layers, 0) / growth}};
    }

    std::string summary(const Attributes& values) const override {
        return std::to_string(values.integer("steps")) + " \u00D7 " + std::to_string(values.integer("growth")) + " maps";
    }
};

}  // namespace

std::unique_ptr<BlockKind> makeBlockKind_dense_block() { return std::make_unique<DenseBlock>(); }

}  // namespace convolab
