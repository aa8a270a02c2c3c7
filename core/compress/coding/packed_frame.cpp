#include "core/compress/coding/packed_frame.h"

#include "core/compress/coding/bit_stream.h"

namespace convolab {

std::int64_t framedBytes(std::size_t tensorBytes) {
    BitWriter frame;
    frame.byte(0);
    frame.number(tensorBytes);
    return static_cast<std::int64_t>(frame.size() + tensorBytes);
}

void addUp(PackedSize& size, const ParameterLayout& layout) {
    size.parameters = static_cast<std::int64_t>(layout.parameterCount);
    size.kept = size.parameters;
    for (const LayerBytes& layer : size.layers) size.kept -= layer.weights - layer.kept;
    const std::vector<const WeightCoder*>& coders = weightCoders();
    for (std::size_t stage = 0; stage < coders.size(); ++stage) {
        StageBytes& whole = size.stages.emplace_back(StageBytes{coders[stage], size.headerBytes + size.otherBytes});
        for (const LayerBytes& layer : size.layers) whole.bytes += layer.stages[stage];
    }
    size.stages.front().bytes = size.denseBytes();
}

}  // namespace convolab
