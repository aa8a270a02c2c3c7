#include "core/graph/network_spec.h"

#include <algorithm>
#include <functional>
#include <map>
#include <queue>
#include <set>

#include "core/layers/layer_kind.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int32_t kLargestId = 1'000'000'000;

Error refused(ErrorCode code, std::string message, std::string node = {}, std::string hint = {}) {
    return Error{code, std::move(message), std::move(node), std::move(hint)};
}

bool holds(const Block& block, NodeId id) { return std::find(block.nodes.begin(), block.nodes.end(), id) != block.nodes.end(); }

bool isMerge(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    return kind != nullptr && kind->maxInputs < 0;
}

int largestInputCount(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    return kind == nullptr ? 1 : kind->maxInputs;
}

bool hasOutput(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    return kind == nullptr || kind->group != LayerGroup::Output;
}

std::string defaultName(const NetworkSpec& spec, const std::string& kindId) {
    const LayerKind* kind = findLayerKind(kindId);
    if (kind == nullptr) return spec.freeName(kindId);
    const bool single = kind->group == LayerGroup::Input || kind->group == LayerGroup::Output;
    if (single && spec.nodeByName(kind->baseName) == nullptr) return kind->baseName;
    return spec.freeName(kind->baseName);
}

}  // namespace

const Node* NetworkSpec::node(NodeId id) const {
    const auto found = std::find_if(m_nodes.begin(), m_nodes.end(), [id](const Node& n) { return n.id == id; });
    return found == m_nodes.end() ? nullptr : &*found;
}

Node* NetworkSpec::find(NodeId id) { return const_cast<Node*>(node(id)); }

const Edge* NetworkSpec::edge(EdgeId id) const {
    const auto found = std::find_if(m_edges.begin(), m_edges.end(), [id](const Edge& e) { return e.id == id; });
    return found == m_edges.end() ? nullptr : &*found;
}

const Node* NetworkSpec::nodeByName(std::string_view wanted) const {
    for (const Node& candidate : m_nodes) {
        if (candidate.name == wanted) return &candidate;
    }
    const std::string normalized = normalizedName(wanted);
    for (const Node& candidate : m_nodes) {
        if (normalizedName(candidate.name) == normalized) return &candidate;
    }
    return nullptr;
}

const Edge* NetworkSpec::edgeInto(PortRef to) const {
    const auto found = std::find_if(m_edges.begin(), m_edges.end(), [to](const Edge& e) { return e.to == to; });
    return found == m_edges.end() ? nullptr : &*found;
}

std::vector<const Edge*> NetworkSpec::edgesInto(NodeId id) const {
    std::vector<const Edge*> result;
    for (const Edge& candidate : m_edges) {
        if (candidate.to.node == id) result.push_back(&candidate);
    }
    std::sort(result.begin(), result.end(),
              [](const Edge* a, const Edge* b) { return a->to.port < b->to.port; });
    return result;
}

std::vector<const Edge*> NetworkSpec::edgesOutOf(NodeId id) const {
    std::vector<const Edge*> result;
    for (const Edge& candidate : m_edges) {
        if (candidate.from.node == id) result.push_back(&candidate);
    }
    std::sort(result.begin(), result.end(), [](const Edge* a, const Edge* b) { return a->id < b->id; });
    return result;
}

NodeId NetworkSpec::addNode(const std::string& kind, Attributes attributes, std::string nodeName,
                            Position position) {
    Node added;
    added.id = NodeId{m_nextNode++};
    added.kind = kind;
    if (nodeName.empty()) {
        added.name = defaultName(*this, kind);
    } else {
        added.name = nodeByName(nodeName) == nullptr ? std::move(nodeName) : freeName(nodeName);
    }
    added.attributes = std::move(attributes);
    added.position = position;
    m_nodes.push_back(std::move(added));
    return m_nodes.back().id;
}

void NetworkSpec::detach(NodeId id, bool heal) {
    const auto incoming = edgesInto(id);
    const std::optional<PortRef> source =
        heal && incoming.size() == 1 ? std::optional(incoming.front()->from) : std::nullopt;
    std::set<NodeId> touched;
    if (source && source->node != id) {
        for (Edge& candidate : m_edges) {
            if (candidate.from.node == id) candidate.from = *source;
        }
    }
    std::erase_if(m_edges, [&](const Edge& candidate) {
        const bool gone = candidate.from.node == id || candidate.to.node == id;
        if (gone) touched.insert(candidate.to.node);
        return gone;
    });
    for (const NodeId target : touched) renumberPorts(target);
}

void NetworkSpec::removeNode(NodeId id, bool heal) {
    if (node(id) == nullptr) return;
    detach(id, heal);
    std::erase_if(m_nodes, [id](const Node& candidate) { return candidate.id == id; });
    for (Block& block : m_blocks) std::erase(block.nodes, id);
    std::erase_if(m_blocks, [](const Block& block) { return block.nodes.empty(); });
}

