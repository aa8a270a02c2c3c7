#include "core/graph/blocks.h"

#include <algorithm>
#include <map>
#include <set>

#include "core/graph/docking.h"
#include "core/layers/layer_kind.h"

namespace convolab {

namespace {

/// The layers in the form of a plan, with complete attributes; nothing if one is of no known kind or badly set.
std::optional<std::vector<BlockLayer>> layersOf(const NetworkSpec& spec, const Block& block) {
    std::map<NodeId, int> places;
    for (const NodeId id : block.nodes) places.emplace(id, static_cast<int>(places.size()));
    std::vector<BlockLayer> layers;
    for (const NodeId id : block.nodes) {
        const Node* node = spec.node(id);
        const LayerKind* kind = node == nullptr ? nullptr : findLayerKind(node->kind);
        if (kind == nullptr) return {};
        auto attributes = completeAttributes(kind->attributes, node->attributes);
        if (!attributes) return {};
        BlockLayer layer{node->kind, std::move(attributes).value(), {}};
        for (const Edge* edge : spec.edgesInto(id)) {
            const auto inside = places.find(edge->from.node);
            layer.from.push_back(inside == places.end() ? kBlockInput : inside->second);
        }
        layers.push_back(std::move(layer));
    }
    return layers;
}

/// Are these layers wired and shaped as the plan says? How weights begin and statistics move is left free. A block that
/// nothing feeds yet lacks the plan's edges from outside.
bool agrees(const std::vector<BlockLayer>& layers, const BlockPlan& plan, bool fed) {
    if (layers.size() != plan.layers().size()) return false;
    for (std::size_t i = 0; i < layers.size(); ++i) {
        const BlockLayer& wanted = plan.layers()[i];
        std::vector<int> from = wanted.from;
        if (!fed) std::erase(from, kBlockInput);
        if (layers[i].kind != wanted.kind || layers[i].from != from) return false;
        const LayerKind& kind = *findLayerKind(wanted.kind);
        const auto complete = completeAttributes(kind.attributes, wanted.attributes);
        if (!complete) return false;
        for (const auto& [key, value] : complete->values()) {
            if (key != "init" && key != "momentum" && *layers[i].attributes.find(key) != value) return false;
        }
    }
    return true;
}

}  // namespace

const Block* blockNamed(const NetworkSpec& spec, std::string_view name) {
    const auto& blocks = spec.blocks();
    const auto found = std::find_if(blocks.begin(), blocks.end(), [&](const Block& block) { return block.name == name; });
    return found == blocks.end() ? nullptr : &*found;
}

const Block* blockOf(const NetworkSpec& spec, NodeId node) {
    const auto& blocks = spec.blocks();
    const auto found = std::find_if(blocks.begin(), blocks.end(), [node](const Block& block) {
        return std::find(block.nodes.begin(), block.nodes.end(), node) != block.nodes.end();
    });
    return found == blocks.end() ? nullptr : &*found;
}

std::string freeBlockName(const NetworkSpec& spec, const std::string& base) {
    for (int number = 1;; ++number) {
        std::string candidate = base + " " + std::to_string(number);
        if (blockNamed(spec, candidate) == nullptr) return candidate;
    }
}

bool isFolded(const NetworkSpec& spec, const Block& block) {
    if (block.nodes.size() < 2) return false;
    const Node* first = spec.node(block.nodes.front());
    return first != nullptr && std::all_of(block.nodes.begin(), block.nodes.end(), [&](NodeId id) {
        const Node* node = spec.node(id);
        return node != nullptr && node->position == first->position;
    });
}

NodeId cardHead(const NetworkSpec& spec, NodeId node) {
    const Block* block = blockOf(spec, node);
    return block != nullptr && isFolded(spec, *block) ? block->nodes.front() : dockHead(spec, node);
}

BlockBorder borderOf(const NetworkSpec& spec, const Block& block) {
    const std::set<NodeId> members(block.nodes.begin(), block.nodes.end());
    BlockBorder border;
    std::set<NodeId> feedInside;
    std::map<NodeId, PortRef> sources;
    for (const Edge& edge : spec.edges()) {
        const bool endsInside = members.contains(edge.to.node);
        if (endsInside && members.contains(edge.from.node)) feedInside.insert(edge.from.node);
        if (endsInside && !members.contains(edge.from.node)) sources.emplace(edge.to.node, edge.from);
    }
    for (const NodeId id : block.nodes) {
        const auto found = sources.find(id);
        if (!border.source && found != sources.end()) border.source = found->second;
        if (!feedInside.contains(id)) border.exit = id;
    }
    return border;
}

std::optional<BlockReading> readBlock(const NetworkSpec& spec, const Block& block, const std::optional<Shape>& input) {
    const auto layers = layersOf(spec, block);
    if (!layers || layers->empty()) return {};
    const bool fed = borderOf(spec, block).source.has_value();
    for (const BlockKind* kind : blockKinds()) {
        const std::optional<Attributes> guess = kind->read(*layers, input);
        if (!guess) continue;
        const auto complete = completeAttributes(kind->parameters, *guess);
        if (!complete) continue;
        for (const std::optional<Shape>& arriving : kind->assumedInputs(*complete, input)) {
            if (agrees(*layers, kind->plan(*complete, arriving), fed)) return BlockReading{kind, *complete};
        }
    }
    return {};
}

}  // namespace convolab
