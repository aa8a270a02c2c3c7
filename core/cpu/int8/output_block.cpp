#include "core/cpu/int8/output_block.h"

#include <algorithm>

namespace convolab::int8 {

namespace {

OutputBlock makeBlock(const Convolution& c, std::int64_t first, int count, bool narrow) {
    OutputBlock block;
    block.first = first;
    block.count = count;
    block.width = narrow && count <= kHalfBlock ? kHalfBlock : kBlock;
    block.bias.assign(static_cast<std::size_t>(block.width), 0);
    block.multiplier.assign(static_cast<std::size_t>(block.width), 0.0F);
    const std::int64_t filterSize = c.depth() * c.window.taps();
    for (int o = 0; o < count; ++o) {
        std::int32_t sum = 0;
        for (std::int64_t k = 0; k < filterSize; ++k) sum += c.weight[static_cast<std::size_t>((first + o) * filterSize + k)];
        const auto at = static_cast<std::size_t>(o);
        block.bias[at] = c.bias[static_cast<std::size_t>(first + o)] - c.inputZero * sum;
        block.multiplier[at] = c.requantization.multiplierOf(first + o);
    }
    return block;
}

}  // namespace

Finish OutputBlock::finish(const Convolution& c, void* data, std::int64_t pixels) const {
    const std::int64_t stride = c.output.channels();
    const std::int64_t element = pixels * stride + first;
    void* output = c.floatOutput ? static_cast<void*>(static_cast<float*>(data) + element)
                                 : static_cast<void*>(static_cast<std::uint8_t*>(data) + element);
    const Requantization& to = c.requantization;
    return {.bias = bias.data(),
            .multiplier = multiplier.data(),
            .slope = to.slope,
            .low = static_cast<float>(to.low - to.zeroPoint),
            .high = static_cast<float>(to.high - to.zeroPoint),
            .zeroPoint = to.zeroPoint,
            .floatOutput = c.floatOutput,
            .output = output,
            .stride = stride,
            .outputs = count};
}

std::vector<OutputBlock> outputBlocks(const Convolution& c, bool narrow) {
    const std::int64_t perGroup = c.output.channels() / c.groups;
    std::vector<OutputBlock> blocks;
    for (std::int64_t g = 0; g < c.groups; ++g) {
        for (std::int64_t first = 0; first < perGroup; first += kBlock) {
            const auto count = static_cast<int>(std::min<std::int64_t>(kBlock, perGroup - first));
            blocks.push_back(makeBlock(c, g * perGroup + first, count, narrow));
        }
    }
    return blocks;
}

}  // namespace convolab::int8
