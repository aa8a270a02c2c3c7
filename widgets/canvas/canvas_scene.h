// The scene: one item per card and per edge, kept equal to the spec in the same call in which the spec changed.
#pragma once

#include "widgets/canvas/canvas_items.h"
#include "widgets/canvas/canvas_preview.h"
#include "widgets/canvas/canvas_selection.h"
#include "widgets/canvas/spec_editor.h"

#include <QGraphicsScene>
#include <QPointer>

#include <map>
#include <memory>
#include <optional>
#include <set>

class QVariantAnimation;

namespace convolab {

// What lies under a point. `node` is the layer: the card's head, or a docked one; of a frame its first layer.
struct CanvasHit {
    enum class Part { Nothing, Card, Row, InputPort, OutputPort, Link, Disc, Frame };
    Part part = Part::Nothing;
    NodeId node, head;
    int port = 0;
    EdgeId edge;
    bool operator==(const CanvasHit&) const = default;
};

// What a gesture or the keyboard lights up.
struct CanvasHighlights {
    CanvasHit hover;
    std::set<NodeId> greyed;   // heads
    NodeId targetCard;
    EdgeId targetLink, hiddenLink;
    NodeId portCard;           // keyboard focus on a port of this card
    int focusedPort = -1;
    bool allShapes = false;
    bool keyboardFocus = false;
};

class CanvasScene : public QGraphicsScene {
    Q_OBJECT

public:
    CanvasScene(SpecEditor& editor, const Theme& theme, CanvasSelection& selection, QObject* parent = nullptr);
    ~CanvasScene() override;

    const CanvasModel& model() const { return m_model; }
    const CardPainter& cardPainter() const { return m_painter; }
    CardItem* cardItem(NodeId head) const;
    LinkItem* linkItem(EdgeId edge) const;
    CardItem* cardItemOf(NodeId node) const;  // the card that shows this layer
    int itemCount() const { return static_cast<int>(m_cards.size() + m_links.size()); }
    QRectF cardBounds() const;

    // `scale` is the zoom: hit areas keep their size on screen down to the size of the card.
    CanvasHit hitAt(QPointF at, double scale) const;

    void setDecorator(CardDecorator* decorator);
    CardDecorator* decorator() const { return m_decorator; }
    void slotHeightsChanged() { sync(); }
    void updateCards();  // what the decorator draws is new
    void setReduceMotion(bool reduce) { m_reduceMotion = reduce; }  // cards jump
    bool reduceMotion() const { return m_reduceMotion; }

    CanvasHighlights& highlights() { return m_highlights; }
    void updateLooks();  // after changing highlights
    void dragCards(const std::set<NodeId>& heads, QPointF offset);  // shown only; the spec does not change
    void dropCards() { m_dragged.clear(); }  // leaves them where they are until the next sync
    void endDrag();                          // puts them back

    void setPreview(std::optional<CanvasPreview> preview);
    const std::optional<CanvasPreview>& preview() const { return m_preview; }
    CanvasModel modelOf(const NetworkSpec& spec) const;  // analysed in this document's context

signals:
    void synced();

protected:
    void drawForeground(QPainter* painter, const QRectF& rect) override;

private:
    void sync();
    void placeItems();
    void placeLinks();
    void placeLabels();
    void syncFrames();
    void step(double progress);

    SpecEditor& m_editor;
    const Theme& m_theme;
    CanvasSelection& m_selection;
    CardPainter m_painter;
    CanvasModel m_model;
    CardDecorator* m_decorator = nullptr;
    std::map<NodeId, CardItem*> m_cards;  // owned by the scene
    std::map<EdgeId, LinkItem*> m_links;
    std::vector<FrameItem*> m_frames;
    CanvasHighlights m_highlights;
    std::optional<CanvasPreview> m_preview;
    std::set<NodeId> m_dragged;
    QPointF m_dragOffset;
    std::map<NodeId, QPointF> m_moveFrom;
    QPointer<QVariantAnimation> m_move;
    bool m_reduceMotion = false;
};

}  // namespace convolab
