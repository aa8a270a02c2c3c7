#include "core/graph/blocks/block_parts.h"

namespace convolab {

namespace {

class InvertedResidual final : public BlockKind {
  public:
    InvertedResidual() {
        id = "inverted_residual";
        label = "Inverted";
        baseName = "Inverted";
        title = "Inverted residual block";
        help = "Widens the input by a 1\u00D71 convolution, filters each map on its own (depthwise 3\u00D73) and narrows it "
               "without an activation (Sandler et al. 2018, MobileNetV2). The input is added where the shapes agree.";
        parameters = {countParameter("filters", "Filters", 32, {16, 24, 32, 64, 96}, "Maps of the output"), strideParameter(),
                      countParameter("expansion", "Expansion", 6, {1, 4, 6}, "How many times as wide the middle is as the input")};
        parameters.back().maximum = 64;
    }

    BlockPlan plan(const Attributes& values, const std::optional<Shape>& input) const override {
        const std::int64_t filters = values.integer("filters");
        const std::int64_t stride = values.integer("stride");
        const std::int64_t channels = input && input->isImage() ? input->channels() : filters;
        const std::int64_t hidden = channels * values.integer("expansion");
        BlockPlan plan;
        const int wide = hidden == channels ? kBlockInput : addConvNorm(plan, kBlockInput, {.filters = hidden}, "relu6");
        const int filtered = addConvNorm(plan, wide, {.filters = hidden, .kernel = 3, .stride = stride, .groups = hidden}, "relu6");
        const int narrow = addConvNorm(plan, filtered, {.filters = filters}, {});
        if (stride == 1 && channels == filters) plan.add("add", {}, {narrow, kBlockInput});
        return plan;
    }

    std::optional<Attributes> read(const std::vector<BlockLayer>& layers, const std::optional<Shape>& input) const override {
        const std::size_t last = nthOfKind(layers, "conv2d", 2) == nullptr ? 1 : 2;
        const std::int64_t filters = filtersOf(layers, last);
        const std::int64_t channels = input && input->isImage() ? input->channels() : filters;
        if (filters == 0 || channels == 0) return {};
        return Attributes{{"filters", filters}, {"stride", strideOf(layers, last - 1)}, {"expansion", filtersOf(layers, last - 1) / channels}};
    }

    Attributes fitted(const Shape& input) const override {
        return input.isImage() ? Attributes{{"filters", input.channels()}} : Attributes{};
    }

    std::string summary(const Attributes& values) const override {
        return filtersText(values.integer("filters"), values.integer("stride")) + ", \u00D7" + std::to_string(values.integer("expansion"));
    }
};

}  // namespace

std::unique_ptr<BlockKind> makeBlockKind_inverted_residual() { return std::make_unique<InvertedResidual>(); }

}  // namespace convolab
