// The graphics items of the canvas. They only paint; what the mouse does is decided by the view and its gestures.
#pragma once

#include "widgets/canvas/canvas_model.h"
#include "widgets/canvas/card_decorator.h"
#include "widgets/canvas/card_painter.h"

#include <QGraphicsItem>

namespace convolab {

class CardItem : public QGraphicsItem {
public:
    enum { Type = UserType + 1 };
    CardItem(const CardPainter& painter, Card card);

    int type() const override { return Type; }
    QRectF boundingRect() const override;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override;

    const Card& card() const { return m_card; }
    void setCard(const Card& card);  // everything but the position
    void setDecorator(const CardDecorator* decorator);
    const CardPaint& look() const { return m_look; }
    void setLook(const CardPaint& look);
    QRectF rect() const { return {pos(), QSizeF(card::kWidth, m_card.height())}; }
    QPointF inputPort(int port) const { return pos() + m_card.inputPort(port); }
    QPointF outputPort() const { return pos() + m_card.outputPortPosition(); }

private:
    const CardPainter& m_painter;
    const CardDecorator* m_decorator = nullptr;
    Card m_card;
    CardPaint m_look;
};

struct LinkPaint {
    bool selected = false, hovered = false, target = false, showShape = false, ghost = false, greyed = false;
    std::optional<EdgeLook> look = std::nullopt;  // of a lens
    double labelAlong = 0.5;                      // where on the way the shape stands
    bool operator==(const LinkPaint&) const = default;
};

// The box of an edge's shape above its line; 0 along: where it begins.
QRectF shapeLabelBox(const Link& link, QPointF from, QPointF to, double along);

class LinkItem : public QGraphicsItem {
public:
    enum { Type = UserType + 2 };
    LinkItem(const CardPainter& painter, Link link);

    int type() const override { return Type; }
    QRectF boundingRect() const override;
    void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override;

    const Link& link() const { return m_link; }
    void setLink(const Link& link);
    void setDecorator(const CardDecorator* decorator);
    void setEnds(QPointF from, QPointF to);
    void setLabelAlong(double along);
    QRectF labelBox() const { return shapeLabelBox(m_link, m_from, m_to, m_labelAlong); }
    QPointF from() const { return m_from; }
    QPointF to() const { return m_to; }
    const LinkPaint& look() const { return m_look; }
    void setLook(const LinkPaint& look);

private:
    const CardPainter& m_painter;
    const CardDecorator* m_decorator = nullptr;
    Link m_link;
    LinkPaint m_look;
    QPointF m_from, m_to;
    double m_labelAlong = 0.5;
};

// The frame of an open block, behind its cards.
class FrameItem : public QGraphicsItem {
public:
    enum { Type = UserType + 3 };
    explicit FrameItem(const Theme& theme) : m_theme(theme) { setZValue(0); }

    int type() const override { return Type; }
    QRectF boundingRect() const override { return m_rect.adjusted(-2, -2, 2, 2); }
    void paint(QPainter* painter, const QStyleOptionGraphicsItem*, QWidget*) override;

    const BlockFrame& frame() const { return m_frame; }
    void setFrame(const BlockFrame& frame);
    QRectF rect() const { return m_rect; }
    void setRect(const QRectF& rect);

private:
    const Theme& m_theme;
    BlockFrame m_frame;
    QRectF m_rect;
};

// Draws an edge; shared with ghosts and the edge being drawn.
void paintLink(QPainter& painter, const Tokens& tokens, QPointF from, QPointF to, const Link& link, const LinkPaint& how);

}  // namespace convolab
