#include "core/inspect/elementwise.h"

#include <algorithm>

#include "core/graph/docking.h"
#include "core/model/fusion.h"

namespace convolab {

bool isElementwise(const LayerKind& kind) {
    return kind.inPlace && (kind.group == LayerGroup::Activation || kind.group == LayerGroup::Normalisation);
}

std::vector<NodeId> elementwiseBehind(const NetworkSpec& spec, NodeId node) {
    std::vector<NodeId> card = dockedLayers(spec, dockHead(spec, node));
    const auto self = std::find(card.begin(), card.end(), node);
    if (self != card.end()) card.erase(card.begin(), self + 1);
    const auto end = std::find_if(card.begin(), card.end(), [&](NodeId id) {
        return !isElementwise(*findLayerKind(spec.node(id)->kind));
    });
    card.erase(end, card.end());
    return card;
}

Result<double> elementwiseValue(const NetworkSpec& spec, const WeightSet& weights, const Node& node,
                                std::int64_t channel, double x) {
    const LayerKind& kind = *findLayerKind(node.kind);
    const Attributes attributes = attributesOf(spec, node.id);
    // As if there were just enough channels: a parameter with fewer values than that is one for all.
    const std::vector<Shape> shapes{Shape{channel + 1}};
    std::vector<double> parameters;
    for (const ParameterSpec& parameter : kind.parameters(attributes, shapes)) {
        const ParameterEntry* entry =
            weights.layout == nullptr ? nullptr : weights.layout->find(node.id, parameter.name);
        const std::int64_t index = parameter.shape.size() - 1;
        if (entry == nullptr || index >= entry->spec.shape.size()) {
            return Error{ErrorCode::NotFound, "the weights belong to another network", node.name,
                         "run the image again"};
        }
        parameters.push_back(weights.values(*entry)[static_cast<std::size_t>(index)]);
    }
    const Shape one{1, 1};
    double result = 0.0;
    ReferenceContext<double> context{.attributes = attributes,
                                     .inputs = {View<const double>{&x, one}},
                                     .parameters = {},
                                     .output = {&result, one},
                                     .outputGradient = {},
                                     .inputGradients = {},
                                     .parameterGradients = {}};
    for (double& parameter : parameters) context.parameters.push_back({&parameter, Shape{1}});
    kind.forward(context);
    return result;
}

}  // namespace convolab
