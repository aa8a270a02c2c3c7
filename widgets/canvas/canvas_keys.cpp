// The canvas's keyboard: everything that the mouse can do.
#include "widgets/canvas/arrange.h"
#include "widgets/canvas/canvas_view.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/spec_edits.h"
#include "widgets/diagnostics/diagnostic_popover.h"

#include <QKeyEvent>
#include <QMenu>
#include <QUndoStack>

namespace convolab {

void CanvasView::keyPressEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Escape) {
        if (m_gesture) {
            cancelGesture();
        } else if (m_popover->isVisible()) {
            m_popover->hide();
            clearPreview();
        } else if (!m_selection.empty()) {
            m_selection.clear();
        } else {
            event->ignore();
        }
        return;
    }
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat()) {
        m_spacePressed = true;
        viewport()->setCursor(Qt::OpenHandCursor);
        return;
    }
    if (m_gesture) return;
    if (!handleEditKey(event) && !handleMoveKey(event)) event->ignore();
}

bool CanvasView::handleEditKey(QKeyEvent* event) {
    if (event->matches(QKeySequence::SelectAll)) m_commands.selectAll();
    else if (event->matches(QKeySequence::Copy)) m_commands.copySelected();
    else if (event->matches(QKeySequence::Cut)) m_commands.cutSelected();
    else if (event->matches(QKeySequence::Paste)) m_commands.paste();
    else if (event->matches(QKeySequence::Undo)) m_editor.undoStack().undo();
    else if (event->matches(QKeySequence::Redo)) m_editor.undoStack().redo();
    else if (event->key() == Qt::Key_D && event->modifiers() == Qt::ControlModifier) m_commands.duplicateSelected();
    else if (event->key() == Qt::Key_G && event->modifiers() == Qt::ControlModifier) m_commands.groupSelected();
    else if (event->key() == Qt::Key_Delete || event->key() == Qt::Key_Backspace) m_commands.removeSelected();
    else if (event->key() == Qt::Key_A && event->modifiers() == Qt::ShiftModifier) {
        const CardItem* item = m_scene->cardItemOf(m_selection.current());
        const QPoint pointer = viewport()->mapFromGlobal(QCursor::pos());
        openQuickAdd(item ? mapFromScene(item->rect().bottomRight()) : viewport()->rect().contains(pointer) ? pointer : viewport()->rect().center());
    } else if (event->key() == Qt::Key_F2) {
        openRename(m_selection.current());
    } else if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) {
        if (m_scene->highlights().focusedPort >= 0)
            openConnectMenu();
        else
            openRename(m_selection.current());
    } else {
        return false;
    }
    return true;
}

bool CanvasView::handleMoveKey(QKeyEvent* event) {
    const int key = event->key();
    const int dx = key == Qt::Key_Left ? -1 : key == Qt::Key_Right ? 1 : 0;
    const int dy = key == Qt::Key_Up ? -1 : key == Qt::Key_Down ? 1 : 0;
    if (dx != 0 || dy != 0) {
        m_scene->highlights().keyboardFocus = true;
        if (event->modifiers() & Qt::AltModifier) {
            m_commands.nudge(4 * dx, 4 * dy);
        } else {
            m_commands.selectNeighbour(dx, dy);
            if (m_selection.current()) select(m_selection.current(), true);
        }
        m_scene->updateLooks();
        return true;
    }
    if (key == Qt::Key_F && event->modifiers() == Qt::NoModifier) fit();
    else if (key == Qt::Key_L && event->modifiers() == Qt::NoModifier) arrange(*this);
    else if (key == Qt::Key_Plus || key == Qt::Key_Equal) zoomBy(1.25);
    else if (key == Qt::Key_Minus) zoomBy(0.8);
    else if (key == Qt::Key_1 && event->modifiers() == Qt::NoModifier) setZoom(1, viewport()->rect().center());
    else return false;
    return true;
}

