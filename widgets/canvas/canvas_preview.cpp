#include "widgets/canvas/canvas_preview.h"

#include "widgets/canvas/canvas_items.h"

#include <QFontMetricsF>
#include <QPainter>

#include <algorithm>
#include <cmath>
#include <set>

namespace convolab {

CanvasPreview previewOf(const CanvasModel& before, const CanvasModel& after) {
    CanvasPreview preview;
    std::set<NodeId> ghosts;
    for (const Card& card : after.cards) {
        const Card* old = before.card(card.head);
        if (old && *old == card) continue;
        preview.cards.push_back(card);
        ghosts.insert(card.head);
    }
    for (const Card& card : before.cards)
        if (!after.card(card.head)) preview.removed.insert(card.head);
    for (const Link& link : after.links) {
        const auto same = [&](const Link& old) {
            return old.fromCard == link.fromCard && old.toCard == link.toCard && old.toPort == link.toPort;
        };
        const bool known = std::any_of(before.links.begin(), before.links.end(), same);
        const Card* from = after.card(link.fromCard);
        const Card* to = after.card(link.toCard);
        const Card* oldFrom = before.card(link.fromCard);
        const Card* oldTo = before.card(link.toCard);
        const bool moved = !oldFrom || !oldTo || oldFrom->position != from->position || oldTo->position != to->position;
        if (known && !moved) continue;
        preview.links.push_back({from->position + from->outputPortPosition(), to->position + to->inputPort(link.toPort), link});
    }
    return preview;
}

void paintLabel(QPainter& painter, QPointF at, const QString& text, bool wrong, const Theme& theme) {
    const Tokens& t = theme.current();
    painter.save();
    const QPointF device = painter.transform().map(at);
    painter.resetTransform();
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(theme.font(FontRole::Caption));
    const QFontMetricsF measure(painter.font());
    const QRectF box(std::round(device.x()) + 14.5, std::round(device.y()) + 16.5, measure.horizontalAdvance(text) + 16, 24);
    painter.setPen(QPen(toQColor(wrong ? t.error : t.line2), 1));
    painter.setBrush(toQColor(t.pop));
    painter.drawRoundedRect(box, metrics::kPopRadius, metrics::kPopRadius);
    painter.setPen(toQColor(wrong ? t.error : t.text1));
    painter.drawText(box, int(Qt::AlignCenter), text);
    painter.restore();
}

void paintPreview(QPainter& painter, const CanvasPreview& preview, const CardPainter& cards, const Theme& theme) {
    for (const GhostLink& ghost : preview.links) {
        Link link = ghost.link;
        link.faded = link.wrong = false;
        paintLink(painter, theme.current(), ghost.from, ghost.to, link, {.ghost = true});
    }
    for (const Card& card : preview.cards) {
        painter.save();
        painter.translate(card.position);
        cards.paint(painter, card, {.ghost = true});
        painter.restore();
    }
    if (!preview.label.isEmpty()) paintLabel(painter, preview.labelAt, preview.label, false, theme);
}

}  // namespace convolab
