// The canvas's mouse: gestures, hover, wheel, and layers dragged in from the palette.
#include "core/graph/blocks.h"
#include "core/graph/kind_presets.h"
#include "widgets/canvas/arrange.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/card_decorator.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/spec_edits.h"
#include "widgets/diagnostics/diagnostic_popover.h"

#include <QContextMenuEvent>
#include <QDragEnterEvent>
#include <QMenu>
#include <QMimeData>
#include <QMouseEvent>
#include <QScrollBar>
#include <QWheelEvent>

#include <algorithm>
#include <cmath>

namespace convolab {

using Part = CanvasHit::Part;

void CanvasView::mousePressEvent(QMouseEvent* event) {
    if (m_gesture) return;
    const CanvasPointer pointer = pointerAt(event->position().toPoint(), event->modifiers());
    m_scene->highlights().keyboardFocus = false;
    if (event->button() == Qt::MiddleButton || (event->button() == Qt::LeftButton && m_spacePressed)) {
        m_gesture = panGesture(parts(), pointer);
    } else if (event->button() == Qt::LeftButton) {
        pressLeft(pointer, m_scene->hitAt(pointer.scene, zoom()));
    }
    event->accept();
}

void CanvasView::pressLeft(const CanvasPointer& pointer, const CanvasHit& hit) {
    const bool add = pointer.modifiers & (Qt::ShiftModifier | Qt::ControlModifier);
    if (m_popover->isVisible() && hit.part != Part::Disc) {
        m_popover->hide();
        clearPreview();
    }
    switch (hit.part) {
        case Part::Disc:
            m_selection.only(hit.node);
            showDiagnostics(hit.node);
            return;
        case Part::InputPort:
        case Part::OutputPort:
            m_gesture = connectGesture(parts(), pointer, hit);
            return;
        case Part::Card:
        case Part::Row:
            if (pressSlot(pointer, hit)) return;
            if (add) {
                m_selection.toggle(hit.node);
                return;
            }
            if (!m_selection.contains(hit.node)) m_selection.only(hit.node);
            if (hit.part == Part::Row && m_selection.nodes().size() == 1)
                m_gesture = rowGesture(parts(), pointer, hit.node);
            else
                m_gesture = moveGesture(parts(), pointer, hit.head);
            return;
        case Part::Frame: {
            const std::vector<NodeId> nodes = blockOf(m_editor.spec(), hit.node)->nodes;
            m_selection.set({nodes.begin(), nodes.end()}, {}, hit.node);
            m_gesture = moveGesture(parts(), pointer, hit.head);
            return;
        }
        case Part::Link:
            if (add)
                m_selection.toggle(hit.edge);
            else
                m_selection.set({}, {hit.edge});
            return;
        case Part::Nothing:
            if (!add) m_selection.clear();
            m_gesture = rubberGesture(parts(), pointer);
            return;
    }
}

// The lens's picture in a card answers the mouse before the card does.
bool CanvasView::pressSlot(const CanvasPointer& pointer, const CanvasHit& hit) {
    const CardItem* item = m_scene->cardItem(hit.head);
    CardDecorator* decorator = m_scene->decorator();
    if (hit.part != Part::Card || decorator == nullptr || item == nullptr) return false;
    const QPointF at = pointer.scene - item->pos();
    const QRectF slot = item->card().slotRect();
    if (!slot.contains(at) || !decorator->press(slot, hit.head, at, pointer.modifiers)) return false;
    // What the lens has selected in the card stays: of a folded block any of its layers.
    const std::vector<NodeId>& nodes = item->card().nodes;
    const bool selected = std::any_of(nodes.begin(), nodes.end(), [this](NodeId node) { return m_selection.contains(node); });
    if (!selected) m_selection.only(hit.head);
    return true;
}

void CanvasView::mouseMoveEvent(QMouseEvent* event) {
    const CanvasPointer pointer = pointerAt(event->position().toPoint(), event->modifiers());
    if (m_gesture)
        m_gesture->move(pointer);
    else
        updateHover(pointer);
    event->accept();
}

void CanvasView::updateHover(const CanvasPointer& pointer) {
    const CanvasHit hit = m_scene->hitAt(pointer.scene, zoom());
    if (const CardItem* item = m_scene->cardItem(hit.head); item && hit.part == Part::Card && m_scene->decorator()) {
        const QPointF at = pointer.scene - item->pos();
        const QRectF slot = item->card().slotRect();
        viewport()->setToolTip(slot.contains(at) ? m_scene->decorator()->hint(slot, hit.head, at) : QString());
    }
    if (hit == m_scene->highlights().hover) return;
    m_scene->highlights().hover = hit;
    m_scene->updateLooks();
    const bool port = hit.part == Part::InputPort || hit.part == Part::OutputPort;
    if (m_spacePressed)
        viewport()->setCursor(Qt::OpenHandCursor);
    else if (port)
        viewport()->setCursor(Qt::CrossCursor);
    else if (hit.part == Part::Frame)
        viewport()->setCursor(Qt::SizeAllCursor);
    else if (hit.part == Part::Disc || hit.part == Part::Link)
        viewport()->setCursor(Qt::PointingHandCursor);
    else
        viewport()->unsetCursor();
    QString tip;
    if (const Node* node = m_editor.spec().node(hit.node); node && port && hit.part == Part::InputPort) {
        const NodeAnalysis* result = m_editor.analysis().find(node->id);
        const auto index = static_cast<std::size_t>(hit.port);
        const bool known = result && index < result->inputs.size() && result->inputs[index];
        tip = known ? tr("Input of %1: %2").arg(toQString(node->name), toQString(result->inputs[index]->text()))
                    : tr("Input of %1").arg(toQString(node->name));
    } else if (node && port) {
        const NodeAnalysis* result = m_editor.analysis().find(node->id);
        tip = result && result->output ? tr("Output of %1: %2").arg(toQString(node->name), toQString(result->output->text()))
                                       : tr("Output of %1").arg(toQString(node->name));
    }
    if (hit.part != Part::Card) viewport()->setToolTip(tip);
}

void CanvasView::mouseReleaseEvent(QMouseEvent* event) {
    if (!m_gesture) return;
    const auto gesture = std::move(m_gesture);
    gesture->release(pointerAt(event->position().toPoint(), event->modifiers()));
    viewport()->update();
    event->accept();
}

void CanvasView::mouseDoubleClickEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    cancelGesture();
    const CanvasPointer pointer = pointerAt(event->position().toPoint(), event->modifiers());
    const CanvasHit hit = m_scene->hitAt(pointer.scene, zoom());
    if (hit.part == Part::Nothing) {
        openQuickAdd(pointer.viewport);
    } else if (hit.part == Part::Row) {
        openRename(hit.node);
    } else if (hit.part == Part::Frame) {
        m_commands.setFolded(std::string(blockOf(m_editor.spec(), hit.node)->name), true);
    } else if (hit.part == Part::Card) {
        const CardItem* item = m_scene->cardItem(hit.head);
        const bool body = pointer.scene.y() >= item->pos().y() + card::kBar + card::kHeader;
        if (body && !item->card().block.isEmpty()) return m_commands.setFolded(item->card().block.toStdString(), false);
        if (pointer.scene.y() < item->pos().y() + card::kBar + card::kHeader) openRename(hit.node);
    }
}

