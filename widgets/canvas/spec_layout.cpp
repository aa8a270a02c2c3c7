#include "widgets/canvas/spec_layout.h"

#include "core/graph/blocks.h"
#include "core/graph/layout.h"

#include <algorithm>
#include <cmath>
#include <set>

namespace convolab {

namespace {

QPointF positionOf(const NetworkSpec& spec, NodeId id) {
    const Node* node = spec.node(id);
    return node ? QPointF(node->position.x, node->position.y) : QPointF();
}

NodeId headOf(const NetworkSpec& spec, NodeId node) { return cardChain(spec, node).front(); }

std::set<NodeId> headsAfter(const NetworkSpec& spec, NodeId head) {
    std::set<NodeId> result;
    for (const NodeId node : cardChain(spec, head))
        for (const Edge* edge : spec.edgesOutOf(node)) {
            const NodeId next = headOf(spec, edge->to.node);
            if (next != head) result.insert(next);
        }
    return result;
}

// Those that stand in the same line.
std::set<NodeId> headsRightOf(const NetworkSpec& spec, NodeId head) {
    std::set<NodeId> result = headsAfter(spec, head);
    std::erase_if(result, [&](NodeId next) { return beginsLine(spec.node(head)->position, spec.node(next)->position); });
    return result;
}

// Heights need the analysis; for making room the largest usual card is assumed.
bool sameRow(QPointF a, QPointF b) { return std::abs(a.y() - b.y()) < 140; }

}  // namespace

void moveCard(NetworkSpec& spec, NodeId head, double x, double y) {
    const Block* block = blockOf(spec, head);
    if (!block || !isFolded(spec, *block)) return spec.setPosition(head, {x, y});
    for (const NodeId each : std::vector<NodeId>(block->nodes)) spec.setPosition(each, {x, y});
}

double snapped(double value) { return kSnap * std::round(value / kSnap); }

void makeRoomBehind(NetworkSpec& spec, NodeId head) {
    const QPointF here = positionOf(spec, head);
    double shift = 0;
    for (const NodeId next : headsAfter(spec, head)) {
        const QPointF there = positionOf(spec, next);
        if (there.x() > here.x() - card::kPitch && sameRow(here, there)) shift = std::max(shift, here.x() + card::kPitch - there.x());
    }
    if (shift <= 0) return;
    std::set<NodeId> behind;
    std::vector<NodeId> open{head};
    while (!open.empty()) {
        const NodeId each = open.back();
        open.pop_back();
        for (const NodeId next : headsRightOf(spec, each))
            if (next != head && behind.insert(next).second) open.push_back(next);
    }
    for (const NodeId each : behind) {
        const QPointF there = positionOf(spec, each);
        if (there.x() + card::kPitch > here.x()) moveCard(spec, each, snapped(there.x() + shift), there.y());
    }
}

QPointF freePlace(const NetworkSpec& spec, QPointF wanted) {
    QPointF place(snapped(wanted.x()), snapped(wanted.y()));
    const auto taken = [&] {
        return std::any_of(spec.nodes().begin(), spec.nodes().end(), [&](const Node& node) {
            return cardHead(spec, node.id) == node.id && std::abs(node.position.x - place.x()) < card::kWidth + 8 &&
                   std::abs(node.position.y - place.y()) < 100;
        });
    };
    for (int tries = 0; tries < 64 && taken(); ++tries) place.ry() += 32;
    return place;
}

void placeNear(NetworkSpec& spec, NodeId node) {
    const NodeId head = headOf(spec, node);
    if (head != node) {
        const QPointF at = positionOf(spec, head);
        spec.setPosition(node, {at.x(), at.y()});
        return;
    }
    const auto into = spec.edgesInto(node);
    const auto out = spec.edgesOutOf(node);
    if (!into.empty()) {
        QPointF place = positionOf(spec, headOf(spec, into.front()->from.node)) + QPointF(card::kPitch, 0);
        // A second branch out of the same layer goes below the first.
        if (headsAfter(spec, headOf(spec, into.front()->from.node)).size() > 1)
            place.ry() += 160;
        else
            for (const Edge* edge : into) place.rx() = std::max(place.x(), positionOf(spec, headOf(spec, edge->from.node)).x() + card::kPitch);
        moveCard(spec, node, snapped(place.x()), snapped(place.y()));
        makeRoomBehind(spec, node);
    } else if (!out.empty()) {
        const QPointF next = positionOf(spec, headOf(spec, out.front()->to.node));
        moveCard(spec, node, snapped(next.x() - card::kPitch), snapped(next.y()));
    }
}

void placeNewNodes(const NetworkSpec& before, NetworkSpec& spec) {
    for (const NodeId id : spec.topologicalOrder())
        if (!before.node(id) && spec.node(id)->position == Position{}) placeNear(spec, id);
}

}  // namespace convolab
