// What a lens draws into the cards, and how it draws the edges. The canvas asks for the height of the slot of every layer
// and lets it be painted; a lens may also answer the pointer there.
#pragma once

#include "core/graph/network_spec.h"
#include "widgets/theme/tokens.h"

#include <QPointF>
#include <QRectF>
#include <QString>

#include <optional>

class QPainter;

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
    virtual void beginLayout() {}  // the heights of all cards are about to be asked for
    // Logical pixels; 0: no slot in this card. Cards that lie below make room. `head` may be that of a folded block.
    virtual int slotHeight(NodeId head) const = 0;
    virtual void paint(QPainter& painter, const QRectF& slot, NodeId head) const = 0;
    // A left press at a point of the slot, both in the card's coordinates. True: it is used up and drags nothing.
    virtual bool press(const QRectF&, NodeId, QPointF, Qt::KeyboardModifiers) { return false; }
    // What stands under the pointer; empty: nothing to say.
    virtual QString hint(const QRectF&, NodeId, QPointF) const { return {}; }
    // The edge from the card of one head to that of another; nothing: as always.
    virtual std::optional<EdgeLook> edge(NodeId /*fromHead*/, NodeId /*toHead*/) const { return std::nullopt; }
};

}  // namespace convolab