void CanvasView::wheelEvent(QWheelEvent* event) {
    if (m_gesture) return;
    if (event->modifiers() & Qt::ShiftModifier) {
        const QPoint by = event->pixelDelta().isNull() ? event->angleDelta() / 2 : event->pixelDelta();
        // Some platforms already turn Shift + wheel into a horizontal delta.
        const bool vertical = event->pixelDelta().isNull() && by.x() == 0;
        horizontalScrollBar()->setValue(horizontalScrollBar()->value() - (vertical ? by.y() : by.x()));
        if (!vertical) verticalScrollBar()->setValue(verticalScrollBar()->value() - by.y());
    } else if (const int angle = event->angleDelta().y()) {
        setZoom(zoom() * std::pow(1.2, angle / 120.0), event->position().toPoint());
    }
    event->accept();
}

void CanvasView::leaveEvent(QEvent* event) {
    if (!m_gesture) {
        m_scene->highlights().hover = {};
        m_scene->updateLooks();
    }
    QGraphicsView::leaveEvent(event);
}

void CanvasView::cancelGesture() {
    if (!m_gesture) return;
    const auto gesture = std::move(m_gesture);
    gesture->cancel();
    viewport()->update();
}

void CanvasView::contextMenuEvent(QContextMenuEvent* event) {
    if (m_gesture) return;
    const CanvasPointer pointer = pointerAt(event->pos());
    CanvasHit hit = m_scene->hitAt(pointer.scene, zoom());
    QPoint at = event->globalPos();
    if (event->reason() == QContextMenuEvent::Keyboard) {
        hit = {};
        if (const CardItem* item = m_scene->cardItemOf(m_selection.current())) {
            hit = {Part::Card, m_selection.current(), item->card().head, 0, {}};
            at = viewport()->mapToGlobal(mapFromScene(item->rect().center()));
        }
    }
    const auto menu = contextMenu(hit, event->pos());
    menu->exec(at);
    event->accept();
}

