#include "core/graph/block_edits.h"

#include <algorithm>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "core/graph/analysis.h"
#include "core/graph/blocks/block_kind.h"
#include "core/graph/layout.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

Block* find(NetworkSpec& spec, const std::string& name) {
    auto& blocks = spec.blocks();
    const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const Block& block) { return block.name == name; });
    return found == blocks.end() ? nullptr : &*found;
}

Error noSuchBlock(const std::string& name) {
    return Error{ErrorCode::NotFound, "there is no block \"" + name + "\"", {}, {}};
}

Result<const BlockKind*> kindNamed(const std::string& id) {
    if (const BlockKind* kind = findBlockKind(id)) return kind;
    std::vector<std::string> known;
    for (const BlockKind* candidate : blockKinds()) known.push_back(candidate->id);
    return Error{ErrorCode::NotFound, "there is no kind of block \"" + id + "\"", {}, "did you mean \"" + nearestWord(id, known) + "\"?"};
}

std::optional<Shape> shapeAt(const NetworkSpec& spec, std::optional<PortRef> source) {
    if (!source) return {};
    const Analysis analysis = analyze(spec);
    const NodeAnalysis* node = analysis.find(source->node);
    return node == nullptr ? std::nullopt : node->output;
}

std::set<NodeId> membersOf(const Block& block) { return {block.nodes.begin(), block.nodes.end()}; }

/// Connects the layers of a plan that stand in the network under `ids`.
void wire(NetworkSpec& spec, const BlockPlan& plan, const std::vector<NodeId>& ids, std::optional<PortRef> source) {
    for (std::size_t i = 0; i < ids.size(); ++i) {
        int port = 0;
        for (const int from : plan.layers()[i].from) {
            const std::optional<PortRef> begin =
                from == kBlockInput ? source : std::optional(PortRef{ids[static_cast<std::size_t>(from)], 0});
            if (!begin) continue;
            const auto connected = spec.connect(*begin, {ids[i], port++});
            CONVOLAB_CHECK(connected.ok(), connected ? std::string{} : connected.error().sentence());
        }
    }
}

/// The layers of the block by kind, in its order: what a new plan takes its layers from.
std::map<std::string, std::vector<NodeId>> layersByKind(const NetworkSpec& spec, const Block& block) {
    std::map<std::string, std::vector<NodeId>> result;
    for (const NodeId id : block.nodes) result[spec.node(id)->kind].push_back(id);
    return result;
}

void rebuild(NetworkSpec& spec, Block& block, const BlockPlan& plan, std::optional<PortRef> source) {
    const BlockBorder border = borderOf(spec, block);
    const Position place = spec.node(block.nodes.front())->position;
    const std::set<NodeId> members = membersOf(block);
    std::vector<PortRef> consumers;
    for (const Edge& edge : std::vector<Edge>(spec.edges())) {
        const bool leaves = edge.from.node == border.exit && !members.contains(edge.to.node);
        if (leaves) consumers.push_back(edge.to);
        if (members.contains(edge.to.node)) spec.disconnect(edge.id);
    }
    auto present = layersByKind(spec, block);
    std::vector<NodeId> ids;
    for (const BlockLayer& layer : plan.layers()) {
        auto& reusable = present[layer.kind];
        if (reusable.empty()) {
            ids.push_back(spec.addNode(layer.kind, layer.attributes, {}, place));
            continue;
        }
        ids.push_back(reusable.front());
        reusable.erase(reusable.begin());
        const Attributes before = spec.node(ids.back())->attributes;
        for (const auto& [key, value] : before.values()) {
            if (!layer.attributes.has(key) && key != "init" && key != "momentum") spec.eraseAttribute(ids.back(), key);
        }
        for (const auto& [key, value] : layer.attributes.values()) spec.setAttribute(ids.back(), key, value);
    }
    wire(spec, plan, ids, source);
    for (const PortRef& consumer : consumers) {
        if (ids.back() != border.exit) static_cast<void>(spec.connect({ids.back(), 0}, consumer, true));
    }
    // Before old layers go: a block without layers would go with them.
    block.nodes = ids;
    for (const auto& [kind, left] : present) {
        for (const NodeId id : left) spec.removeNode(id, false);
    }
}

/// How far down the cards of a line stand.
double bottomOf(const NetworkSpec& spec, const std::set<NodeId>& otherLines) {
    double bottom = std::numeric_limits<double>::lowest();
    for (const Node& node : spec.nodes()) {
        if (cardHead(spec, node.id) == node.id && !otherLines.contains(node.id)) bottom = std::max(bottom, node.position.y);
    }
    return bottom;
}

