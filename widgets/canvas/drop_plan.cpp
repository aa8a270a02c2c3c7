#include "widgets/canvas/drop_plan.h"

#include "core/graph/block_edits.h"
#include "core/graph/kind_presets.h"
#include "core/layers/layer_kind.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/link_curve.h"
#include "widgets/canvas/spec_edits.h"
#include "widgets/canvas/spec_layout.h"

#include <QCoreApplication>

#include <cmath>

namespace convolab {

namespace {

constexpr double kEdgeReach = 22;     // how near to an edge counts as on it
constexpr double kAppendReach = 240;  // how far behind a loose end still appends

QString nameOf(const NetworkSpec& spec, NodeId id) { return spec.node(id) ? toQString(spec.node(id)->name) : QString(); }

QString translated(const char* source) { return QCoreApplication::translate("Canvas", source); }

void planOnCard(DropPlan& plan, const NetworkSpec& spec, const Card& card) {
    plan.target = DropTarget::Behind;
    plan.node = appendPoint(spec, card.head, plan.kind);
    plan.docks = true;
    plan.label = translated("in %1, after %2").arg(card.name, nameOf(spec, plan.node));
    if (plan.node == card.head) plan.label = translated("in %1").arg(card.name);
}

bool planOnLink(DropPlan& plan, const NetworkSpec& spec, const CanvasModel& model, QPointF pointer) {
    double nearest = kEdgeReach;
    for (const Link& link : model.links) {
        const Card* from = model.card(link.fromCard);
        const Card* to = model.card(link.toCard);
        const double distance = distanceToLink(pointer, from->position + from->outputPortPosition(), to->position + to->inputPort(link.toPort), link.route);
        if (distance >= nearest) continue;
        nearest = distance;
        plan.target = DropTarget::OnEdge;
        plan.edge = link.edge;
        const Edge* edge = spec.edge(link.edge);
        plan.label = translated("between %1 and %2").arg(nameOf(spec, edge->from.node), nameOf(spec, edge->to.node));
    }
    return plan.target == DropTarget::OnEdge;
}

// A card whose chain ends loose, or in the output: there "behind" is well defined.
bool endsHere(const NetworkSpec& spec, const Card& card) { return spec.edgesOutOf(card.tail()).empty(); }

bool planBehind(DropPlan& plan, const NetworkSpec& spec, const CanvasModel& model, QPointF pointer) {
    double nearest = kAppendReach;
    for (const Card& card : model.cards) {
        if (!endsHere(spec, card) || card.head == plan.existing) continue;
        const QRectF rect = card.rect();
        const double dx = pointer.x() - rect.right(), dy = std::abs(pointer.y() - (rect.top() + card::kFirstPort));
        if (dx < -8 || dy > 100 || dx > nearest) continue;
        nearest = dx;
        const NodeId after = appendPoint(spec, card.head, plan.kind);
        if (plan.kind == "output" && !hasOutputPort(spec, after)) continue;
        plan.target = DropTarget::Behind;
        plan.node = after;
        plan.label = translated("after %1").arg(nameOf(spec, after));
    }
    return plan.target == DropTarget::Behind;
}

}  // namespace

DropPlan planDrop(const NetworkSpec& spec, const CanvasModel& model, const std::string& wanted, QPointF pointer, NodeId existing) {
    const std::string kindId = kindOfPreset(wanted);
    DropPlan plan{.kind = kindId, .preset = kindId == wanted ? std::string{} : wanted, .existing = existing};
    plan.position = {snapped(pointer.x() - card::kWidth / 2), snapped(pointer.y() - card::kBar - card::kHeader / 2)};
    const QPointF meant = model.inSpec(plan.position);
    plan.place = {meant.x(), snapped(meant.y())};
    const LayerKind* kind = findLayerKind(kindId);
    const bool block = findBlockKind(kindId) != nullptr;
    if (!block && (!kind || kind->maxInputs == 0)) return plan;
    const bool joins = existing ? spec.edgesInto(existing).empty() && spec.edgesOutOf(existing).empty() : true;
    if (!joins) return plan;
    if (!block && kind->docks) {
        for (const Card& card : model.cards)
            if (card.block.isEmpty() && card.head != existing && card.rect().contains(pointer) && (kindId != "output" || card.outputPort)) {
                planOnCard(plan, spec, card);
                return plan;
            }
    }
    if (kindId != "output" && planOnLink(plan, spec, model, pointer)) return plan;
    planBehind(plan, spec, model, pointer);
    return plan;
}

namespace {

// The first layer of the new block, by which its card is called; 0 if it could not be made.
NodeId addBlockByPlan(NetworkSpec& spec, const DropPlan& plan) {
    const Position place{plan.place.x(), plan.place.y()};
    const auto name = plan.target == DropTarget::OnEdge   ? insertBlockOnEdge(spec, plan.kind, plan.edge, {}, place)
                      : plan.target == DropTarget::Behind ? insertBlockBehind(spec, plan.kind, plan.node, {}, place)
                                                          : addBlock(spec, plan.kind, std::nullopt, {}, place);
    if (!name.ok()) return {};
    const NodeId head = blockNamed(spec, *name)->nodes.front();
    if (plan.target != DropTarget::Free) placeNear(spec, head);
    return head;
}

}  // namespace

NodeId applyDrop(NetworkSpec& spec, const DropPlan& plan) {
    if (findBlockKind(plan.kind)) return addBlockByPlan(spec, plan);
    const NodeId id = plan.existing ? plan.existing : spec.addNode(plan.kind, {}, {}, {plan.place.x(), plan.place.y()});
    spec.setPosition(id, {plan.place.x(), plan.place.y()});
    if (plan.target == DropTarget::OnEdge) {
        const Edge* edge = spec.edge(plan.edge);
        const NodeId before = edge ? edge->from.node : NodeId{};
        if (spec.insertOnEdge(id, plan.edge).ok() && before) placeNear(spec, id);
    } else if (plan.target == DropTarget::Behind) {
        placeBehind(spec, id, plan.node);
        placeNear(spec, id);
    }
    applyKindPreset(spec, id, plan.preset);
    return id;
}

NodeId addBehind(NetworkSpec& spec, const std::string& wanted, NodeId after, QPointF placeIfAlone) {
    const std::string kind = kindOfPreset(wanted);
    const LayerKind* info = findLayerKind(kind);
    const bool block = findBlockKind(kind) != nullptr;
    const bool joins = block || (info && info->maxInputs != 0);
    if (!after && joins) after = endOfNetwork(spec);
    if (after && joins) {
        const auto chain = cardChain(spec, after);
        const bool atTail = after == chain.back() || !hasOutputPort(spec, after);
        if (atTail) after = appendPoint(spec, after, kind);
    }
    const QPointF place = freePlace(spec, placeIfAlone);
    if (block)
        return addBlockByPlan(spec, {.target = after && hasOutputPort(spec, after) ? DropTarget::Behind : DropTarget::Free, .kind = kind, .node = after, .place = place});
    const NodeId id = spec.addNode(kind, {}, {}, {place.x(), place.y()});
    if (after && joins) {
        placeBehind(spec, id, after);
        if (!spec.edgesInto(id).empty()) placeNear(spec, id);
    }
    applyKindPreset(spec, id, wanted);
    return id;
}

}  // namespace convolab
