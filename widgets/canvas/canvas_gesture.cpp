#include "widgets/canvas/canvas_gesture.h"

#include "widgets/canvas/spec_edits.h"
#include "widgets/canvas/spec_layout.h"

#include <QCoreApplication>
#include <QGraphicsView>
#include <QPainter>
#include <QScrollBar>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr int kStartDistance = 4;  // pixels of the screen before a press becomes a drag

QString text(const char* source) { return QCoreApplication::translate("Canvas", source); }

class PanGesture : public CanvasGesture {
public:
    PanGesture(CanvasParts parts, const CanvasPointer& start) : m_parts(parts), m_last(start.viewport) {
        m_parts.view.viewport()->setCursor(Qt::ClosedHandCursor);
    }
    void move(const CanvasPointer& pointer) override {
        const QPoint by = pointer.viewport - m_last;
        m_last = pointer.viewport;
        auto* h = m_parts.view.horizontalScrollBar();
        auto* v = m_parts.view.verticalScrollBar();
        h->setValue(h->value() - by.x());
        v->setValue(v->value() - by.y());
    }
    void release(const CanvasPointer&) override { cancel(); }
    void cancel() override { m_parts.view.viewport()->unsetCursor(); }

private:
    CanvasParts m_parts;
    QPoint m_last;
};

class RubberGesture : public CanvasGesture {
public:
    RubberGesture(CanvasParts parts, const CanvasPointer& start)
        : m_parts(parts), m_from(start.scene), m_to(start.scene), m_nodes(parts.selection.nodes()), m_edges(parts.selection.edges()) {}
    void move(const CanvasPointer& pointer) override {
        m_to = pointer.scene;
        const QRectF box = QRectF(m_from, m_to).normalized();
        const bool add = pointer.modifiers & (Qt::ShiftModifier | Qt::ControlModifier);
        std::set<NodeId> nodes = add ? m_nodes : std::set<NodeId>{};
        for (const Card& card : m_parts.scene.model().cards)
            if (card.rect().intersects(box)) nodes.insert(card.nodes.begin(), card.nodes.end());
        m_parts.selection.set(std::move(nodes), add ? m_edges : std::set<EdgeId>{});
        m_parts.view.viewport()->update();
    }
    void release(const CanvasPointer&) override { m_parts.view.viewport()->update(); }
    void cancel() override {
        m_parts.selection.set(m_nodes, m_edges);
        m_parts.view.viewport()->update();
    }
    void paint(QPainter& painter) const override {
        if (m_from == m_to) return;
        const Tokens& t = m_parts.theme.current();
        QPen pen(toQColor(t.accent), 1);
        pen.setCosmetic(true);
        painter.setPen(pen);
        painter.setBrush(toQColor(withAlpha(t.accent, 0.10)));
        painter.drawRect(QRectF(m_from, m_to).normalized());
    }

private:
    CanvasParts m_parts;
    QPointF m_from, m_to;
    std::set<NodeId> m_nodes;
    std::set<EdgeId> m_edges;
};

