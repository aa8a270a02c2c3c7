#include "core/graph/graph_index.h"

#include <algorithm>

namespace convolab {

namespace {

void markForward(GraphIndex& index, NodeId start) {
    std::vector<NodeId> open{start};
    while (!open.empty()) {
        GraphIndex::Entry& entry = index.entries.at(open.back());
        open.pop_back();
        if (entry.fed) continue;
        entry.fed = true;
        for (const Edge* edge : entry.outgoing) open.push_back(edge->to.node);
    }
}

void markBackward(GraphIndex& index, NodeId start) {
    std::vector<NodeId> open{start};
    while (!open.empty()) {
        GraphIndex::Entry& entry = index.entries.at(open.back());
        open.pop_back();
        if (entry.needed) continue;
        entry.needed = true;
        for (const Edge* edge : entry.incoming) open.push_back(edge->from.node);
    }
}

}  // namespace

GraphIndex::GraphIndex(const NetworkSpec& spec) : order(spec.topologicalOrder()) {
    for (const Node& node : spec.nodes()) {
        Entry& entry = entries[node.id];
        entry.node = &node;
        entry.kind = findLayerKind(node.kind);
        if (entry.kind != nullptr && entry.kind->group == LayerGroup::Input) inputs.push_back(&node);
        if (entry.kind != nullptr && entry.kind->group == LayerGroup::Output) outputs.push_back(&node);
    }
    for (const Edge& edge : spec.edges()) {
        entries.at(edge.from.node).outgoing.push_back(&edge);
        entries.at(edge.to.node).incoming.push_back(&edge);
    }
    for (auto& [id, entry] : entries) {
        std::sort(entry.incoming.begin(), entry.incoming.end(),
                  [](const Edge* a, const Edge* b) { return a->to.port < b->to.port; });
        std::sort(entry.outgoing.begin(), entry.outgoing.end(),
                  [](const Edge* a, const Edge* b) { return a->id < b->id; });
    }
    for (const NodeId id : order) entries.at(id).sorted = true;
    for (const Node* input : inputs) markForward(*this, input->id);
    for (const Node* output : outputs) markBackward(*this, output->id);
}

}  // namespace convolab
