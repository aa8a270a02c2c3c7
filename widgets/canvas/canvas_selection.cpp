#include "widgets/canvas/canvas_selection.h"

#include <utility>

namespace convolab {

void CanvasSelection::set(std::set<NodeId> nodes, std::set<EdgeId> edges, NodeId current) {
    if (!current || !nodes.contains(current)) current = nodes.empty() ? NodeId{} : *nodes.begin();
    if (nodes == m_nodes && edges == m_edges && current == m_current) return;
    m_nodes = std::move(nodes);
    m_edges = std::move(edges);
    m_current = current;
    emit changed();
}

void CanvasSelection::toggle(NodeId node) {
    auto nodes = m_nodes;
    const bool added = nodes.insert(node).second;
    if (!added) nodes.erase(node);
    set(std::move(nodes), m_edges, added ? node : m_current);
}

void CanvasSelection::toggle(EdgeId edge) {
    auto edges = m_edges;
    if (!edges.insert(edge).second) edges.erase(edge);
    set(m_nodes, std::move(edges), m_current);
}

void CanvasSelection::keepExisting(const NetworkSpec& spec) {
    auto nodes = m_nodes;
    auto edges = m_edges;
    std::erase_if(nodes, [&](NodeId id) { return !spec.node(id); });
    std::erase_if(edges, [&](EdgeId id) { return !spec.edge(id); });
    set(std::move(nodes), std::move(edges), m_current);
}

}  // namespace convolab