class MoveGesture : public CanvasGesture {
public:
    MoveGesture(CanvasParts parts, const CanvasPointer& start, NodeId head) : m_parts(parts), m_start(start), m_head(head) {
        for (const Card& card : parts.scene.model().cards)
            for (const NodeId node : card.nodes)
                if (parts.selection.contains(node) || card.head == head) m_heads.insert(card.head);
        m_origin = parts.scene.model().card(head)->position;
    }
    void move(const CanvasPointer& pointer) override {
        if (!m_moving && (pointer.viewport - m_start.viewport).manhattanLength() < kStartDistance) return;
        m_moving = true;
        const QPointF wanted = m_origin + pointer.scene - m_start.scene;
        m_offset = QPointF(snapped(wanted.x()), snapped(wanted.y())) - m_origin;
        m_parts.scene.dragCards(m_heads, m_offset);
        planJoin(pointer);
    }
    void release(const CanvasPointer& pointer) override {
        if (!m_moving) return;
        move(pointer);
        hideDropPlan(m_parts.scene);
        const auto heads = m_heads;
        DropPlan plan = m_plan;
        const Node* node = m_parts.editor.spec().node(m_head);
        if (m_offset.isNull() || !node) return m_parts.scene.endDrag();
        const QPointF offset = offsetInSpec();
        plan.place = QPointF(node->position.x, node->position.y) + offset;
        m_parts.scene.dropCards();
        const QString name = QString::fromStdString(node->name);
        m_parts.editor.edit(heads.size() == 1 ? text("Move %1").arg(name) : text("Move %1 layers").arg(heads.size()),
                            [&](NetworkSpec& spec) {
                                moveBy(spec, offset);
                                if (plan.target != DropTarget::Free) applyDrop(spec, plan);
                            });
    }
    void cancel() override {
        hideDropPlan(m_parts.scene);
        m_parts.scene.endDrag();
    }

private:
    void moveBy(NetworkSpec& spec, QPointF offset) const {
        for (const NodeId head : m_heads) {
            const Position at = spec.node(head)->position;
            moveCard(spec, head, at.x + offset.x(), at.y + offset.y());
        }
    }
    // How far the cards go in the spec so that the pressed one stands where it was let go. Where pictures push cards
    // down, a move changes how far; lower in the spec is never higher on the canvas.
    QPointF offsetInSpec() const {
        const CanvasModel& now = m_parts.scene.model();
        if (now.room.isEmpty()) return m_offset;
        const NetworkSpec& spec = m_parts.editor.spec();
        const QPointF wanted = m_origin + m_offset;
        const double from = spec.node(m_head)->position.y;
        const auto lacks = [&](double down) {
            NetworkSpec trial = spec;
            moveBy(trial, {m_offset.x(), down});
            return wanted.y() - roomOf(now, trial).shown(from + down);
        };
        const double first = snapped(now.inSpec(wanted).y() - from);
        if (lacks(first) == 0) return {m_offset.x(), first};
        constexpr double kHighestPicture = 400;
        double above = first - kHighestPicture, below = std::max(first, snapped(wanted.y() - from));
        while (below - above > kSnap) {
            const double middle = snapped((above + below) / 2);
            (lacks(middle) > 0 ? above : below) = middle;
        }
        return {m_offset.x(), std::abs(lacks(above)) < std::abs(lacks(below)) ? above : below};
    }
    // A single card without edges can be put where it connects itself.
    void planJoin(const CanvasPointer& pointer) {
        const NetworkSpec& spec = m_parts.editor.spec();
        const Card* card = m_parts.scene.model().card(m_head);
        m_plan = {};
        if (m_heads.size() != 1 || !card || card->nodes.size() != 1 || !spec.edgesInto(m_head).empty() || !spec.edgesOutOf(m_head).empty())
            return;
        CanvasModel others = m_parts.scene.model();
        std::erase_if(others.cards, [this](const Card& each) { return each.head == m_head; });
        m_plan = planDrop(spec, others, spec.node(m_head)->kind, pointer.scene, m_head);
        m_plan.position = m_origin + m_offset;
        // A card that is only moved about does not append itself from far away.
        const Card* before = m_parts.scene.model().cardOf(m_plan.node);
        if (m_plan.target == DropTarget::Behind && !m_plan.docks && before && pointer.scene.x() > before->rect().right() + card::kPitch)
            m_plan = {};
        showDropPlan(m_parts.scene, spec, m_plan, pointer.scene);
    }

    CanvasParts m_parts;
    CanvasPointer m_start;
    NodeId m_head;
    std::set<NodeId> m_heads;
    QPointF m_origin, m_offset;
    DropPlan m_plan;
    bool m_moving = false;
};