void CanvasView::keyReleaseEvent(QKeyEvent* event) {
    if (event->key() == Qt::Key_Space && !event->isAutoRepeat()) {
        m_spacePressed = false;
        if (!m_gesture) viewport()->unsetCursor();
    }
    QGraphicsView::keyReleaseEvent(event);
}

void CanvasView::focusInEvent(QFocusEvent* event) {
    QGraphicsView::focusInEvent(event);
    const bool byKey = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason;
    m_scene->highlights().keyboardFocus = byKey;
    if (byKey && !m_selection.current()) m_commands.selectNeighbour(1, 0);
    m_scene->updateLooks();
}

void CanvasView::focusOutEvent(QFocusEvent* event) {
    QGraphicsView::focusOutEvent(event);
    m_spacePressed = false;
    m_scene->highlights().keyboardFocus = false;
    m_scene->highlights().focusedPort = -1;
    m_scene->updateLooks();
}

// Tab goes from the card to its ports, then to the next panel.
bool CanvasView::focusNextPrevChild(bool next) {
    const Card* card = m_scene->model().cardOf(m_selection.current());
    if (!card || !hasFocus()) return QGraphicsView::focusNextPrevChild(next);
    const int ports = card->inputPorts + (card->outputPort ? 1 : 0);
    const int wanted = m_scene->highlights().focusedPort + (next ? 1 : -1);
    if (wanted >= ports || wanted < -1) {
        focusPort(-1);
        return QGraphicsView::focusNextPrevChild(next);
    }
    focusPort(wanted);
    return true;
}

void CanvasView::focusPort(int port) {
    const Card* card = m_scene->model().cardOf(m_selection.current());
    CanvasHighlights& lights = m_scene->highlights();
    lights.portCard = card ? card->head : NodeId{};
    lights.focusedPort = port;
    lights.keyboardFocus = true;
    m_scene->updateLooks();
    if (port < 0 || !card) return describe();
    setAccessibleDescription(port < card->inputPorts ? tr("Input %1 of %2. Enter chooses what to connect").arg(port).arg(card->name)
                                                     : tr("Output of %1. Enter chooses what to connect").arg(card->name));
}

// The keyboard's way of drawing an edge: a list of everything that the port can be connected with.
void CanvasView::openConnectMenu() {
    const Card* card = m_scene->model().cardOf(m_selection.current());
    if (!card) return;
    const int port = m_scene->highlights().focusedPort;
    const bool fromHere = port >= card->inputPorts;
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->setObjectName(QStringLiteral("connectMenu"));
    const NetworkSpec& spec = m_editor.spec();
    if (const Edge* taken = fromHere ? nullptr : spec.edgeInto({card->head, port})) {
        const EdgeId edge = taken->id;
        menu->addAction(tr("Disconnect from %1").arg(toQString(spec.node(taken->from.node)->name)), this,
                        [this, edge] { m_editor.edit(tr("Disconnect"), [edge](NetworkSpec& changed) { cutLink(changed, edge); }); });
        menu->addSeparator();
    }
    for (const Card& other : m_scene->model().cards) {
        if (other.head == card->head) continue;
        const PortRef from{fromHere ? card->tail() : other.tail(), 0};
        const PortRef to = fromHere ? freeInputPort(spec, other.head) : PortRef{card->head, port};
        const ConnectVerdict verdict = connectVerdict(spec, from, to);
        QAction* action = menu->addAction((fromHere ? tr("To %1") : tr("From %1")).arg(other.name) +
                                              (verdict.reason.isEmpty() ? QString() : QStringLiteral(" – ") + verdict.reason),
                                          this, [this, from, verdict] { m_commands.connect(from, verdict.to); });
        action->setEnabled(verdict.allowed);
    }
    if (menu->isEmpty()) return menu->deleteLater();
    const CardItem* item = m_scene->cardItem(card->head);
    menu->popup(viewport()->mapToGlobal(mapFromScene(fromHere ? item->outputPort() : item->inputPort(port))));
}

}  // namespace convolab