/// Cards of the block's own line and right of `origin`, moved by `by.x`; those of lines below it by `by.y`.
void shiftBehind(NetworkSpec& spec, const std::set<NodeId>& members, const std::set<NodeId>& otherLines, Position origin, Position by) {
    for (const Node& node : std::vector<Node>(spec.nodes())) {
        if (members.contains(node.id)) continue;
        const Position at = node.position;
        if (otherLines.contains(node.id)) {
            if (at.y > origin.y) spec.setPosition(node.id, {at.x, at.y + by.y});
        } else if (at.x > origin.x) {
            spec.setPosition(node.id, {at.x + by.x, at.y});
        }
    }
}

}  // namespace

Result<std::string> addBlock(NetworkSpec& spec, const std::string& kindId, std::optional<PortRef> source,
                             const Attributes& parameters, Position place) {
    CONVOLAB_ASSIGN(const BlockKind* kind, kindNamed(kindId));
    const std::optional<Shape> input = shapeAt(spec, source);
    const bool fit = parameters.values().empty() && input;
    return addBlock(spec, kindId, source, input, fit ? kind->fitted(*input) : parameters, place);
}

Result<std::string> addBlock(NetworkSpec& spec, const std::string& kindId, std::optional<PortRef> source,
                             const std::optional<Shape>& input, const Attributes& parameters, Position place) {
    CONVOLAB_ASSIGN(const BlockKind* kind, kindNamed(kindId));
    if (source && spec.node(source->node) == nullptr) return Error{ErrorCode::NotFound, "the layer is no longer there", {}, {}};
    CONVOLAB_ASSIGN(const Attributes complete, completeAttributes(kind->parameters, parameters));
    const BlockPlan plan = kind->plan(complete, input);
    Block block{freeBlockName(spec, kind->baseName), {}};
    for (const BlockLayer& layer : plan.layers()) block.nodes.push_back(spec.addNode(layer.kind, layer.attributes, {}, place));
    wire(spec, plan, block.nodes, source);
    spec.blocks().push_back(block);
    return block.name;
}

Result<std::string> insertBlockOnEdge(NetworkSpec& spec, const std::string& kind, EdgeId edgeId,
                                      const Attributes& parameters, Position place) {
    const Edge* edge = spec.edge(edgeId);
    if (edge == nullptr) return Error{ErrorCode::NotFound, "the connection is no longer there", {}, {}};
    const PortRef target = edge->to;
    CONVOLAB_ASSIGN(std::string name, addBlock(spec, kind, edge->from, parameters, place));
    const auto joined = spec.connect({borderOf(spec, *blockNamed(spec, name)).exit, 0}, target, true);
    if (!joined) return joined.error();
    return name;
}

Result<std::string> insertBlockBehind(NetworkSpec& spec, const std::string& kind, NodeId after,
                                      const Attributes& parameters, Position place) {
    std::vector<PortRef> consumers;
    for (const Edge* edge : spec.edgesOutOf(after)) consumers.push_back(edge->to);
    CONVOLAB_ASSIGN(std::string name, addBlock(spec, kind, PortRef{after, 0}, parameters, place));
    const NodeId exit = borderOf(spec, *blockNamed(spec, name)).exit;
    for (const PortRef& consumer : consumers) {
        const auto joined = spec.connect({exit, 0}, consumer, true);
        if (!joined) return joined.error();
    }
    return name;
}

Status setBlockParameter(NetworkSpec& spec, const std::string& name, const std::string& key, const AttributeValue& value) {
    Block* block = find(spec, name);
    if (block == nullptr) return noSuchBlock(name);
    const std::optional<PortRef> source = borderOf(spec, *block).source;
    const std::optional<Shape> input = shapeAt(spec, source);
    const auto reading = readBlock(spec, *block, input);
    if (!reading) {
        return Error{ErrorCode::InvalidArgument, "the layers of \"" + name + "\" are not those of a kind of block", {},
                     "it was grouped or changed by hand: edit its layers"};
    }
    Attributes changed = reading->parameters;
    changed.set(key, value);
    CONVOLAB_ASSIGN(const Attributes complete, completeAttributes(reading->kind->parameters, changed));
    const bool folded = isFolded(spec, *block);
    rebuild(spec, *block, reading->kind->plan(complete, input), source);
    if (!folded) layoutBlock(spec, *block);
    return {};
}

Status renameBlock(NetworkSpec& spec, const std::string& name, const std::string& wanted) {
    Block* block = find(spec, name);
    if (block == nullptr) return noSuchBlock(name);
    if (normalizedName(wanted).empty()) return Error{ErrorCode::InvalidArgument, "a block needs a name", {}, "type at least one letter"};
    if (wanted == name) return {};
    if (blockNamed(spec, wanted) != nullptr) {
        return Error{ErrorCode::InvalidArgument, "the name \"" + wanted + "\" is taken", {}, "\"" + freeBlockName(spec, wanted) + "\" is free"};
    }
    block->name = wanted;
    return {};
}