std::unique_ptr<QMenu> CanvasView::contextMenu(const CanvasHit& hit, QPoint at) {
    auto menu = std::make_unique<QMenu>(this);
    const auto action = [&](const QString& label, const QString& keys, auto run) {
        QAction* made = menu->addAction(label, this, run);
        if (!keys.isEmpty()) made->setShortcut(QKeySequence(keys));
        made->setShortcutVisibleInContextMenu(true);
        // The keys act in keyPressEvent; here they are only shown.
        made->setShortcutContext(Qt::WidgetShortcut);
        return made;
    };
    if (hit.edge) {
        m_selection.set({}, {hit.edge});
        action(tr("Delete connection"), QStringLiteral("Del"), [this] { m_commands.removeSelected(); });
        return menu;
    }
    if (hit.node) {
        const Block* meant = hit.part == Part::Frame ? blockOf(m_editor.spec(), hit.node) : nullptr;
        if (meant)
            m_selection.set({meant->nodes.begin(), meant->nodes.end()}, {}, hit.node);
        else if (!m_selection.contains(hit.node))
            m_selection.only(hit.node);
        const NodeId node = hit.node;
        if (const Block* block = blockMeant(m_editor.spec(), m_selection.nodeList())) {
            const std::string name = block->name;
            const bool folded = isFolded(m_editor.spec(), *block);
            action(folded ? tr("Open block") : tr("Fold block"), {}, [this, name, fold = !folded] { m_commands.setFolded(name, fold); });
            action(tr("Unfold into layers"), {}, [this, name] { m_commands.unfold(name); });
            menu->addSeparator();
        } else if (m_selection.nodes().size() > 1) {
            action(tr("Group as block"), QStringLiteral("Ctrl+G"), [this] { m_commands.groupSelected(); });
            menu->addSeparator();
        }
        if (!meant) action(tr("Rename"), QStringLiteral("F2"), [this, node] { openRename(node); });
        action(tr("Duplicate"), QStringLiteral("Ctrl+D"), [this] { m_commands.duplicateSelected(); });
        action(tr("Copy"), QStringLiteral("Ctrl+C"), [this] { m_commands.copySelected(); });
        action(tr("Cut"), QStringLiteral("Ctrl+X"), [this] { m_commands.cutSelected(); });
        action(tr("Delete"), QStringLiteral("Del"), [this] { m_commands.removeSelected(); });
        menu->addSeparator();
        action(tr("Insert after …"), QStringLiteral("Shift+A"), [this, at] { openQuickAdd(at); });
        const Card* card = m_scene->model().cardOf(node);
        if (card && card->trouble) action(tr("Show problem"), {}, [this, trouble = card->troubledNode] { showDiagnostics(trouble); });
        return menu;
    }
    action(tr("Add layer …"), QStringLiteral("Shift+A"), [this, at] { openQuickAdd(at); });
    if (m_commands.canPaste()) action(tr("Paste"), QStringLiteral("Ctrl+V"), [this] { m_commands.paste(); });
    if (!m_editor.spec().nodes().empty()) {
        action(tr("Select all"), QStringLiteral("Ctrl+A"), [this] { m_commands.selectAll(); });
        action(tr("Arrange"), QStringLiteral("L"), [this] { arrange(*this); });
        action(tr("Zoom to fit"), QStringLiteral("F"), [this] { fit(); });
    }
    return menu;
}

void CanvasView::dragEnterEvent(QDragEnterEvent* event) {
    m_draggedKind.clear();
    if (!event->mimeData()->hasFormat(kLayerKindMime)) return event->ignore();
    const std::string kind = event->mimeData()->data(kLayerKindMime).toStdString();
    if (!findLayerKind(kindOfPreset(kind)) && !findBlockKind(kind)) return event->ignore();
    m_draggedKind = kind;
    event->setDropAction(Qt::CopyAction);
    event->accept();
}

void CanvasView::dragMoveEvent(QDragMoveEvent* event) {
    if (m_draggedKind.empty()) return event->ignore();
    const QPointF at = mapToScene(event->position().toPoint());
    showDropPlan(*m_scene, m_editor.spec(), planDrop(m_editor.spec(), m_scene->model(), m_draggedKind, at), at);
    event->setDropAction(Qt::CopyAction);
    event->accept();
}

void CanvasView::dragLeaveEvent(QDragLeaveEvent* event) {
    m_draggedKind.clear();
    hideDropPlan(*m_scene);
    event->accept();
}

void CanvasView::dropEvent(QDropEvent* event) {
    if (m_draggedKind.empty()) return event->ignore();
    const QPointF at = mapToScene(event->position().toPoint());
    const DropPlan plan = planDrop(m_editor.spec(), m_scene->model(), m_draggedKind, at);
    hideDropPlan(*m_scene);
    m_draggedKind.clear();
    m_commands.drop(plan);
    event->setDropAction(Qt::CopyAction);
    event->accept();
    setFocus();
}

}  // namespace convolab
