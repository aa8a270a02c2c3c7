#include "widgets/canvas/canvas_scene.h"

#include "widgets/canvas/card_decorator.h"
#include "widgets/canvas/link_curve.h"

#include <QGraphicsView>
#include <QPainter>
#include <QVariantAnimation>

#include <algorithm>
#include <cmath>

namespace convolab {

CanvasScene::CanvasScene(SpecEditor& editor, const Theme& theme, CanvasSelection& selection, QObject* parent)
    : QGraphicsScene(parent), m_editor(editor), m_theme(theme), m_selection(selection), m_painter(theme) {
    setItemIndexMethod(QGraphicsScene::NoIndex);
    // Larger than any network: panning has no edge, and the scene never jumps when it grows.
    setSceneRect(-100000, -100000, 200000, 200000);
    connect(&m_editor, &SpecEditor::specChanged, this, &CanvasScene::sync);
    connect(&m_selection, &CanvasSelection::changed, this, &CanvasScene::updateLooks);
    connect(&theme, &Theme::changed, this, [this] { update(); updateCards(); });
    sync();
}

CanvasScene::~CanvasScene() {
    if (m_move) m_move->stop();
}

CardItem* CanvasScene::cardItem(NodeId head) const {
    const auto found = m_cards.find(head);
    return found == m_cards.end() ? nullptr : found->second;
}

LinkItem* CanvasScene::linkItem(EdgeId edge) const {
    const auto found = m_links.find(edge);
    return found == m_links.end() ? nullptr : found->second;
}

CardItem* CanvasScene::cardItemOf(NodeId node) const {
    const Card* card = m_model.cardOf(node);
    return card ? cardItem(card->head) : nullptr;
}

QRectF CanvasScene::cardBounds() const {
    QRectF bounds;
    for (const auto& [id, item] : m_cards) bounds |= item->rect();
    return bounds;
}

CanvasModel CanvasScene::modelOf(const NetworkSpec& spec) const {
    SlotHeight heights;
    if (m_decorator) {
        m_decorator->beginLayout();
        heights = [this](NodeId head) { return m_decorator->slotHeight(head); };
    }
    if (&spec == &m_editor.spec()) return buildCanvasModel(spec, m_editor.analysis(), heights);
    return buildCanvasModel(spec, analyze(spec, m_editor.context()), heights);
}

void CanvasScene::sync() {
    CanvasModel next = modelOf(m_editor.spec());
    m_selection.keepExisting(m_editor.spec());
    m_preview.reset();
    std::set<NodeId> alive;
    for (const Card& card : next.cards) {
        alive.insert(card.head);
        CardItem*& item = m_cards[card.head];
        if (!item) {
            item = new CardItem(m_painter, card);
            item->setDecorator(m_decorator);
            addItem(item);
        } else if (item->card() != card) {
            item->setCard(card);
        }
    }
    std::erase_if(m_cards, [&](const auto& each) {
        if (alive.contains(each.first)) return false;
        delete each.second;
        return true;
    });
    std::set<EdgeId> aliveLinks;
    for (const Link& link : next.links) {
        aliveLinks.insert(link.edge);
        LinkItem*& item = m_links[link.edge];
        if (!item) {
            item = new LinkItem(m_painter, link);
            item->setDecorator(m_decorator);
            addItem(item);
        } else {
            item->setLink(link);
        }
    }
    std::erase_if(m_links, [&](const auto& each) {
        if (aliveLinks.contains(each.first)) return false;
        delete each.second;
        return true;
    });
    m_model = std::move(next);
    syncFrames();
    placeItems();
    updateLooks();
    update();
    emit synced();
}

void CanvasScene::syncFrames() {
    while (m_frames.size() > m_model.frames.size()) {
        delete m_frames.back();
        m_frames.pop_back();
    }
    for (std::size_t i = 0; i < m_model.frames.size(); ++i) {
        if (i == m_frames.size()) {
            m_frames.push_back(new FrameItem(m_theme));
            addItem(m_frames.back());
        }
        m_frames[i]->setFrame(m_model.frames[i]);
    }
}

// Cards make room visibly; those that were under the pointer are there already.
void CanvasScene::placeItems() {
    if (m_move) m_move->stop();
    m_moveFrom.clear();
    for (const auto& [id, item] : m_cards)
        if (item->pos() != item->card().position) m_moveFrom[id] = item->pos();
    if (m_moveFrom.empty() || m_reduceMotion) {
        step(1);
        return;
    }
    step(0);
    m_move = new QVariantAnimation(this);
    m_move->setDuration(metrics::kMakeRoomMs);
    m_move->setStartValue(0.0);
    m_move->setEndValue(1.0);
    m_move->setEasingCurve(QEasingCurve::OutCubic);
    connect(m_move, &QVariantAnimation::valueChanged, this, [this](const QVariant& value) { step(value.toDouble()); });
    m_move->start(QAbstractAnimation::DeleteWhenStopped);
}

void CanvasScene::step(double progress) {
    for (const auto& [id, item] : m_cards) {
        const auto from = m_moveFrom.find(id);
        const QPointF start = from == m_moveFrom.end() ? item->card().position : from->second;
        item->setPos(start + progress * (item->card().position - start));
    }
    placeLinks();
}

void CanvasScene::placeLinks() {
    for (const auto& [id, item] : m_links) {
        const CardItem* from = cardItem(item->link().fromCard);
        const CardItem* to = cardItem(item->link().toCard);
        if (from && to) item->setEnds(from->outputPort(), to->inputPort(item->link().toPort));
    }
    for (FrameItem* frame : m_frames) {
        QRectF cards;
        for (const NodeId head : frame->frame().heads)
            if (const CardItem* item = cardItem(head)) cards |= item->rect();
        frame->setRect(frameAround(cards));
    }
    placeLabels();
}

// A shape stands in the middle of its edge, or as near to it as neither a card nor another shape covers it.
void CanvasScene::placeLabels() {
    std::vector<QRectF> taken;
    for (const auto& [id, item] : m_cards) taken.push_back(item->rect());
    for (const auto& [id, item] : m_links) {
        const Link& link = item->link();
        double along = 0.5;
        for (const double trial : {0.5, 0.4, 0.6, 0.3, 0.7, 0.2, 0.8, 0.1, 0.9}) {
            const QRectF box = shapeLabelBox(link, item->from(), item->to(), trial);
            if (std::any_of(taken.begin(), taken.end(), [&](const QRectF& each) { return each.intersects(box); })) continue;
            along = trial;
            break;
        }
        item->setLabelAlong(along);
        if (link.shapeChanges) taken.push_back(item->labelBox());
    }
}

void CanvasScene::dragCards(const std::set<NodeId>& heads, QPointF offset) {
    m_dragged = heads;
    m_dragOffset = offset;
    for (const NodeId head : heads)
        if (CardItem* item = cardItem(head)) item->setPos(item->card().position + offset);
    placeLinks();
}

void CanvasScene::endDrag() {
    for (const NodeId head : m_dragged)
        if (CardItem* item = cardItem(head)) item->setPos(item->card().position);
    m_dragged.clear();
    placeLinks();
}

void CanvasScene::setDecorator(CardDecorator* decorator) {
    m_decorator = decorator;
    for (const auto& [id, item] : m_cards) item->setDecorator(decorator);
    for (const auto& [id, item] : m_links) item->setDecorator(decorator);
    sync();
}

void CanvasScene::updateCards() {
    for (const auto& [id, item] : m_cards) item->update();
    for (const auto& [id, item] : m_links) item->update();
}

void CanvasScene::setPreview(std::optional<CanvasPreview> preview) {
    m_preview = std::move(preview);
    updateLooks();
    update();
}

void CanvasScene::drawForeground(QPainter* painter, const QRectF&) {
    if (m_preview) paintPreview(*painter, *m_preview, m_painter, m_theme);
}

void CanvasScene::updateLooks() {
    const CanvasHighlights& h = m_highlights;
    for (const auto& [head, item] : m_cards) {
        CardPaint look;
        look.selected = m_selection.contains(head);
        if (!item->card().block.isEmpty())
            for (const NodeId node : item->card().nodes) look.selected = look.selected || m_selection.contains(node);
        for (const CardRow& row : item->card().rows)
            if (m_selection.contains(row.node)) look.selectedRows.insert(row.node);
        const Card* current = m_model.cardOf(m_selection.current());
        look.focused = h.keyboardFocus && current && current->head == head;
        if (look.focused && h.portCard == head) look.focusedPort = h.focusedPort;
        look.hovered = h.hover.head == head;
        if (h.hover.head == head && h.hover.part == CanvasHit::Part::InputPort) look.hoveredPort = h.hover.port;
        if (h.hover.head == head && h.hover.part == CanvasHit::Part::OutputPort) look.hoveredPort = item->card().inputPorts;
        look.greyed = h.greyed.contains(head) || (m_preview && m_preview->removed.contains(head));
        look.target = h.targetCard == head;
        item->setLook(look);
    }
    for (const auto& [edge, item] : m_links) {
        const Link& link = item->link();
        LinkPaint look;
        look.selected = m_selection.contains(edge);
        look.hovered = h.hover.part == CanvasHit::Part::Link && h.hover.edge == edge;
        look.target = h.targetLink == edge;
        const auto shown = [&](NodeId head) { return m_selection.contains(head) || h.hover.head == head; };
        look.showShape = h.allShapes || shown(link.fromCard) || shown(link.toCard);
        item->setLook(look);
        item->setVisible(h.hiddenLink != edge);
    }
}

CanvasHit CanvasScene::hitAt(QPointF at, double scale) const {
    using Part = CanvasHit::Part;
    const double reach = std::min(metrics::kPortHit / 2.0 / std::min(1.0, std::max(scale, 0.4)), 20.0);
    CanvasHit best;
    double nearest = reach;
    for (const auto& [head, item] : m_cards) {
        const Card& card = item->card();
        const auto consider = [&](QPointF place, double limit, Part part, int port) {
            const double distance = std::hypot(at.x() - place.x(), at.y() - place.y());
            if (distance >= std::min(nearest, limit)) return;
            nearest = distance;
            best = {part, head, head, port, {}};
        };
        if (card.trouble) consider(item->pos() + card.disc(), card::kDisc / 2, Part::Disc, 0);
        if (best.part == Part::Disc && best.head == head) best.node = card.troubledNode;
        for (int i = 0; i < card.inputPorts; ++i) consider(item->inputPort(i), reach, Part::InputPort, i);
        if (card.outputPort) consider(item->outputPort(), reach, Part::OutputPort, 0);
    }
    if (best.part == Part::OutputPort) best.node = cardItem(best.head)->card().tail();
    if (best.part != Part::Nothing) return best;
    // Later cards lie on top; of overlapping ones the selected wins.
    for (auto each = m_cards.rbegin(); each != m_cards.rend(); ++each) {
        const CardItem* item = each->second;
        if (!item->rect().contains(at)) continue;
        CanvasHit hit{Part::Card, each->first, each->first, 0, {}};
        for (std::size_t row = 0; row < item->card().rows.size(); ++row)
            if (item->card().rowRect(row).translated(item->pos()).contains(at)) {
                hit.part = Part::Row;
                hit.node = item->card().rows[row].node;
            }
        if (best.part == Part::Nothing || item->zValue() > cardItem(best.head)->zValue()) best = hit;
    }
    if (best.part != Part::Nothing) return best;
    for (const FrameItem* frame : m_frames)
        if (frameTitle(frame->rect()).contains(at)) return {Part::Frame, frame->frame().nodes.front(), frame->frame().heads.front(), 0, {}};
    double closest = 8 / std::max(scale, 0.25);
    for (const auto& [edge, item] : m_links) {
        const double distance = distanceToLink(at, item->from(), item->to(), item->link().route);
        if (distance >= closest) continue;
        closest = distance;
        best = {Part::Link, {}, {}, 0, edge};
    }
    return best;
}

}  // namespace convolab