Result<std::string> groupNodes(NetworkSpec& spec, const std::vector<NodeId>& nodes) {
    Block block{freeBlockName(spec, "Block"), {}};
    for (const NodeId id : nodes) {
        const Node* node = spec.node(id);
        if (node == nullptr) continue;
        if (const Block* present = blockOf(spec, id)) {
            return Error{ErrorCode::InvalidArgument, "is in " + present->name + " already", node->name, "unfold that block first"};
        }
        block.nodes.push_back(id);
    }
    if (block.nodes.empty()) return Error{ErrorCode::InvalidArgument, "no layer is selected", {}, "select the layers of the block"};
    spec.blocks().push_back(block);
    return block.name;
}

Status feedBlock(NetworkSpec& spec, const std::string& name, PortRef source) {
    Block* block = find(spec, name);
    const Node* from = spec.node(source.node);
    if (block == nullptr || from == nullptr) return noSuchBlock(name);
    const std::set<NodeId> members = membersOf(*block);
    if (members.contains(source.node) || spec.reaches(borderOf(spec, *block).exit, source.node)) {
        return Error{ErrorCode::InvalidArgument, name + " leads to " + from->name + ", so this connection would close a loop", {}, {}};
    }
    const bool folded = isFolded(spec, *block);
    if (const auto reading = readBlock(spec, *block, shapeAt(spec, borderOf(spec, *block).source))) {
        rebuild(spec, *block, reading->kind->plan(reading->parameters, shapeAt(spec, source)), source);
        if (!folded) layoutBlock(spec, *block);
        return {};
    }
    std::vector<PortRef> entries;
    for (const Edge& edge : spec.edges()) {
        if (members.contains(edge.to.node) && !members.contains(edge.from.node)) entries.push_back(edge.to);
    }
    if (entries.empty()) entries.push_back({block->nodes.front(), 0});
    for (const PortRef& entry : entries) {
        const auto joined = spec.connect(source, entry, true);
        if (!joined) return joined.error();
    }
    return {};
}

void starveBlock(NetworkSpec& spec, const std::string& name) {
    const Block* block = blockNamed(spec, name);
    if (block == nullptr) return;
    const std::set<NodeId> members = membersOf(*block);
    for (const Edge& edge : std::vector<Edge>(spec.edges())) {
        if (members.contains(edge.to.node) && !members.contains(edge.from.node)) spec.disconnect(edge.id);
    }
}

void setFolded(NetworkSpec& spec, const std::string& name, bool folded) {
    const Block* block = blockNamed(spec, name);
    if (block == nullptr || block->nodes.size() < 2 || isFolded(spec, *block) == folded) return;
    const std::set<NodeId> members = membersOf(*block);
    const std::set<NodeId> others = layersOfOtherLines(spec, block->nodes.front());
    const double before = bottomOf(spec, others);
    if (!folded) layoutBlock(spec, *block);
    Position corner = spec.node(block->nodes.front())->position;
    double right = corner.x;
    for (const NodeId id : block->nodes) {
        const Position at = spec.node(id)->position;
        corner = {std::min(corner.x, at.x), std::min(corner.y, at.y)};
        right = std::max(right, at.x);
    }
    if (folded) {
        for (const NodeId id : block->nodes) spec.setPosition(id, corner);
    }
    const double down = bottomOf(spec, others) - before;
    shiftBehind(spec, members, others, {folded ? right : corner.x, corner.y}, {folded ? corner.x - right : right - corner.x, down});
}

void layoutBlock(NetworkSpec& spec, const Block& block) {
    if (block.nodes.empty()) return;
    const Position corner = spec.node(block.nodes.front())->position;
    NetworkSpec inside;
    for (const NodeId id : block.nodes) static_cast<void>(inside.insertNode(*spec.node(id)));
    for (const Edge& edge : spec.edges()) {
        const bool within = inside.node(edge.from.node) != nullptr && inside.node(edge.to.node) != nullptr;
        if (within) static_cast<void>(inside.insertEdge(edge));
    }
    autoLayout(inside, Lines::One);
    for (const Node& node : inside.nodes()) {
        spec.setPosition(node.id, {corner.x + node.position.x, corner.y + node.position.y});
    }
}

void unfoldBlock(NetworkSpec& spec, const std::string& name) {
    setFolded(spec, name, false);
    std::erase_if(spec.blocks(), [&](const Block& block) { return block.name == name; });
}

void removeBlock(NetworkSpec& spec, const std::string& name) {
    const Block* present = blockNamed(spec, name);
    if (present == nullptr) return;
    const Block block = *present;
    const BlockBorder border = borderOf(spec, block);
    const std::set<NodeId> members = membersOf(block);
    for (const Edge& edge : std::vector<Edge>(spec.edges())) {
        const bool leaves = edge.from.node == border.exit && !members.contains(edge.to.node);
        if (leaves && border.source) static_cast<void>(spec.connect(*border.source, edge.to, true));
    }
    for (const NodeId id : block.nodes) spec.removeNode(id, false);
}

}  // namespace convolab
