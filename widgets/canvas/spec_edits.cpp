#include "widgets/canvas/spec_edits.h"

#include "core/graph/block_edits.h"
#include "core/graph/spec_json.h"
#include "core/layers/layer_kind.h"
#include "core/layers/softmax_kinds.h"
#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/layer_group_style.h"

#include <QCoreApplication>

#include <algorithm>
#include <map>

namespace convolab {

namespace {

const LayerKind* kindOf(const NetworkSpec& spec, NodeId id) {
    const Node* node = spec.node(id);
    return node ? findLayerKind(node->kind) : nullptr;
}

// The name without its number: "Conv 1" → "Conv".
std::string baseOfName(const std::string& name) {
    std::string base = name;
    while (!base.empty() && (base.back() == ' ' || (base.back() >= '0' && base.back() <= '9'))) base.pop_back();
    return base.empty() ? name : base;
}

std::string baseOf(const Node& node) {
    const LayerKind* kind = findLayerKind(node.kind);
    if (kind && node.name.rfind(kind->baseName, 0) == 0) return kind->baseName;
    return baseOfName(node.name);
}

}  // namespace

int maximumInputs(const NetworkSpec& spec, NodeId node) {
    const LayerKind* kind = kindOf(spec, node);
    return kind ? kind->maxInputs : 1;
}

void placeBehind(NetworkSpec& spec, NodeId node, NodeId after) {
    if (!hasOutputPort(spec, after) || maximumInputs(spec, node) == 0) return;
    std::vector<PortRef> targets;
    for (const Edge* edge : spec.edgesOutOf(after)) targets.push_back(edge->to);
    const bool isEnd = !hasOutputPort(spec, node);
    if (isEnd && !targets.empty()) return;
    if (!spec.connect({after, 0}, {node, 0}).ok()) return;
    for (const PortRef& target : targets) (void)spec.connect({node, 0}, target, true);
}

NodeId appendPoint(const NetworkSpec& spec, NodeId anyNodeOfCard, const std::string& kind) {
    std::vector<NodeId> chain = cardChain(spec, anyNodeOfCard);
    if (kind == "output") return chain.back();
    while (chain.size() > 1) {
        const std::string& last = spec.node(chain.back())->kind;
        const bool staysLast = last == "output" || (isSoftmax(last) && !isSoftmax(kind) &&
                               (spec.edgesOutOf(chain.back()).empty() || !hasOutputPort(spec, spec.edgesOutOf(chain.back()).front()->to.node)));
        if (!staysLast) break;
        chain.pop_back();
    }
    return chain.back();
}

NodeId endOfNetwork(const NetworkSpec& spec) {
    NodeId end;
    for (const NodeId id : spec.topologicalOrder())
        if (spec.edgesOutOf(id).empty() && !(end && spec.edgesInto(id).empty())) end = id;
    return end;
}

void detach(NetworkSpec& spec, NodeId id) {
    if (!spec.node(id)) return;
    const Node copy = *spec.node(id);
    spec.removeNode(id, true);
    (void)spec.insertNode(copy);
}

std::vector<NodeId> withWholeBlocks(const NetworkSpec& spec, const std::vector<NodeId>& nodes) {
    std::set<NodeId> all(nodes.begin(), nodes.end());
    for (const NodeId id : nodes) {
        const Block* block = blockOf(spec, id);
        if (block && isFolded(spec, *block)) all.insert(block->nodes.begin(), block->nodes.end());
    }
    return {all.begin(), all.end()};
}

const Block* blockMeant(const NetworkSpec& spec, const std::vector<NodeId>& nodes) {
    const Block* block = nodes.empty() ? nullptr : blockOf(spec, nodes.front());
    if (!block) return nullptr;
    const std::vector<NodeId> whole = withWholeBlocks(spec, nodes);
    return whole.size() == block->nodes.size() && std::set<NodeId>(whole.begin(), whole.end()) == std::set<NodeId>(block->nodes.begin(), block->nodes.end())
               ? block
               : nullptr;
}

void connectLayers(NetworkSpec& spec, PortRef from, PortRef to) {
    const Block* block = blockOf(spec, to.node);
    if (block && isFolded(spec, *block))
        (void)feedBlock(spec, std::string(block->name), from);
    else if (!spec.connect(from, to).ok())
        (void)spec.connect(from, to, true);
}

void cutLink(NetworkSpec& spec, EdgeId id) {
    const Edge* edge = spec.edge(id);
    if (!edge) return;
    const Block* block = blockOf(spec, edge->to.node);
    if (block && isFolded(spec, *block) && block != blockOf(spec, edge->from.node))
        starveBlock(spec, std::string(block->name));
    else
        spec.disconnect(id);
}

void removeNodes(NetworkSpec& spec, const std::vector<NodeId>& given) {
    const std::vector<NodeId> nodes = withWholeBlocks(spec, given);
    const std::set<NodeId> all(nodes.begin(), nodes.end());
    std::vector<std::string> whole;
    for (const Block& block : spec.blocks())
        if (std::all_of(block.nodes.begin(), block.nodes.end(), [&](NodeId id) { return all.contains(id); })) whole.push_back(block.name);
    for (const std::string& block : whole) removeBlock(spec, block);
    for (const NodeId id : nodes)
        if (spec.node(id)) spec.removeNode(id, true);
}

PortRef freeInputPort(const NetworkSpec& spec, NodeId node, std::optional<EdgeId> moved) {
    const int maximum = maximumInputs(spec, node);
    const LayerKind* kind = kindOf(spec, node);
    const int limit = maximum >= 0 ? maximum : std::max<int>(kind ? kind->minInputs : 1, static_cast<int>(spec.edgesInto(node).size()) + 1);
    for (int port = 0; port < limit; ++port) {
        const Edge* taken = spec.edgeInto({node, port});
        if (!taken || (moved && taken->id == *moved)) return {node, port};
    }
    return {node, 0};
}

namespace {

void judgeBlock(ConnectVerdict& verdict, const NetworkSpec& spec, PortRef from, const Block& block, bool moved) {
    NetworkSpec trial = spec;
    const Status fed = feedBlock(trial, block.name, from);
    const auto before = borderOf(spec, block).source;
    verdict.allowed = fed.ok();
    if (!fed.ok()) {
        verdict.reason = toQString(fed.error().message);
    } else if (before && *before == from) {
        verdict.allowed = moved;
        verdict.reason = QCoreApplication::translate("Canvas", "These two are connected already");
    } else if (before) {
        verdict.reason = QCoreApplication::translate("Canvas", "replaces %1").arg(toQString(spec.node(before->node)->name));
    }
}

}  // namespace

ConnectVerdict connectVerdict(const NetworkSpec& spec, PortRef from, PortRef to, std::optional<EdgeId> moved) {
    const auto text = [](const char* source) { return QCoreApplication::translate("Canvas", source); };
    ConnectVerdict verdict{.allowed = false, .to = to, .reason = {}};
    const Node* source = spec.node(from.node);
    const Node* target = spec.node(to.node);
    if (!source || !target) return verdict;
    const QString name = toQString(target->name);
    if (from.node == to.node) {
        verdict.reason = text("A layer cannot feed itself");
    } else if (!hasOutputPort(spec, from.node)) {
        verdict.reason = text("%1 is the end of the network").arg(toQString(source->name));
    } else if (maximumInputs(spec, to.node) == 0) {
        verdict.reason = text("%1 takes no input").arg(name);
    } else if (const Block* block = blockOf(spec, to.node); block && isFolded(spec, *block)) {
        judgeBlock(verdict, spec, from, *block, moved.has_value());
    } else if (spec.reaches(to.node, from.node)) {
        verdict.reason = text("This would close a cycle: %1 already feeds %2").arg(name, toQString(source->name));
    } else {
        NetworkSpec trial = spec;
        if (moved) trial.disconnect(*moved);
        if (trial.connect(from, to).ok()) {
            verdict.allowed = true;
            return verdict;
        }
        const Edge* taken = trial.edgeInto(to);
        const Node* before = taken ? trial.node(taken->from.node) : nullptr;
        if (taken && taken->from == from) {
            verdict.reason = text("These two are connected already");
            return verdict;
        }
        const auto replaced = trial.connect(from, to, true);
        verdict.allowed = replaced.ok();
        if (!replaced.ok())
            verdict.reason = toQString(replaced.error().message);
        else if (before)
            verdict.reason = text("replaces %1").arg(toQString(before->name));
    }
    return verdict;
}

std::string fragmentToJson(const NetworkSpec& spec, const std::vector<NodeId>& given) {
    const std::vector<NodeId> nodes = withWholeBlocks(spec, given);
    NetworkSpec part;
    part.name = "fragment";
    for (const Node& node : spec.nodes())
        if (std::find(nodes.begin(), nodes.end(), node.id) != nodes.end()) (void)part.insertNode(node);
    for (const Edge& edge : spec.edges())
        if (part.node(edge.from.node) && part.node(edge.to.node)) (void)part.insertEdge(edge);
    for (const Block& block : spec.blocks())
        if (std::all_of(block.nodes.begin(), block.nodes.end(), [&](NodeId id) { return part.node(id) != nullptr; })) part.blocks().push_back(block);
    return specToJson(part);
}

Result<std::vector<NodeId>> pasteFragment(NetworkSpec& spec, const std::string& json, double dx, double dy) {
    const auto part = specFromJson(json);
    if (!part.ok()) return part.error();
    std::map<NodeId, NodeId> renamed;
    std::vector<NodeId> added;
    for (const Node& node : part->nodes()) {
        const NodeId id = spec.addNode(node.kind, node.attributes, spec.freeName(baseOf(node)),
                                       {node.position.x + dx, node.position.y + dy});
        renamed[node.id] = id;
        added.push_back(id);
    }
    for (const Edge& edge : part->edges())
        (void)spec.connect({renamed[edge.from.node], edge.from.port}, {renamed[edge.to.node], edge.to.port});
    for (Block block : part->blocks()) {
        for (NodeId& id : block.nodes) id = renamed[id];
        if (blockNamed(spec, block.name)) block.name = freeBlockName(spec, baseOfName(block.name));
        spec.blocks().push_back(std::move(block));
    }
    return added;
}

}  // namespace convolab
