#include "core/measure/layer_work.h"

#include <algorithm>

#include "core/compress/quantization/integer_network.h"
#include "core/model/fusion.h"

namespace convolab {

namespace {

std::int64_t valuesOf(const std::vector<std::optional<Shape>>& shapes) {
    std::int64_t sum = 0;
    for (const auto& shape : shapes) sum += shape ? shape->size() : 0;
    return sum;
}

/// A folded batch norm costs nothing to read: its numbers are part of the weights.
std::int64_t weightValues(const LayerKind& kind, const Attributes& attributes, const std::vector<Shape>& inputs) {
    std::int64_t sum = 0;
    for (const ParameterSpec& parameter : kind.parameters(attributes, inputs)) sum += parameter.shape.size();
    return sum;
}

std::vector<Shape> knownShapes(const std::vector<std::optional<Shape>>& shapes) {
    std::vector<Shape> known;
    for (const auto& shape : shapes) {
        if (shape) known.push_back(*shape);
    }
    return known;
}

}  // namespace

std::vector<LayerWork> layerWork(const NetworkSpec& spec, const Analysis& analysis) {
    std::vector<LayerWork> rows;
    for (const FusedLayer& layer : fuseLayers(spec, analysis, CompileOptions())) {
        const Node& node = *spec.node(layer.node);
        const LayerKind& kind = *findLayerKind(node.kind);
        const NodeAnalysis& own = *analysis.find(layer.node);
        const bool renames = (kind.group == LayerGroup::Shape && kind.inPlace) || node.kind == "dropout" || node.kind == "output";
        if (renames) continue;
        LayerWork row;
        row.node = layer.node;
        row.name = node.name;
        row.kind = node.kind;
        row.output = *analysis.find(layer.last())->output;
        row.parameters = own.cost.parameters;
        row.macs = own.cost.macs;
        row.weights = weightValues(kind, attributesOf(spec, layer.node), knownShapes(own.inputs));
        row.inputs = kind.group == LayerGroup::Input ? own.output->size() : valuesOf(own.inputs);
        row.outputs = row.output.size();
        for (const auto& joined : {layer.batchNorm, layer.activation}) {
            if (!joined) continue;
            row.joined.push_back(*joined);
            row.parameters += analysis.find(*joined)->cost.parameters;
        }
        rows.push_back(std::move(row));
    }
    return rows;
}

void countWeightBits(std::vector<LayerWork>& work, const CompressionPlan& plan) {
    for (LayerWork& row : work) {
        const LayerCompression& layer = plan.of(row.node);
        if (layer.levels == WeightLevels::Uniform) row.weightBits = std::min(row.weightBits, layer.bits);
    }
}

void countBits(std::vector<LayerWork>& work, const IntegerNetwork& network) {
    constexpr int kIntegerBits = 8;
    for (LayerWork& row : work) {
        const auto found = std::ranges::find(network.layers, row.node, &IntegerLayer::node);
        if (found == network.layers.end() || found->isFloat()) continue;
        row.valueBits = kIntegerBits;
        if (found->weightBits > 0) row.weightBits = found->weightBits;
    }
}

}  // namespace convolab
