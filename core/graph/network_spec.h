#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/attributes.h"
#include "core/util/result.h"

namespace convolab {

struct NodeId {
    std::int32_t value = 0;  ///< 0 is no node
    auto operator<=>(const NodeId&) const = default;
    explicit operator bool() const { return value != 0; }
};

struct EdgeId {
    std::int32_t value = 0;
    auto operator<=>(const EdgeId&) const = default;
    explicit operator bool() const { return value != 0; }
};

struct Position {
    double x = 0.0;  ///< logical pixels on the canvas, upper left corner of the card
    double y = 0.0;
    bool operator==(const Position&) const = default;
};

struct Node {
    NodeId id;
    std::string kind;  ///< id of a LayerKind, "conv2d"
    std::string name;  ///< unique text, "Conv 1"
    Attributes attributes;  ///< only what differs from or restates the defaults
    Position position;
    bool operator==(const Node&) const = default;
};

struct PortRef {
    NodeId node;
    int port = 0;
    auto operator<=>(const PortRef&) const = default;
};

/// From an output port to an input port. An input port takes one edge, except that of a merge, which has one port per
/// input (numbered 0 … in order of their edges).
struct Edge {
    EdgeId id;
    PortRef from;
    PortRef to;
    bool operator==(const Edge&) const = default;
};

/// A named set of nodes, folded on the canvas. Drawing only.
struct Block {
    std::string name;
    std::vector<NodeId> nodes;
    bool operator==(const Block&) const = default;
};

/// The editable network: a plain value. Half-built is its normal state; `analyze` says what is missing. Copy it freely
/// (undo holds copies); it holds no weights. Node and edge ids are never used again within one spec.
class NetworkSpec {
  public:
    const std::vector<Node>& nodes() const { return m_nodes; }
    const std::vector<Edge>& edges() const { return m_edges; }
    const std::vector<Block>& blocks() const { return m_blocks; }
    std::vector<Block>& blocks() { return m_blocks; }

    const Node* node(NodeId id) const;
    const Edge* edge(EdgeId id) const;
    const Node* nodeByName(std::string_view name) const;  ///< ignores case, spaces, underscores and hyphens
    /// The edge that ends at this input port, or none.
    const Edge* edgeInto(PortRef to) const;
    std::vector<const Edge*> edgesInto(NodeId node) const;   ///< ordered by port
    std::vector<const Edge*> edgesOutOf(NodeId node) const;  ///< ordered by id

    /// Adds a node; an empty name becomes the kind's next free one ("Conv 3"). Returns its id.
    NodeId addNode(const std::string& kind, Attributes attributes = {}, std::string name = {}, Position position = {});
    /// Removes a node with its edges. With `heal`, joins its single predecessor to all its successors.
    void removeNode(NodeId id, bool heal);
    /// Refuses, with a reason: unknown ports, an input already taken (unless `replace`), a cycle, a self-loop. A merge
    /// never refuses for a taken port: without `replace` the edge gets a port of its own behind the others.
    Result<EdgeId> connect(PortRef from, PortRef to, bool replace = false);
    void disconnect(EdgeId id);
    /// Puts `node` into the middle of an edge. Where it was connected before, the chain heals as in removeNode.
    Status insertOnEdge(NodeId node, EdgeId edge);
    Status rename(NodeId id, const std::string& name);  ///< refuses an empty or taken name
    void setAttribute(NodeId id, const std::string& key, AttributeValue value);
    void eraseAttribute(NodeId id, const std::string& key);  ///< back to the default
    void setPosition(NodeId id, Position position);

    std::string freeName(const std::string& base) const;  ///< "Conv" → "Conv 3"
    /// Would an edge from → to close a cycle?
    bool reaches(NodeId from, NodeId to) const;
    /// Nodes in execution order (stable by id); shorter than nodes() if there is a cycle.
    std::vector<NodeId> topologicalOrder() const;

    // Raw insertion with given ids, for readers of files; refuses ids, names and ports that are taken, but lets cycles
    // pass (analyze reports them). An edge id of 0 becomes the next free one.
    Status insertNode(Node node);
    Status insertEdge(Edge edge);
    void closePortGaps();  ///< renumbers the inputs of every merge 0 … in order; after raw insertion

    /// The same network: name, nodes, edges and blocks (not which ids come next).
    bool operator==(const NetworkSpec& other) const {
        return name == other.name && m_nodes == other.m_nodes && m_edges == other.m_edges &&
               m_blocks == other.m_blocks;
    }

    std::string name;  ///< of the network, "LeNet-like"

  private:
    Node* find(NodeId id);
    std::optional<Error> checkPorts(PortRef from, PortRef to) const;
    int inputsTaken(NodeId node) const;
    void renumberPorts(NodeId node);
    void detach(NodeId id, bool heal);

    std::vector<Node> m_nodes;
    std::vector<Edge> m_edges;
    std::vector<Block> m_blocks;
    std::int32_t m_nextNode = 1;
    std::int32_t m_nextEdge = 1;
};

}  // namespace convolab
