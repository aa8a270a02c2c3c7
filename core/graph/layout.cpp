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

/// Of the canvas in the smallest window that a lecture is held in, beside palette, inspector and curves.
constexpr double kPageWidth = 1080.0;
constexpr double kPageHeight = 716.0;
constexpr double kPageMargin = 56.0;
constexpr double kReadableZoom = 0.6;  ///< of one line; a longer one is broken
constexpr double kCardWidth = 112.0;
constexpr double kCardHeight = 88.0;   ///< without docked rows
constexpr double kFrame = 34.0;        ///< of an open block, above its cards

/// Columns that stay in one line.
struct Segment {
    int begin = 0;
    int end = 0;
    double height = 0.0;  ///< of its cards, with room for pictures
    bool framed = false;
};

struct Line {
    int begin = 0;
    int end = 0;
    double step = 0.0;   ///< to the next line
    double above = 0.0;  ///< left free above its cards
};

/// True where a line may end before the column.
std::vector<bool> breaksBefore(const NetworkSpec& spec, const CardGraph& graph, int columns) {
    std::vector<int> crossing(static_cast<std::size_t>(columns) + 1, 0);
    std::vector<bool> allowed(static_cast<std::size_t>(columns), true);
    for (const auto& [id, card] : graph.cards) {
        for (const NodeId next : std::set<NodeId>(card.after.begin(), card.after.end())) {
            for (int column = card.column + 1; column <= graph.cards.at(next).column; ++column) ++crossing[static_cast<std::size_t>(column)];
        }
    }
    for (int column = 0; column < columns; ++column) {
        if (crossing[static_cast<std::size_t>(column)] > 1) allowed[static_cast<std::size_t>(column)] = false;
    }
    for (const Block& block : spec.blocks()) {
        int first = columns;
        int last = 0;
        for (const NodeId id : block.nodes) {
            const auto card = graph.cards.find(id);
            if (card == graph.cards.end()) continue;
            first = std::min(first, card->second.column);
            last = std::max(last, card->second.column);
        }
        for (int column = first + 1; column <= last; ++column) allowed[static_cast<std::size_t>(column)] = false;
    }
    return allowed;
}

std::vector<Segment> segmentsOf(const NetworkSpec& spec, const CardGraph& graph) {
    int columns = 0;
    for (const auto& [id, card] : graph.cards) columns = std::max(columns, card.column + 1);
    const std::vector<bool> allowed = breaksBefore(spec, graph, columns);
    std::vector<Segment> segments;
    std::vector<std::size_t> segmentOf(static_cast<std::size_t>(columns));
    for (int column = 0; column < columns; ++column) {
        if (column == 0 || allowed[static_cast<std::size_t>(column)]) segments.push_back({column, column, 0.0, false});
        segments.back().end = column + 1;
        segmentOf[static_cast<std::size_t>(column)] = segments.size() - 1;
    }
    for (const auto& [id, card] : graph.cards) {
        Segment& segment = segments[segmentOf[static_cast<std::size_t>(card.column)]];
        const Block* block = blockOf(spec, id);
        const bool folded = block != nullptr && isFolded(spec, *block);
        const double rows = folded ? 0.0 : static_cast<double>(dockedLayers(spec, id).size());
        const double ports = card.before.size() > 1 && !folded ? static_cast<double>(card.before.size() - 1) : 0.0;
        segment.height = std::max(segment.height, card.row * kRowStep + kCardHeight + kDockedRowStep * (rows + ports) + kPictureRoom);
        segment.framed = segment.framed || (block != nullptr && !folded);
    }
    return segments;
}

/// Filled from the left, at most `widest` columns each; a segment that is wider has a line of its own.
std::vector<Line> filled(const std::vector<Segment>& segments, int widest) {
    std::vector<Line> lines;
    for (const Segment& segment : segments) {
        if (lines.empty() || segment.end - lines.back().begin > widest) lines.push_back({segment.begin, segment.end, 0.0, 0.0});
        Line& line = lines.back();
        line.end = segment.end;
        line.step = std::max(line.step, segment.height + kLineGap);
        if (segment.framed) line.above = kFrame;
    }
    return lines;
}

