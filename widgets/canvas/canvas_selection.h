// What is selected on the canvas: layers (also docked ones) and edges, by id. The current layer has the keyboard's focus.
#pragma once

#include "core/graph/network_spec.h"

#include <QObject>

#include <set>
#include <vector>

namespace convolab {

class CanvasSelection : public QObject {
    Q_OBJECT

public:
    using QObject::QObject;

    const std::set<NodeId>& nodes() const { return m_nodes; }
    const std::set<EdgeId>& edges() const { return m_edges; }
    NodeId current() const { return m_current; }
    bool contains(NodeId node) const { return m_nodes.contains(node); }
    bool contains(EdgeId edge) const { return m_edges.contains(edge); }
    bool empty() const { return m_nodes.empty() && m_edges.empty(); }
    std::vector<NodeId> nodeList() const { return {m_nodes.begin(), m_nodes.end()}; }

    void set(std::set<NodeId> nodes, std::set<EdgeId> edges = {}, NodeId current = {});
    void only(NodeId node) { set({node}, {}, node); }
    void toggle(NodeId node);
    void toggle(EdgeId edge);
    void clear() { set({}); }
    void keepExisting(const NetworkSpec& spec);  // forgets what is gone

signals:
    void changed();

private:
    std::set<NodeId> m_nodes;
    std::set<EdgeId> m_edges;
    NodeId m_current;
};

}  // namespace convolab
