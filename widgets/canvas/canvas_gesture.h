// What a pressed mouse button is doing on the canvas. A gesture shows its effect while it moves and makes one edit when
// the button is released; cancelled, it leaves no trace.
#pragma once

#include "widgets/canvas/canvas_scene.h"
#include "widgets/canvas/drop_plan.h"

#include <memory>

class QGraphicsView;
class QPainter;

namespace convolab {

struct CanvasPointer {
    QPointF scene;
    QPoint viewport;
    Qt::KeyboardModifiers modifiers;
};

struct CanvasParts {
    SpecEditor& editor;
    CanvasScene& scene;
    CanvasSelection& selection;
    const Theme& theme;
    QGraphicsView& view;
};

class CanvasGesture {
public:
    virtual ~CanvasGesture() = default;
    virtual void move(const CanvasPointer& pointer) = 0;
    virtual void release(const CanvasPointer& pointer) = 0;
    virtual void cancel() = 0;
    virtual void paint(QPainter&) const {}
};

std::unique_ptr<CanvasGesture> panGesture(CanvasParts parts, const CanvasPointer& start);
std::unique_ptr<CanvasGesture> rubberGesture(CanvasParts parts, const CanvasPointer& start);
// Moves the cards of the selected layers; an unconnected card may be dropped on an edge or behind a card.
std::unique_ptr<CanvasGesture> moveGesture(CanvasParts parts, const CanvasPointer& start, NodeId pressedHead);
// Drags a docked layer: within its card to another place, or away from it.
std::unique_ptr<CanvasGesture> rowGesture(CanvasParts parts, const CanvasPointer& start, NodeId row);
// Draws a new edge from a port, or takes hold of the end of the edge that enters an input port.
std::unique_ptr<CanvasGesture> connectGesture(CanvasParts parts, const CanvasPointer& start, const CanvasHit& port);

// Shows where a layer would land: the target lit up, the card's ghost with its resulting shape, and the label.
void showDropPlan(CanvasScene& scene, const NetworkSpec& base, const DropPlan& plan, QPointF pointer);
void hideDropPlan(CanvasScene& scene);

}  // namespace convolab