std::optional<Error> NetworkSpec::checkPorts(PortRef from, PortRef to) const {
    const Node* source = node(from.node);
    const Node* target = node(to.node);
    if (source == nullptr || target == nullptr) {
        const NodeId missing = source == nullptr ? from.node : to.node;
        return refused(ErrorCode::NotFound, "there is no layer with id " + std::to_string(missing.value));
    }
    if (!hasOutput(*source)) return refused(ErrorCode::InvalidArgument, "has no output", source->name);
    if (from.port != 0) {
        return refused(ErrorCode::InvalidArgument, "has one output, number 0, not number " + std::to_string(from.port),
                       source->name);
    }
    const int limit = largestInputCount(*target);
    if (limit == 0) return refused(ErrorCode::InvalidArgument, "has no input", target->name);
    if (to.port < 0 || (limit > 0 && to.port >= limit)) {
        return refused(ErrorCode::InvalidArgument, "has no input number " + std::to_string(to.port), target->name);
    }
    return {};
}

int NetworkSpec::inputsTaken(NodeId id) const {
    return static_cast<int>(
        std::count_if(m_edges.begin(), m_edges.end(), [id](const Edge& e) { return e.to.node == id; }));
}

Result<EdgeId> NetworkSpec::connect(PortRef from, PortRef to, bool replace) {
    if (auto error = checkPorts(from, to)) return *error;
    const Node& target = *node(to.node);
    if (from.node == to.node) {
        return refused(ErrorCode::InvalidArgument, "cannot feed itself", target.name, "connect it to another layer");
    }
    if (reaches(to.node, from.node)) {
        return refused(ErrorCode::InvalidArgument,
                       "already leads to " + node(from.node)->name + ", so this connection would close a loop",
                       target.name, "connect to a layer further on");
    }
    if (isMerge(target)) {
        const int taken = inputsTaken(to.node);
        if (!replace || to.port > taken) to.port = edgeInto(to) == nullptr ? std::min(to.port, taken) : taken;
    }
    if (const Edge* present = edgeInto(to)) {
        if (!replace) {
            return refused(ErrorCode::InvalidArgument,
                           "input is already taken by " + node(present->from.node)->name, target.name,
                           "remove that connection first");
        }
        Edge& changed = m_edges[static_cast<std::size_t>(present - m_edges.data())];
        changed.from = from;
        return changed.id;
    }
    m_edges.push_back(Edge{EdgeId{m_nextEdge++}, from, to});
    return m_edges.back().id;
}

void NetworkSpec::disconnect(EdgeId id) {
    const Edge* present = edge(id);
    if (present == nullptr) return;
    const NodeId target = present->to.node;
    std::erase_if(m_edges, [id](const Edge& candidate) { return candidate.id == id; });
    renumberPorts(target);
}

void NetworkSpec::renumberPorts(NodeId id) {
    const Node* target = node(id);
    if (target == nullptr || !isMerge(*target)) return;
    int port = 0;
    for (const Edge* incoming : edgesInto(id)) {
        m_edges[static_cast<std::size_t>(incoming - m_edges.data())].to.port = port++;
    }
}

void NetworkSpec::closePortGaps() {
    for (const Node& candidate : m_nodes) renumberPorts(candidate.id);
}

Status NetworkSpec::insertOnEdge(NodeId id, EdgeId edgeId) {
    const Node* inserted = node(id);
    const Edge* middle = edge(edgeId);
    if (inserted == nullptr || middle == nullptr) {
        return refused(ErrorCode::NotFound, "the layer or the connection is no longer there");
    }
    if (middle->from.node == id || middle->to.node == id) return {};
    if (largestInputCount(*inserted) == 0 || !hasOutput(*inserted)) {
        return refused(ErrorCode::InvalidArgument, "cannot stand between two layers", inserted->name,
                       "it needs an input and an output");
    }
    detach(id, true);
    // The old edge keeps its id and its port at the target, so that a merge's inputs stay in order.
    Edge& changed = *std::find_if(m_edges.begin(), m_edges.end(),
                                  [edgeId](const Edge& candidate) { return candidate.id == edgeId; });
    const PortRef source = changed.from;
    const NodeId target = changed.to.node;
    changed.from = PortRef{id, 0};
    m_edges.push_back(Edge{EdgeId{m_nextEdge++}, source, PortRef{id, 0}});
    // Between two layers of one block it belongs to that block; a folded one has all its layers in one place.
    for (Block& block : m_blocks) {
        const bool around = holds(block, source.node) && holds(block, target);
        if (around == holds(block, id)) continue;
        if (around) find(id)->position = node(source.node)->position;
        around ? block.nodes.push_back(id) : static_cast<void>(std::erase(block.nodes, id));
    }
    std::erase_if(m_blocks, [](const Block& block) { return block.nodes.empty(); });
    return {};
}