/// At which the page shows all lines; without pictures in the last one.
double zoomOf(const std::vector<Line>& lines) {
    double width = 0.0;
    double height = kPageMargin - kPictureRoom - kLineGap;
    for (const Line& line : lines) {
        width = std::max(width, (line.end - line.begin - 1) * kCardStep + kCardWidth + kPageMargin);
        height += line.step + line.above;
    }
    return std::min({1.0, kPageWidth / width, kPageHeight / height});
}

/// The lines of the largest zoom; of equal ones those of most even length.
std::vector<Line> linesOf(const std::vector<Segment>& segments, Lines wanted) {
    const int columns = segments.empty() ? 0 : segments.back().end;
    const std::vector<Line> one = filled(segments, columns);
    if (wanted == Lines::One || columns == 0) return one;
    if ((columns - 1) * kCardStep + kCardWidth + kPageMargin <= kPageWidth / kReadableZoom) return one;
    std::vector<Line> best = one;
    double zoom = 0.0;
    for (int widest = 1; widest <= columns; ++widest) {
        std::vector<Line> lines = filled(segments, widest);
        if (zoomOf(lines) <= zoom) continue;
        zoom = zoomOf(lines);
        best = std::move(lines);
    }
    return best;
}

/// The place of every card.
std::map<NodeId, Position> placesOf(const CardGraph& graph, const std::vector<Line>& lines) {
    std::map<NodeId, Position> places;
    double top = 0.0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const Line& line = lines[i];
        if (i > 0) top += line.above;
        int first = -1;
        for (const auto& [id, card] : graph.cards) {
            const bool here = card.column >= line.begin && card.column < line.end;
            if (here && (first < 0 || card.row < first)) first = card.row;
        }
        for (const auto& [id, card] : graph.cards) {
            if (card.column < line.begin || card.column >= line.end) continue;
            places[id] = {(card.column - line.begin) * kCardStep, top + (card.row - first) * kRowStep};
        }
        top += line.step;
    }
    return places;
}

}  // namespace

void autoLayout(NetworkSpec& spec, Lines lines) {
    CardGraph graph = cardsOf(spec);
    std::set<std::string> folded;  // before positions change
    for (const Block& block : spec.blocks()) {
        if (isFolded(spec, block)) folded.insert(block.name);
    }
    assignColumns(graph);
    assignRows(graph);
    for (const auto& [id, place] : placesOf(graph, linesOf(segmentsOf(spec, graph), lines))) {
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

std::set<NodeId> layersOfOtherLines(const NetworkSpec& spec, NodeId node) {
    std::map<NodeId, std::vector<NodeId>> near;
    std::map<NodeId, std::vector<NodeId>> all;
    for (const Edge& edge : spec.edges()) {
        const bool begins = beginsLine(spec.node(cardHead(spec, edge.from.node))->position, spec.node(cardHead(spec, edge.to.node))->position);
        for (auto* links : {&near, &all}) {
            if (begins && links == &near) continue;
            (*links)[edge.from.node].push_back(edge.to.node);
            (*links)[edge.to.node].push_back(edge.from.node);
        }
    }
    const auto reached = [node](std::map<NodeId, std::vector<NodeId>>& links) {
        std::set<NodeId> found{node};
        std::vector<NodeId> open{node};
        while (!open.empty()) {
            const NodeId here = open.back();
            open.pop_back();
            for (const NodeId next : links[here]) {
                if (found.insert(next).second) open.push_back(next);
            }
        }
        return found;
    };
    std::set<NodeId> others = reached(all);
    for (const NodeId same : reached(near)) others.erase(same);
    return others;
}

}  // namespace convolab
