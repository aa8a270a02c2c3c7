// What a lens draws into the cards, and how it draws the edges. The canvas asks for the height of the slot of every layer
// and lets it be painted.
#pragma once

#include "core/graph/network_spec.h"
#include "widgets/theme/tokens.h"

#include <optional>

class QPainter;
class QRectF;

namespace convolab {

// An edge that carries a value. Selection, hover and trouble still show.
struct EdgeLook {
    double width = metrics::kEdgeWidth;  // logical pixels
    ThemeColor color;
    bool operator==(const EdgeLook&) const = default;
};

class CardDecorator {
public:
    virtual ~CardDecorator() = default;
    virtual int slotHeight(NodeId head) const = 0;  // logical pixels; 0: no slot in this card
    virtual void paint(QPainter& painter, const QRectF& slot, NodeId head) const = 0;
    // The edge from the card of one head to that of another; nothing: as always.
    virtual std::optional<EdgeLook> edge(NodeId /*fromHead*/, NodeId /*toHead*/) const { return std::nullopt; }
};

}  // namespace convolab