Status NetworkSpec::rename(NodeId id, const std::string& newName) {
    Node* renamed = find(id);
    if (renamed == nullptr) return refused(ErrorCode::NotFound, "the layer is no longer there");
    if (normalizedName(newName).empty()) {
        return refused(ErrorCode::InvalidArgument, "a layer needs a name", renamed->name, "type at least one letter");
    }
    const std::string normalized = normalizedName(newName);
    for (const Node& other : m_nodes) {
        if (other.id != id && normalizedName(other.name) == normalized) {
            return refused(ErrorCode::InvalidArgument, "the name \"" + newName + "\" is taken", renamed->name,
                           "\"" + freeName(newName) + "\" is free");
        }
    }
    renamed->name = newName;
    return {};
}

void NetworkSpec::setAttribute(NodeId id, const std::string& key, AttributeValue value) {
    Node* changed = find(id);
    CONVOLAB_CHECK(changed != nullptr, "setAttribute: unknown node " + std::to_string(id.value));
    changed->attributes.set(key, std::move(value));
}

void NetworkSpec::eraseAttribute(NodeId id, const std::string& key) {
    Node* changed = find(id);
    CONVOLAB_CHECK(changed != nullptr, "eraseAttribute: unknown node " + std::to_string(id.value));
    changed->attributes.erase(key);
}

void NetworkSpec::setPosition(NodeId id, Position position) {
    Node* moved = find(id);
    CONVOLAB_CHECK(moved != nullptr, "setPosition: unknown node " + std::to_string(id.value));
    moved->position = position;
}

std::string NetworkSpec::freeName(const std::string& base) const {
    std::set<std::string> taken;
    for (const Node& candidate : m_nodes) taken.insert(normalizedName(candidate.name));
    for (int number = 1;; ++number) {
        std::string candidate = base + " " + std::to_string(number);
        if (!taken.contains(normalizedName(candidate))) return candidate;
    }
}

bool NetworkSpec::reaches(NodeId from, NodeId to) const {
    std::set<NodeId> seen{from};
    std::vector<NodeId> open{from};
    while (!open.empty()) {
        const NodeId current = open.back();
        open.pop_back();
        if (current == to) return true;
        for (const Edge& candidate : m_edges) {
            if (candidate.from.node == current && seen.insert(candidate.to.node).second) {
                open.push_back(candidate.to.node);
            }
        }
    }
    return false;
}

std::vector<NodeId> NetworkSpec::topologicalOrder() const {
    std::map<NodeId, int> waiting;
    std::multimap<NodeId, NodeId> successors;
    for (const Node& candidate : m_nodes) waiting[candidate.id] = 0;
    for (const Edge& candidate : m_edges) {
        ++waiting[candidate.to.node];
        successors.emplace(candidate.from.node, candidate.to.node);
    }
    std::priority_queue<NodeId, std::vector<NodeId>, std::greater<>> ready;
    for (const auto& [id, count] : waiting) {
        if (count == 0) ready.push(id);
    }
    std::vector<NodeId> order;
    order.reserve(m_nodes.size());
    while (!ready.empty()) {
        const NodeId current = ready.top();
        ready.pop();
        order.push_back(current);
        const auto [first, last] = successors.equal_range(current);
        for (auto next = first; next != last; ++next) {
            if (--waiting[next->second] == 0) ready.push(next->second);
        }
    }
    return order;
}

Status NetworkSpec::insertNode(Node inserted) {
    if (inserted.id.value < 1 || inserted.id.value > kLargestId) {
        return refused(ErrorCode::InvalidArgument, "a layer has the id " + std::to_string(inserted.id.value),
                       inserted.name, "ids are whole numbers from 1 to 1,000,000,000");
    }
    if (const Node* present = node(inserted.id)) {
        return refused(ErrorCode::InvalidArgument,
                       "has the id " + std::to_string(inserted.id.value) + ", which " + present->name + " has already",
                       inserted.name, "give each layer its own id");
    }
    if (normalizedName(inserted.name).empty()) {
        return refused(ErrorCode::InvalidArgument,
                       "the layer with id " + std::to_string(inserted.id.value) + " has no name");
    }
    if (nodeByName(inserted.name) != nullptr) {
        return refused(ErrorCode::InvalidArgument, "two layers have this name", inserted.name,
                       "give each layer its own name");
    }
    m_nextNode = std::max(m_nextNode, inserted.id.value + 1);
    m_nodes.push_back(std::move(inserted));
    return {};
}

Status NetworkSpec::insertEdge(Edge inserted) {
    if (auto error = checkPorts(inserted.from, inserted.to)) return *error;
    if (inserted.id.value < 0 || inserted.id.value > kLargestId || edge(inserted.id) != nullptr) {
        return refused(ErrorCode::InvalidArgument,
                       "a connection has the id " + std::to_string(inserted.id.value) + ", which is taken or too big");
    }
    if (edgeInto(inserted.to) != nullptr) {
        return refused(ErrorCode::InvalidArgument,
                       "two connections end at input number " + std::to_string(inserted.to.port),
                       node(inserted.to.node)->name, "an input takes one connection");
    }
    if (!inserted.id) inserted.id = EdgeId{m_nextEdge};
    m_nextEdge = std::max(m_nextEdge, inserted.id.value + 1);
    m_edges.push_back(inserted);
    return {};
}

}  // namespace convolab
