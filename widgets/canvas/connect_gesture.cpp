#include "widgets/canvas/canvas_gesture.h"
#include "widgets/canvas/spec_edits.h"

#include <QCoreApplication>
#include <QGraphicsView>
#include <QPainter>

namespace convolab {

namespace {

QString text(const char* source) { return QCoreApplication::translate("Canvas", source); }

class ConnectGesture : public CanvasGesture {
public:
    ConnectGesture(CanvasParts parts, const CanvasPointer& start, const CanvasHit& port)
        : m_parts(parts), m_start(start), m_end(start.scene) {
        const NetworkSpec& spec = parts.editor.spec();
        if (port.part == CanvasHit::Part::OutputPort) {
            m_from = port.node;
            m_anchor = parts.scene.cardItem(port.head)->outputPort();
        } else if (const Edge* edge = spec.edgeInto({port.node, port.port})) {
            // The edge's end comes off; its source stays.
            m_moved = edge->id;
            m_from = edge->from.node;
            m_anchor = parts.scene.cardItemOf(m_from)->outputPort();
        } else {
            m_to = PortRef{port.node, port.port};
            m_anchor = parts.scene.cardItem(port.head)->inputPort(port.port);
        }
    }

    void move(const CanvasPointer& pointer) override {
        if (!m_moving && (pointer.viewport - m_start.viewport).manhattanLength() < 4) return;
        if (!m_moving) begin();
        m_end = pointer.scene;
        findTarget();
        m_parts.view.viewport()->update();
    }

    void release(const CanvasPointer& pointer) override {
        if (!m_moving) return;
        move(pointer);
        const Target target = m_target;
        const NodeId from = m_from;
        const auto moved = m_moved;
        cancel();
        if (moved && !target.hit) {
            m_parts.editor.edit(text("Disconnect"), [&](NetworkSpec& spec) { cutLink(spec, *moved); });
            return;
        }
        if (!target.hit || !target.verdict.allowed) return;
        const PortRef source{target.from ? target.from : from, 0};
        m_parts.editor.edit(moved ? text("Reconnect") : text("Connect"), [&](NetworkSpec& spec) {
            if (moved) cutLink(spec, *moved);
            connectLayers(spec, source, target.verdict.to);
        });
    }

    void cancel() override {
        CanvasHighlights& lights = m_parts.scene.highlights();
        lights.greyed.clear();
        lights.hover = {};
        lights.targetCard = {};
        lights.hiddenLink = {};
        m_parts.scene.updateLooks();
        m_parts.view.viewport()->update();
        m_moving = false;
    }

    void paint(QPainter& painter) const override {
        if (!m_moving) return;
        Link link;
        if (const Node* node = m_parts.editor.spec().node(m_target.from ? m_target.from : m_from)) {
            const NodeAnalysis* result = m_parts.editor.analysis().find(node->id);
            if (result && result->output) link.shape = QString::fromStdString(result->output->text());
        }
        link.wrong = m_target.hit && !m_target.verdict.allowed;
        const QPointF end = m_target.hit ? m_target.at : m_end;
        const QPointF from = m_to ? end : m_anchor, to = m_to ? m_anchor : end;
        paintLink(painter, m_parts.theme.current(), from, to, link, {.target = !link.wrong, .showShape = true});
        if (!m_target.verdict.reason.isEmpty())
            paintLabel(painter, m_end, m_target.verdict.reason, !m_target.verdict.allowed, m_parts.theme);
    }

private:
    struct Target {
        bool hit = false;
        NodeId from;  // when drawing backwards from an input port
        QPointF at;
        ConnectVerdict verdict;
    };

    ConnectVerdict verdictFor(const Card& card, int port) const {
        const NetworkSpec& spec = m_parts.editor.spec();
        if (m_to) return connectVerdict(spec, {card.tail(), 0}, *m_to);
        const PortRef to = port >= 0 ? PortRef{card.head, port} : freeInputPort(spec, card.head, m_moved);
        return connectVerdict(spec, {m_from, 0}, to, m_moved);
    }

    void begin() {
        m_moving = true;
        CanvasHighlights& lights = m_parts.scene.highlights();
        lights.hiddenLink = m_moved.value_or(EdgeId{});
        for (const Card& card : m_parts.scene.model().cards) {
            const bool own = std::find(card.nodes.begin(), card.nodes.end(), m_to ? m_to->node : m_from) != card.nodes.end();
            if (!own && !verdictFor(card, -1).allowed) lights.greyed.insert(card.head);
        }
        m_parts.scene.updateLooks();
    }

    void findTarget() {
        using Part = CanvasHit::Part;
        m_target = {};
        const CanvasHit hit = m_parts.scene.hitAt(m_end, m_parts.view.transform().m11());
        CanvasHighlights& lights = m_parts.scene.highlights();
        lights.hover = {};
        lights.targetCard = {};
        if (hit.head) {
            const CardItem* item = m_parts.scene.cardItem(hit.head);
            const bool ownPort = !m_to && hit.part == Part::OutputPort && hit.node == m_from;
            if (!ownPort) {
                const int port = hit.part == Part::InputPort ? hit.port : -1;
                m_target.hit = true;
                m_target.verdict = verdictFor(item->card(), port);
                m_target.from = m_to ? item->card().tail() : NodeId{};
                m_target.at = m_to ? item->outputPort() : item->inputPort(std::min(m_target.verdict.to.port, item->card().inputPorts - 1));
                if (!m_to && item->card().inputPorts == 0) m_target.at = m_end;
                if (m_target.verdict.allowed) lights.targetCard = hit.head;
            }
        }
        m_parts.scene.updateLooks();
    }

    CanvasParts m_parts;
    CanvasPointer m_start;
    NodeId m_from;
    std::optional<PortRef> m_to;
    std::optional<EdgeId> m_moved;
    QPointF m_anchor, m_end;
    Target m_target;
    bool m_moving = false;
};

}  // namespace

std::unique_ptr<CanvasGesture> connectGesture(CanvasParts parts, const CanvasPointer& start, const CanvasHit& port) {
    return std::make_unique<ConnectGesture>(parts, start, port);
}

}  // namespace convolab
