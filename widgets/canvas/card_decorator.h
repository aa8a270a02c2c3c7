// What a lens draws into the cards. The canvas asks for the height of the slot of every layer and lets it be painted.
#pragma once

#include "core/graph/network_spec.h"

class QPainter;
class QRectF;

namespace convolab {

class CardDecorator {
public:
    virtual ~CardDecorator() = default;
    virtual int slotHeight(NodeId head) const = 0;  // logical pixels; 0: no slot in this card
    virtual void paint(QPainter& painter, const QRectF& slot, NodeId head) const = 0;
};

}  // namespace convolab
