#include "core/graph/blocks/block_parts.h"
#include "core/util/text.h"

namespace convolab {

namespace {

class Fire final : public BlockKind {
  public:
    Fire() {
        id = "fire";
        label = "Fire";
        baseName = "Fire";
        title = "Fire block";
        help = "A few 1\u00D71 filters squeeze the input, 1\u00D71 and 3\u00D73 filters side by side expand it again "
               "(Iandola et al. 2016, SqueezeNet).";
        parameters = {countParameter("squeeze", "Squeeze", 16, {16, 32, 48, 64}, "1\u00D71 filters that narrow the input"),
                      countParameter("expand1", "Expand 1\u00D71", 64, {64, 128, 192, 256}, "1\u00D71 filters of the output"),
                      countParameter("expand3", "Expand 3\u00D73", 64, {64, 128, 192, 256}, "3\u00D73 filters of the output")};
    }

    BlockPlan plan(const Attributes& values, const std::optional<Shape>&) const override {
        BlockPlan plan;
        const auto conv = [&](int from, const std::string& key, std::int64_t kernel) {
            return plan.add("relu", {}, {addConv(plan, from, {.filters = values.integer(key), .kernel = kernel, .bias = true})});
        };
        const int squeezed = conv(kBlockInput, "squeeze", 1);
        const int one = conv(squeezed, "expand1", 1);
        const int three = conv(squeezed, "expand3", 3);
        plan.add("concat", {}, {one, three});
        return plan;
    }

    std::optional<Attributes> read(const std::vector<BlockLayer>& layers, const std::optional<Shape>&) const override {
        return Attributes{{"squeeze", filtersOf(layers, 0)}, {"expand1", filtersOf(layers, 1)}, {"expand3", filtersOf(layers, 2)}};
    }

    std::string summary(const Attributes& values) const override {
        return withThousands(values.integer("squeeze")) + " \u2192 " + withThousands(values.integer("expand1")) + " + " +
               withThousands(values.integer("expand3"));
    }
};

}  // namespace

std::unique_ptr<BlockKind> makeBlockKind_fire() { return std::make_unique<Fire>(); }

}  // namespace convolab
