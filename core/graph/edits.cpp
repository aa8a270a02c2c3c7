#include "core/graph/edits.h"

#include <algorithm>
#include <set>

#include "core/graph/docking.h"
#include "core/graph/layout.h"
#include "core/layers/layer_kind.h"
#include "core/layers/softmax_kinds.h"

namespace convolab {

namespace {

bool docks(const std::string& kindId) {
    const LayerKind* kind = findLayerKind(kindId);
    return kind != nullptr && kind->docks;
}

bool isGroup(const Node& node, LayerGroup group) {
    const LayerKind* kind = findLayerKind(node.kind);
    return kind != nullptr && kind->group == group;
}

bool hasUnits(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    return kind != nullptr && std::any_of(kind->attributes.begin(), kind->attributes.end(),
                                          [](const AttributeSchema& schema) { return schema.key == "units"; });
}

Position cardPosition(const NetworkSpec& spec, NodeId node) { return spec.node(dockHead(spec, node))->position; }

/// Between the two cards; on a long or bent edge in a row of its own below. `beside` stands at one of the two.
Position placeBetween(NetworkSpec& spec, NodeId beside, Position source, Position target, bool docked) {
    if (docked) return {source.x, source.y + kDockedRowStep};
    const double gap = target.x - source.x;
    if (gap >= 2.0 * kCardStep) return {source.x + gap / 2.0, std::max(source.y, target.y) + kRowStep};
    const Position place = gap > 0.0 ? target : Position{source.x + kCardStep, source.y};
    makeRoom(spec, beside, place.x);
    return place;
}

}  // namespace

void makeRoom(NetworkSpec& spec, NodeId beside, double x) {
    const std::set<NodeId> others = layersOfOtherLines(spec, beside);
    for (const Node& node : std::vector<Node>(spec.nodes())) {
        if (node.position.x >= x && !others.contains(node.id)) spec.setPosition(node.id, {node.position.x + kCardStep, node.position.y});
    }
}

NodeId insertBefore(NetworkSpec& spec, PortRef to, const std::string& kind, Attributes attributes) {
    const Node* target = spec.node(to.node);
    if (target == nullptr) return {};
    const Edge* edge = spec.edgeInto(to);
    const EdgeId edgeId = edge == nullptr ? EdgeId{} : edge->id;
    const Position end = cardPosition(spec, target->id);
    const Position start = edge == nullptr ? Position{end.x - kCardStep, end.y} : cardPosition(spec, edge->from.node);
    const NodeId beside = edge == nullptr ? target->id : edge->from.node;
    const Position place = placeBetween(spec, beside, start, end, docks(kind) && edge != nullptr);
    const NodeId added = spec.addNode(kind, std::move(attributes), {}, place);
    if (edgeId) {
        static_cast<void>(spec.insertOnEdge(added, edgeId));
    } else {
        static_cast<void>(spec.connect({added, 0}, to));
    }
    return added;
}

NodeId appendAfter(NetworkSpec& spec, NodeId node, const std::string& kind, Attributes attributes) {
    const Node* source = spec.node(node);
    if (source == nullptr) return {};
    Position place = cardPosition(spec, node);
    (docks(kind) ? place.y : place.x) += docks(kind) ? kDockedRowStep : kCardStep;
    const NodeId added = spec.addNode(kind, std::move(attributes), {}, place);
    static_cast<void>(spec.connect({node, 0}, {added, 0}));
    return added;
}

NodeId openEnd(const NetworkSpec& spec) {
    std::set<NodeId> fed;
    std::set<NodeId> feeding;
    for (const Edge& edge : spec.edges()) feeding.insert(edge.from.node);
    NodeId end;
    for (const NodeId id : spec.topologicalOrder()) {
        const Node& node = *spec.node(id);
        const auto incoming = spec.edgesInto(id);
        const bool reached =
            isGroup(node, LayerGroup::Input) ||
            (!incoming.empty() && std::all_of(incoming.begin(), incoming.end(),
                                              [&](const Edge* edge) { return fed.contains(edge->from.node); }));
        if (!reached) continue;
        fed.insert(id);
        if (!feeding.contains(id) && !isGroup(node, LayerGroup::Output)) end = id;
    }
    return end;
}

std::optional<PortRef> beforeOutput(const NetworkSpec& spec) {
    const auto& nodes = spec.nodes();
    const auto output =
        std::find_if(nodes.begin(), nodes.end(), [](const Node& n) { return isGroup(n, LayerGroup::Output); });
    if (output == nodes.end()) return {};
    PortRef place{output->id, 0};
    for (std::size_t step = 0; step < nodes.size(); ++step) {
        const Edge* edge = spec.edgeInto(place);
        if (edge == nullptr || !isSoftmax(spec.node(edge->from.node)->kind)) break;
        place = PortRef{edge->from.node, 0};
    }
    return place;
}

NodeId unitsLayerBefore(const NetworkSpec& spec, PortRef to) {
    for (std::size_t step = 0; step < spec.nodes().size(); ++step) {
        const Edge* edge = spec.edgeInto(to);
        if (edge == nullptr) return {};
        const Node& source = *spec.node(edge->from.node);
        if (hasUnits(source)) return source.id;
        if (!docks(source.kind)) return {};
        to = PortRef{source.id, 0};
    }
    return {};
}

}  // namespace convolab
