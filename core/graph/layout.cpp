#include "core/graph/layout.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "core/graph/blocks.h"
#include "core/graph/docking.h"

namespace convolab {

namespace {

struct Card {
    int column = 0;
    int toEnd = 0;  ///< cards on the longest path behind this one
    int row = 0;
    std::vector<NodeId> before;
    std::vector<NodeId> after;
};

/// Cards and their connections, in execution order; layers of a loop follow in order of their ids.
struct CardGraph {
    std::map<NodeId, Card> cards;
    std::vector<NodeId> order;
};

CardGraph cardsOf(const NetworkSpec& spec) {
    CardGraph graph;
    std::map<NodeId, NodeId> heads;
    std::vector<NodeId> order = spec.topologicalOrder();
    const std::set<NodeId> sorted(order.begin(), order.end());
    for (const Node& node : spec.nodes()) {
        heads[node.id] = cardHead(spec, node.id);
        if (!sorted.contains(node.id)) order.push_back(node.id);
    }
    for (const NodeId id : order) {
        if (heads[id] != id) continue;
        graph.cards[id];
        graph.order.push_back(id);
    }
    std::map<NodeId, std::size_t> rank;
    for (std::size_t i = 0; i < graph.order.size(); ++i) rank[graph.order[i]] = i;
    for (const Edge& edge : spec.edges()) {
        const NodeId from = heads[edge.from.node];
        const NodeId to = heads[edge.to.node];
        if (rank[from] >= rank[to]) continue;  // a loop, or within one card
        graph.cards[from].after.push_back(to);
        graph.cards[to].before.push_back(from);
    }
    return graph;
}

void assignColumns(CardGraph& graph) {
    for (const NodeId id : graph.order) {
        Card& card = graph.cards[id];
        for (const NodeId previous : card.before) card.column = std::max(card.column, graph.cards[previous].column + 1);
    }
    for (auto id = graph.order.rbegin(); id != graph.order.rend(); ++id) {
        Card& card = graph.cards[*id];
        for (const NodeId next : card.after) card.toEnd = std::max(card.toEnd, graph.cards[next].toEnd + 1);
    }
}

/// Long continuations first, so that each card's longest branch goes on in its row.
void assignRows(CardGraph& graph) {
    std::vector<NodeId> order = graph.order;
    std::stable_sort(order.begin(), order.end(), [&](NodeId a, NodeId b) {
        const Card& first = graph.cards[a];
        const Card& second = graph.cards[b];
        return std::pair(first.column, -first.toEnd) < std::pair(second.column, -second.toEnd);
    });
    std::set<std::pair<int, int>> taken;
    for (const NodeId id : order) {
        Card& card = graph.cards[id];
        int row = 0;
        if (!card.before.empty()) {
            row = graph.cards[card.before.front()].row;
            for (const NodeId previous : card.before) row = std::min(row, graph.cards[previous].row);
        }
        while (!taken.emplace(card.column, row).second) ++row;
        card.row = row;
    }
}

}  // namespace

void autoLayout(NetworkSpec& spec) {
    CardGraph graph = cardsOf(spec);
    std::set<std::string> folded;  // before positions change
    for (const Block& block : spec.blocks()) {
        if (isFolded(spec, block)) folded.insert(block.name);
    }
    assignColumns(graph);
    assignRows(graph);
    for (const auto& [id, card] : graph.cards) {
        const Position place{card.column * kCardStep, card.row * kRowStep};
        spec.setPosition(id, place);
        const Block* block = blockOf(spec, id);
        if (block != nullptr && folded.contains(block->name)) {
            for (const NodeId inside : block->nodes) spec.setPosition(inside, place);
            continue;
        }
        int index = 0;
        for (const NodeId row : dockedLayers(spec, id)) {
            spec.setPosition(row, {place.x, place.y + kDockedRowStep * ++index});
        }
    }
}

}  // namespace convolab
