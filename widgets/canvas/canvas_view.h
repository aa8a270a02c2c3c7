// The canvas: the network as cards and edges, to look at and to edit with mouse and keyboard. Painted by the CPU.
// Every change goes through the SpecEditor and is one undo step. UI thread only.
#pragma once

#include "widgets/canvas/canvas_commands.h"
#include "widgets/canvas/canvas_gesture.h"
#include "widgets/canvas/canvas_scene.h"

#include <QGraphicsView>

#include <memory>

class QLineEdit;
class QMenu;
class QVariantAnimation;

namespace convolab {

class CanvasControls;
class CanvasMinimap;
class DiagnosticPopover;
class QuickAdd;

class CanvasView : public QGraphicsView {
    Q_OBJECT

public:
    CanvasView(SpecEditor& editor, Theme& theme, QWidget* parent = nullptr);
    ~CanvasView() override;

    SpecEditor& editor() const { return m_editor; }
    CanvasSelection& selection() { return m_selection; }
    CanvasScene& canvas() const { return *m_scene; }
    CanvasCommands& commands() { return m_commands; }
    DiagnosticPopover& popover() { return *m_popover; }

    void select(NodeId node, bool reveal);            // with reveal: scrolls until it is in view
    void addLayer(const std::string& kind);           // as Enter in the palette
    double zoom() const { return transform().m11(); }
    void setZoom(double zoom, QPoint anchor);         // the point under `anchor` (viewport) stays; 0.25 to 4
    void zoomBy(double factor) { setZoom(zoom() * factor, viewport()->rect().center()); }
    // Everything in view, at most 100 %; stays so with another lens or size until somebody zooms or moves the view.
    void fit(bool animated = true);
    void setDecorator(CardDecorator* decorator);
    void setReduceMotion(bool reduce) { m_scene->setReduceMotion(reduce); }

    void openQuickAdd(QPoint at);                     // viewport coordinates
    void openRename(NodeId node);
    void showDiagnostics(NodeId node);                // the popover at the node's card
    void previewFix(const Fix& fix);                  // ghosts until clearPreview
    void clearPreview() { m_scene->setPreview({}); }
    void applyFix(const Fix& fix);
    std::unique_ptr<QMenu> contextMenu(const CanvasHit& hit, QPoint at);

    CanvasPointer pointerAt(QPoint viewportPosition, Qt::KeyboardModifiers modifiers = {}) const;
    QPoint viewportPosition(QPointF scene) const { return mapFromScene(scene); }
    double lastPaintMilliseconds() const { return m_paintMs; }

signals:
    void selectionChanged();
    void zoomChanged(double zoom);
    void viewMoved();

protected:
    void drawBackground(QPainter* painter, const QRectF& rect) override;
    void drawForeground(QPainter* painter, const QRectF& rect) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void mouseDoubleClickEvent(QMouseEvent* event) override;
    void wheelEvent(QWheelEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void contextMenuEvent(QContextMenuEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void keyReleaseEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;
    bool focusNextPrevChild(bool next) override;
    void dragEnterEvent(QDragEnterEvent* event) override;
    void dragMoveEvent(QDragMoveEvent* event) override;
    void dragLeaveEvent(QDragLeaveEvent* event) override;
    void dropEvent(QDropEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;
    void scrollContentsBy(int dx, int dy) override;

private:
    CanvasParts parts() { return {m_editor, *m_scene, m_selection, m_theme, *this}; }
    void pressLeft(const CanvasPointer& pointer, const CanvasHit& hit);
    bool pressSlot(const CanvasPointer& pointer, const CanvasHit& hit);
    void updateHover(const CanvasPointer& pointer);
    bool handleEditKey(QKeyEvent* event);
    bool handleMoveKey(QKeyEvent* event);
    void focusPort(int port);
    void openConnectMenu();
    void finishRename();
    QRectF fittedRoom() const;
    double fittingZoom() const;
    void keepInView();
    void placePopover(NodeId node);
    void placeOverlays();
    void describe();
    void cancelGesture();
    QPointF centreOfView() const { return mapToScene(viewport()->rect().center()); }

    SpecEditor& m_editor;
    Theme& m_theme;
    CanvasSelection m_selection;
    CanvasCommands m_commands;
    CanvasScene* m_scene;
    CanvasControls* m_controls;
    CanvasMinimap* m_minimap;
    DiagnosticPopover* m_popover;
    QuickAdd* m_quickAdd;
    QLineEdit* m_rename = nullptr;
    NodeId m_renamed;
    std::unique_ptr<CanvasGesture> m_gesture;
    QPointer<QVariantAnimation> m_zoomAnimation;
    std::string m_draggedKind;
    bool m_spacePressed = false, m_fitted = false, m_follows = false, m_fitting = false, m_handScroll = false;
    double m_paintMs = 0;
};

}  // namespace convolab
