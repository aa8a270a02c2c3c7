#include "core/layers/layer_kind.h"

#include <algorithm>

#include "core/layers/reference_layer.h"
#include "core/util/text.h"

namespace convolab {

std::vector<std::unique_ptr<LayerKind>> makeAllLayerKinds();  // generated

std::vector<ParameterSpec> LayerKind::parameters(const Attributes&, std::span<const Shape>) const { return {}; }

std::int64_t LayerKind::macs(const Attributes&, std::span<const Shape>, const Shape&) const { return 0; }

std::vector<Fix> LayerKind::fixes(const Node&, const Attributes&, std::span<const Shape>) const { return {}; }

std::string LayerKind::summary(const Attributes&) const { return {}; }

Cost layerCost(const LayerKind& kind, const Attributes& attributes, std::span<const Shape> inputs,
               const Shape& output) {
    constexpr auto kFloatBytes = static_cast<std::int64_t>(sizeof(float));
    Cost cost;
    std::int64_t weights = 0;
    for (const ParameterSpec& parameter : kind.parameters(attributes, inputs)) {
        weights += parameter.shape.size();
        if (parameter.trainable) cost.parameters += parameter.shape.size();
    }
    std::int64_t moved = weights + output.size();
    for (const Shape& input : inputs) moved += input.size();
    cost.macs = kind.macs(attributes, inputs, output);
    cost.activationBytes = kFloatBytes * output.size();
    cost.bytesMoved = kFloatBytes * moved;
    return cost;
}

namespace {

const std::vector<std::unique_ptr<LayerKind>>& ownedKinds() {
    static const std::vector<std::unique_ptr<LayerKind>> kinds = makeAllLayerKinds();
    return kinds;
}

}  // namespace

const std::vector<const LayerKind*>& layerKinds() {
    static const std::vector<const LayerKind*> kinds = [] {
        std::vector<const LayerKind*> pointers;
        for (const auto& kind : ownedKinds()) pointers.push_back(kind.get());
        return pointers;
    }();
    return kinds;
}

const LayerKind* findLayerKind(const std::string& id) {
    const auto& kinds = layerKinds();
    const auto found = std::find_if(kinds.begin(), kinds.end(), [&](const LayerKind* kind) { return kind->id == id; });
    return found == kinds.end() ? nullptr : *found;
}

std::string describeShape(const Shape& shape) {
    if (shape.isImage()) return "an image of " + shape.text();
    return "a vector of " + withThousands(shape.size()) + (shape.size() == 1 ? " value" : " values");
}

}  // namespace convolab
