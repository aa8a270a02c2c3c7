#include "core/graph/blocks/block_parts.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;

constexpr double kGoogLeNetEpsilon = 1e-3;

AttributeSchema kernelParameter() {
    AttributeSchema schema;
    schema.key = "kernel";
    schema.label = "Wide kernel";
    schema.type = AttributeType::Choice;
    schema.defaultValue = std::string("5");
    schema.choices = {"5", "3", "7"};
    schema.help = "Height and width of the widest window: 5 in the paper, 3 in torchvision";
    schema.section = "Shape";
    return schema;
}

AttributeSchema normaliseParameter() {
    AttributeSchema schema;
    schema.key = "normalise";
    schema.label = "Batch norm";
    schema.type = AttributeType::Bool;
    schema.defaultValue = false;
    schema.minimum = 0;
    schema.maximum = 1;
    schema.help = "Off: biases, as in the paper of 2014; on: batch norm behind each convolution, as in torchvision";
    schema.section = "Shape";
    return schema;
}

class InceptionV1 final : public BlockKind {
  public:
    InceptionV1() {
        id = "inception_v1";
        label = "Inception v1";
        baseName = "Inception";
        title = "Inception block, version 1";
        help = "Looks at each place through windows of several sizes at once and stacks what they find; 1\u00D71 "
               "convolutions keep it cheap (Szegedy et al. 2015, GoogLeNet).";
        parameters = {countParameter("one", "1\u00D71", 64, {64, 128, 192}, "Filters of the 1\u00D71 branch"),
                      countParameter("reduce3", "3\u00D73 reduce", 96, {96, 128}, "1\u00D71 filters before the 3\u00D73 convolution"),
                      countParameter("three", "3\u00D73", 128, {128, 192, 256}, "Filters of the 3\u00D73 branch"),
                      countParameter("reduce5", "Wide reduce", 16, {16, 24, 32}, "1\u00D71 filters before the wide convolution"),
                      countParameter("five", "Wide", 32, {32, 64, 96}, "Filters of the branch with the widest window"),
                      kernelParameter(),
                      countParameter("pool", "Pool", 32, {32, 64, 128}, "1\u00D71 filters behind the max pooling"),
                      normaliseParameter()};
    }

    BlockPlan plan(const Attributes& values, const std::optional<Shape>&) const override {
        const bool normalise = values.flag("normalise");
        BlockPlan plan;
        const auto conv = [&](int from, const std::string& key, std::int64_t kernel) {
            const int place = addConv(plan, from, {.filters = values.integer(key), .kernel = kernel, .bias = !normalise});
            return plan.add("relu", {}, {normalise ? addNorm(plan, place, kGoogLeNetEpsilon) : place});
        };
        const int one = conv(kBlockInput, "one", 1);
        const int three = conv(conv(kBlockInput, "reduce3", 1), "three", 3);
        const int wide = conv(conv(kBlockInput, "reduce5", 1), "five", std::stoll(values.text("kernel")));
        const int pooled = plan.add("max_pool", {{"kernel", Integers{3, 3}}, {"stride", Integers{1, 1}}, {"pads", Integers{1, 1, 1, 1}}}, {kBlockInput});
        const int pool = conv(pooled, "pool", 1);
        plan.add("concat", {}, {one, three, wide, pool});
        return plan;
    }

    std::optional<Attributes> read(const std::vector<BlockLayer>& layers, const std::optional<Shape>&) const override {
        const BlockLayer* wide = nthOfKind(layers, "conv2d", 4);
        if (wide == nullptr) return {};
        return Attributes{{"one", filtersOf(layers, 0)}, {"reduce3", filtersOf(layers, 1)}, {"three", filtersOf(layers, 2)},
                          {"reduce5", filtersOf(layers, 3)}, {"five", filtersOf(layers, 4)}, {"pool", filtersOf(layers, 5)},
                          {"kernel", std::to_string(wide->attributes.integers("kernel")[0])},
                          {"normalise", nthOfKind(layers, "batch_norm", 0) != nullptr}};
    }

    std::string summary(const Attributes& values) const override {
        std::vector<std::string> parts;
        for (const char* key : {"one", "three", "five", "pool"}) parts.push_back(std::to_string(values.integer(key)));
        return join(parts, " + ");
    }
};

}  // namespace

std::unique_ptr<BlockKind> makeBlockKind_inception_v1() { return std::make_unique<InceptionV1>(); }

}  // namespace convolab
