// Decides what dropping a layer at a place of the canvas would do, and does it. The live ghost and the drop itself use
// the same plan, so what was shown is what happens.
#pragma once

#include "core/graph/network_spec.h"
#include "widgets/canvas/canvas_model.h"

#include <QPointF>
#include <QString>

#include <string>

namespace convolab {

enum class DropTarget { Free, OnEdge, Behind };

struct DropPlan {
    DropTarget target = DropTarget::Free;
    std::string kind{};   // of the new layer
    std::string preset{}; // whose attributes it gets; may be empty
    NodeId existing{};    // or this layer, which has no edges
    EdgeId edge{};        // OnEdge
    NodeId node{};        // Behind: the layer after which it goes
    bool docks = false;   // becomes a row of that card
    QPointF position{};   // upper left corner of the card as it is drawn, on the grid
    QPointF place{};      // and in the spec
    QString label{};      // "between Conv 1 and Pool 1"
    bool operator==(const DropPlan&) const = default;
};

// `pointer` in canvas coordinates; the card would hang centred below the pointer's header. `existing` must be detached
// in the spec that `model` was built from.
DropPlan planDrop(const NetworkSpec& spec, const CanvasModel& model, const std::string& kind, QPointF pointer, NodeId existing = {});

// Carries the plan out; the id of the new (or existing) layer.
NodeId applyDrop(NetworkSpec& spec, const DropPlan& plan);

// Adds a layer behind `after` (0: at the end of the network) and places it; what Enter in the palette does.
NodeId addBehind(NetworkSpec& spec, const std::string& kind, NodeId after, QPointF placeIfAlone);

}  // namespace convolab
