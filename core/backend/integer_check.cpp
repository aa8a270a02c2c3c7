#include "core/backend/integer_check.h"

#include <algorithm>

#include "core/compress/quantization/integer_model.h"
#include "core/graph/example_network.h"
#include "core/graph/presets.h"
#include "core/util/random.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatch = 5;

/// Fresh weights, and the same range everywhere: bits are compared, not accuracy.
Result<IntegerNetwork> integersOf(const NetworkSpec& spec) {
    const Analysis analysis = analyze(spec);
    CompressionPlan plan;
    ActivationRanges ranges;
    for (const NodeId layer : compressibleLayers(spec)) plan.layers[layer].bits = kMostBits;
    for (const NodeId layer : quantizedActivations(spec, analysis)) ranges.ranges[layer] = {-1.5F, 2.5F};
    return makeIntegerNetwork(spec, initialWeights(spec, analysis, 1), plan, ranges);
}

std::string differs(const NetworkSpec& spec, const MakeIntegers& make) {
    auto network = integersOf(spec);
    if (!network.ok()) return network.error().sentence();
    auto cpu = makeIntegerModel(*network, {.maximumBatch = kBatch});
    if (!cpu.ok()) return cpu.error().sentence();
    auto device = make(std::move(*network), {.maximumBatch = kBatch});
    if (!device.ok()) return device.error().sentence();
    const Shape& shape = (*cpu)->inputShape();
    Tensor images(shape.withBatch(kBatch));
    RandomSequence random(1, RandomStreamId::Analysis);
    for (float& value : images.span()) value = random.uniform(-1.0F, 2.0F);
    for (const std::int64_t n : {kBatch, std::int64_t{1}}) {
        const View<const float> batch{images.data(), shape.withBatch(n)};
        (*cpu)->forward(batch);
        (*device)->forward(batch);
        if (!std::ranges::equal((*cpu)->logits().span(), (*device)->logits().span())) return spec.name + ": batches of " + std::to_string(n) + " have other bits than on the CPU";
    }
    return {};
}

}  // namespace

DeviceCheck integerCheck(MakeIntegers make) {
    return {"8-bit integers", "quantised networks have the CPU's bits", [make = std::move(make)](const CompileModel&) {
                for (const NetworkSpec& spec : {smallNetworkWithState(), makePreset("conv20-conv50").value()}) {
                    const std::string found = differs(spec, make);
                    if (!found.empty()) return found;
                }
                return std::string{};
            }};
}

}  // namespace convolab
