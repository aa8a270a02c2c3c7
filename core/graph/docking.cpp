#include "core/graph/docking.h"

#include <algorithm>

#include "core/graph/blocks.h"
#include "core/layers/layer_kind.h"

namespace convolab {

namespace {

/// The layer that `id` docks to directly, or 0.
NodeId dockTarget(const NetworkSpec& spec, NodeId id) {
    const Node* node = spec.node(id);
    const LayerKind* kind = node == nullptr ? nullptr : findLayerKind(node->kind);
    if (kind == nullptr || !kind->docks) return {};
    NodeId target;
    int incoming = 0;
    for (const Edge& edge : spec.edges()) {
        if (edge.to.node != id) continue;
        target = edge.from.node;
        ++incoming;
    }
    if (incoming != 1 || blockOf(spec, id) != blockOf(spec, target)) return {};
    const auto outgoing = std::count_if(spec.edges().begin(), spec.edges().end(),
                                        [target](const Edge& edge) { return edge.from.node == target; });
    return outgoing == 1 ? target : NodeId{};
}

}  // namespace

bool isDocked(const NetworkSpec& spec, NodeId node) { return dockHead(spec, node) != node; }

NodeId dockHead(const NetworkSpec& spec, NodeId node) {
    NodeId head = node;
    for (NodeId next = dockTarget(spec, head); next; next = dockTarget(spec, head)) {
        // A ring of docking layers (only files can hold one) has no head.
        if (next == node) return node;
        head = next;
    }
    return head;
}

std::vector<NodeId> dockedLayers(const NetworkSpec& spec, NodeId head) {
    std::vector<NodeId> rows;
    if (isDocked(spec, head)) return rows;
    NodeId last = head;
    while (true) {
        const auto outgoing = spec.edgesOutOf(last);
        if (outgoing.size() != 1) return rows;
        const NodeId next = outgoing.front()->to.node;
        if (next == head || dockTarget(spec, next) != last) return rows;
        rows.push_back(next);
        last = next;
    }
}

NodeId shownLayer(const NetworkSpec& spec, const Analysis& analysis, NodeId head) {
    const NodeAnalysis* first = analysis.find(head);
    NodeId shown = head;
    for (const NodeId id : dockedLayers(spec, head)) {
        const NodeAnalysis* layer = analysis.find(id);
        if (first == nullptr || layer == nullptr || !first->output || !layer->output || *layer->output != *first->output) break;
        shown = id;
    }
    return shown;
}

}  // namespace convolab