class RowGesture : public CanvasGesture {
public:
    RowGesture(CanvasParts parts, const CanvasPointer& start, NodeId row)
        : m_parts(parts), m_start(start), m_row(row), m_base(parts.editor.spec()) {
        detach(m_base, row);
        m_baseModel = parts.scene.modelOf(m_base);
        std::erase_if(m_baseModel.cards, [row](const Card& card) { return card.head == row; });
        m_chain = parts.scene.model().cardOf(row)->nodes;
    }
    void move(const CanvasPointer& pointer) override {
        if (!m_moving && (pointer.viewport - m_start.viewport).manhattanLength() < kStartDistance) return;
        m_moving = true;
        m_plan = planDrop(m_base, m_baseModel, m_base.node(m_row)->kind, pointer.scene, m_row);
        planWithinCard(pointer.scene);
        showDropPlan(m_parts.scene, m_base, m_plan, pointer.scene);
    }
    void release(const CanvasPointer& pointer) override {
        if (!m_moving) return;
        move(pointer);
        hideDropPlan(m_parts.scene);
        const bool stays = m_plan.target == DropTarget::Behind && m_plan.node == before();
        if (stays) return;
        const DropPlan plan = m_plan;
        const QString name = QString::fromStdString(m_base.node(m_row)->name);
        m_parts.editor.edit(plan.target == DropTarget::Free ? text("Undock %1").arg(name) : text("Move %1").arg(name), [&](NetworkSpec& spec) {
            detach(spec, plan.existing);
            applyDrop(spec, plan);
        });
        m_parts.selection.only(plan.existing);
    }
    void cancel() override { hideDropPlan(m_parts.scene); }

private:
    NodeId before() const {
        for (std::size_t i = 1; i < m_chain.size(); ++i)
            if (m_chain[i] == m_row) return m_chain[i - 1];
        return {};
    }
    // Over its own card the row goes between the rows that the pointer is between.
    void planWithinCard(QPointF at) {
        const Card* card = m_parts.scene.model().card(m_chain.front());
        if (!card || !card->rect().contains(at)) return;
        std::vector<NodeId> others;
        for (const NodeId node : m_chain)
            if (node != m_row) others.push_back(node);
        const double y = at.y() - card->position.y() - card->rowRect(0).top();
        const auto slot = std::clamp<std::ptrdiff_t>(static_cast<std::ptrdiff_t>(std::floor(y / card::kRow)), 0,
                                                     static_cast<std::ptrdiff_t>(others.size()) - 1);
        m_plan.target = DropTarget::Behind;
        m_plan.docks = true;
        m_plan.node = others[static_cast<std::size_t>(slot)];
        // Nothing can follow an output layer.
        if (!hasOutputPort(m_base, m_plan.node) && others.size() > 1) m_plan.node = others[others.size() - 2];
        if (m_base.node(m_row)->kind == "output") m_plan.node = others.back();
        m_plan.label = text("after %1").arg(QString::fromStdString(m_base.node(m_plan.node)->name));
    }

    CanvasParts m_parts;
    CanvasPointer m_start;
    NodeId m_row;
    NetworkSpec m_base;
    CanvasModel m_baseModel;
    std::vector<NodeId> m_chain;
    DropPlan m_plan;
    bool m_moving = false;
};

}  // namespace

std::unique_ptr<CanvasGesture> panGesture(CanvasParts parts, const CanvasPointer& start) {
    return std::make_unique<PanGesture>(parts, start);
}
std::unique_ptr<CanvasGesture> rubberGesture(CanvasParts parts, const CanvasPointer& start) {
    return std::make_unique<RubberGesture>(parts, start);
}
std::unique_ptr<CanvasGesture> moveGesture(CanvasParts parts, const CanvasPointer& start, NodeId pressedHead) {
    return std::make_unique<MoveGesture>(parts, start, pressedHead);
}
std::unique_ptr<CanvasGesture> rowGesture(CanvasParts parts, const CanvasPointer& start, NodeId row) {
    return std::make_unique<RowGesture>(parts, start, row);
}

void showDropPlan(CanvasScene& scene, const NetworkSpec& base, const DropPlan& plan, QPointF pointer) {
    CanvasPreview preview;
    NetworkSpec after = base;
    const NodeId id = applyDrop(after, plan);
    const CanvasModel model = scene.modelOf(after);
    if (const Card* made = model.cardOf(id)) {
        // While dragging, the ghost hangs at the pointer, with the shapes that it would have.
        Card ghost = *made;
        if (ghost.head != id) {
            ghost = CardPainter::plainCard(after.node(id)->kind);
            ghost.name = QString::fromStdString(after.node(id)->name);
        }
        ghost.position = plan.position;
        ghost.trouble.reset();
        const Analysis analysis = analyze(after);
        if (const NodeAnalysis* result = analysis.find(id); result && result->output) ghost.shape = QString::fromStdString(result->output->text());
        else
            ghost.shape.clear();
        if (!plan.existing || base.edgesInto(plan.existing).empty()) preview.cards.push_back(ghost);
    }
    preview.label = plan.label;
    preview.labelAt = pointer + QPointF(card::kWidth / 2 - 8, -36);
    CanvasHighlights& lights = scene.highlights();
    const Card* target = plan.target == DropTarget::Behind ? scene.model().cardOf(plan.node) : nullptr;
    lights.targetCard = target ? target->head : NodeId{};
    lights.targetLink = plan.target == DropTarget::OnEdge ? plan.edge : EdgeId{};
    scene.updateLooks();
    scene.setPreview(preview);
}

void hideDropPlan(CanvasScene& scene) {
    scene.highlights().targetCard = {};
    scene.highlights().targetLink = {};
    scene.updateLooks();
    scene.setPreview({});
}

}  // namespace convolab
