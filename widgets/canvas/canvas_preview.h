// What an edit would make of the network, as ghosts: computed by trying the edit on a copy and comparing.
#pragma once

#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/card_painter.h"

#include <set>
#include <vector>

namespace convolab {

struct GhostLink {
    QPointF from, to;
    Link link;
};

struct CanvasPreview {
    std::vector<Card> cards;       // new, changed or moved ones, as they would be
    std::vector<GhostLink> links;  // new ones, and those of moved cards
    std::set<NodeId> removed;      // heads of cards that would go
    QString label;                 // beside the pointer
    QPointF labelAt;

    bool empty() const { return cards.empty() && links.empty() && label.isEmpty(); }
};

CanvasPreview previewOf(const CanvasModel& before, const CanvasModel& after);
void paintPreview(QPainter& painter, const CanvasPreview& preview, const CardPainter& cards, const Theme& theme);

// A sentence on a popover's ground, beside a place of the canvas.
void paintLabel(QPainter& painter, QPointF at, const QString& text, bool wrong, const Theme& theme);

}  // namespace convolab
