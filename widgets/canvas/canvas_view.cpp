#include "widgets/canvas/canvas_view.h"

#include "core/graph/block_edits.h"

#include "widgets/canvas/canvas_accessible.h"
#include "widgets/canvas/canvas_controls.h"
#include "widgets/canvas/canvas_minimap.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/canvas/quick_add.h"
#include "widgets/diagnostics/diagnostic_popover.h"

#include <QElapsedTimer>
#include <QKeyEvent>
#include <QLineEdit>
#include <QPainter>
#include <QScrollBar>
#include <QStyle>
#include <QVariantAnimation>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr int kControlsRoom = 48, kLensRoom = 40;  // pixels of the viewport below and above what is fitted

/// A line edit lets Return through to its parent; the canvas would open the field again.
class RenameField : public QLineEdit {
  public:
    using QLineEdit::QLineEdit;

  protected:
    void keyPressEvent(QKeyEvent* event) override {
        QLineEdit::keyPressEvent(event);
        if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) event->accept();
    }
};

}  // namespace

CanvasView::CanvasView(SpecEditor& editor, Theme& theme, QWidget* parent)
    : QGraphicsView(parent), m_editor(editor), m_theme(theme), m_commands(editor, m_selection),
      m_scene(new CanvasScene(editor, theme, m_selection, this)), m_controls(new CanvasControls(*this, theme)),
      m_minimap(new CanvasMinimap(*this, theme)), m_popover(new DiagnosticPopover(theme, this)),
      m_quickAdd(new QuickAdd(theme, this)) {
    installCanvasAccessibility();
    setObjectName(QStringLiteral("canvas"));
    setScene(m_scene);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setTransformationAnchor(QGraphicsView::NoAnchor);
    setResizeAnchor(QGraphicsView::NoAnchor);
    setViewportUpdateMode(QGraphicsView::SmartViewportUpdate);
    setOptimizationFlag(QGraphicsView::DontSavePainterState);
    setRenderHint(QPainter::Antialiasing);
    setMouseTracking(true);
    setAcceptDrops(true);
    viewport()->setAcceptDrops(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumSize(240, 160);
    connect(&m_selection, &CanvasSelection::changed, this, [this] {
        m_scene->highlights().focusedPort = -1;
        describe();
        emit selectionChanged();
    });
    connect(m_scene, &CanvasScene::synced, this, [this] {
        if (m_popover->isVisible()) m_popover->hide();
        describe();
        placeOverlays();
    });
    connect(&theme, &Theme::changed, viewport(), QOverload<>::of(&QWidget::update));
    connect(m_popover, &DiagnosticPopover::fixLookedAt, this, &CanvasView::previewFix);
    connect(m_popover, &DiagnosticPopover::fixLeft, this, &CanvasView::clearPreview);
    connect(m_popover, &DiagnosticPopover::fixChosen, this, &CanvasView::applyFix);
    connect(m_popover, &DiagnosticPopover::closed, this, [this] { clearPreview(); setFocus(); });
    connect(m_quickAdd, &QuickAdd::chosen, this, [this](const QString& kind, QPointF at) {
        m_commands.add(kind.toStdString(), m_scene->model().inSpec(at));
        setFocus();
    });
    describe();
}

// The scene watches the selection, a member that goes first; the overlays look at the scene until it is taken away.
CanvasView::~CanvasView() {
    m_gesture.reset();
    setScene(nullptr);
    delete m_scene;
}

CanvasPointer CanvasView::pointerAt(QPoint position, Qt::KeyboardModifiers modifiers) const {
    // mapToScene(QPoint) rounds the pixel's corner; good enough, and the same for every event.
    return {mapToScene(position), position, modifiers};
}

void CanvasView::select(NodeId node, bool reveal) {
    if (!m_editor.spec().node(node)) return;
    m_selection.only(node);
    const CardItem* item = m_scene->cardItemOf(node);
    if (reveal && item && !mapToScene(viewport()->rect()).boundingRect().contains(item->rect())) centerOn(item->rect().center());
}

void CanvasView::addLayer(const std::string& kind) {
    const NodeId added = m_commands.add(kind, m_scene->model().inSpec(centreOfView() - QPointF(card::kWidth / 2, card::kFirstPort)));
    select(added, true);
}

void CanvasView::setZoom(double wanted, QPoint anchor) {
    const double next = std::clamp(wanted, 0.25, 4.0);
    const QPointF before = mapToScene(anchor);
    setTransform(QTransform::fromScale(next, next));
    m_follows = false;
    const QPointF away = QPointF(mapFromScene(before) - anchor);
    horizontalScrollBar()->setValue(horizontalScrollBar()->value() + int(std::round(away.x())));
    verticalScrollBar()->setValue(verticalScrollBar()->value() + int(std::round(away.y())));
    placeOverlays();
    emit zoomChanged(next);
}

QRectF CanvasView::fittedRoom() const { return m_scene->model().bounds().adjusted(-24, -32, 24, 24); }

double CanvasView::fittingZoom() const {
    // The controls at the bottom keep their place, and so does what a lens puts at the top: fit between them.
    const QRectF room = fittedRoom();
    const double height = std::max(80, viewport()->height() - kControlsRoom - kLensRoom);
    return std::clamp(std::min(viewport()->width() / room.width(), height / room.height()), 0.25, 1.0);
}

// The row of cards stays where it is as long as all is seen and could not be seen better.
void CanvasView::keepInView() {
    if (!m_follows || m_gesture || m_scene->model().bounds().isNull()) return;
    const QRectF shown = mapToScene(viewport()->rect().adjusted(0, kLensRoom, 0, -kControlsRoom)).boundingRect();
    if (zoom() < 0.999 * fittingZoom() || !shown.contains(m_scene->model().bounds())) fit(false);
}

void CanvasView::fit(bool animated) {
    const QRectF bounds = m_scene->model().bounds();
    if (m_zoomAnimation) m_zoomAnimation->stop();
    m_fitted = true;
    if (bounds.isNull()) {
        setZoom(1, viewport()->rect().center());
        centerOn(0, 0);
        return;
    }
    const double target = fittingZoom();
    const QPointF centre = fittedRoom().center() + QPointF(0, (kControlsRoom - kLensRoom) / 2.0 / target);
    const double start = zoom();
    const QPointF from = centreOfView();
    const auto show = [this, start, target, from, centre](double progress) {
        const double scale = start * std::pow(target / start, progress);
        m_fitting = true;
        setTransform(QTransform::fromScale(scale, scale));
        centerOn(from + progress * (centre - from));
        m_fitting = false;
        m_follows = true;
        placeOverlays();
        emit zoomChanged(scale);
    };
    if (!animated || m_scene->reduceMotion() || !isVisible()) return show(1);
    m_zoomAnimation = new QVariantAnimation(this);
    m_zoomAnimation->setDuration(metrics::kZoomMs);
    m_zoomAnimation->setStartValue(0.0);
    m_zoomAnimation->setEndValue(1.0);
    m_zoomAnimation->setEasingCurve(QEasingCurve::OutCubic);
    connect(m_zoomAnimation, &QVariantAnimation::valueChanged, this, [show](const QVariant& value) { show(value.toDouble()); });
    m_zoomAnimation->start(QAbstractAnimation::DeleteWhenStopped);
}

void CanvasView::setDecorator(CardDecorator* decorator) {
    m_scene->setDecorator(decorator);
    if (isVisible()) keepInView();
}

void CanvasView::previewFix(const Fix& fix) {
    m_scene->setPreview(previewOf(m_scene->model(), m_scene->modelOf(withFix(m_editor.spec(), fix))));
}

void CanvasView::applyFix(const Fix& fix) {
    clearPreview();
    m_commands.apply(fix);
}

void CanvasView::openQuickAdd(QPoint at) { m_quickAdd->open(at, mapToScene(at) - QPointF(card::kWidth / 2, card::kFirstPort)); }

void CanvasView::openRename(NodeId node) {
    const CardItem* item = m_scene->cardItemOf(node);
    const Node* named = m_editor.spec().node(node);
    if (!item || !named) return;
    if (m_rename) finishRename();
    QRectF box(item->pos() + QPointF(4, card::kBar + 1), QSizeF(card::kWidth - 8, card::kHeader - 2));
    for (std::size_t i = 0; i < item->card().rows.size(); ++i)
        if (item->card().rows[i].node == node) box = item->card().rowRect(i).translated(item->pos());
    m_renamed = node;
    const bool block = !item->card().block.isEmpty();
    const QString present = block ? item->card().block : toQString(named->name);
    m_rename = new RenameField(present, this);
    m_rename->setObjectName(QStringLiteral("renameField"));
    m_rename->setAccessibleName(tr("Name of %1").arg(present));
    QRect place = mapFromScene(box).boundingRect();
    place.setSize({std::max(place.width(), 112), 24});
    m_rename->setGeometry(place);
    m_rename->selectAll();
    m_rename->show();
    m_rename->setFocus();
    connect(m_rename, &QLineEdit::textEdited, this, [this, block, present](const QString& name) {
        NetworkSpec trial = m_editor.spec();
        const std::string wanted = name.trimmed().toStdString();
        const Status status = block ? renameBlock(trial, present.toStdString(), wanted) : trial.rename(m_renamed, wanted);
        m_rename->setProperty("invalid", !status.ok());
        m_rename->setToolTip(status.ok() ? QString() : toQString(status.error().sentence()));
        m_rename->style()->polish(m_rename);
    });
    connect(m_rename, &QLineEdit::editingFinished, this, &CanvasView::finishRename);
}

// A name that cannot be is not taken over; the old one stays.
void CanvasView::finishRename() {
    QLineEdit* field = std::exchange(m_rename, nullptr);
    if (!field) return;
    const QString name = field->text();
    field->hide();
    field->deleteLater();
    setFocus();
    const Card* card = m_scene->model().cardOf(m_renamed);
    const Node* node = m_editor.spec().node(m_renamed);
    if (!card || !node) return;
    const QString present = card->block.isEmpty() ? toQString(node->name) : card->block;
    if (present != name) (void)m_commands.rename(m_renamed, name);
}

void CanvasView::showDiagnostics(NodeId node) {
    const Card* card = m_scene->model().cardOf(node);
    if (!card) return;
    std::vector<Diagnostic> found;
    for (const Diagnostic& diagnostic : m_editor.analysis().diagnostics)
        if (std::find(card->nodes.begin(), card->nodes.end(), diagnostic.node) != card->nodes.end()) found.push_back(diagnostic);
    std::stable_sort(found.begin(), found.end(), [](const Diagnostic& a, const Diagnostic& b) { return a.severity < b.severity; });
    m_popover->showDiagnostics(std::move(found));
    placePopover(node);
    m_popover->setFocus();
}

void CanvasView::placePopover(NodeId node) {
    const CardItem* item = m_scene->cardItemOf(node);
    if (!item) return;
    const QRect around = mapFromScene(item->rect()).boundingRect();
    QPoint at(around.center().x() - m_popover->width() / 2, around.bottom() + 18);
    if (at.y() + m_popover->height() > height() - 8) at.setY(around.top() - m_popover->height() - 18);
    at.setX(std::clamp(at.x(), 8, std::max(8, width() - m_popover->width() - 8)));
    at.setY(std::clamp(at.y(), 8, std::max(8, height() - m_popover->height() - 8)));
    m_popover->move(at);
}

void CanvasView::placeOverlays() {
    m_controls->adjustSize();
    m_controls->move(12, height() - m_controls->height() - 12);
    m_minimap->refresh();
    m_minimap->move(width() - m_minimap->width() - 12, height() - m_minimap->height() - 12);
    emit viewMoved();
}

// What a screen reader says about the canvas.
void CanvasView::describe() {
    const NetworkSpec& spec = m_editor.spec();
    setAccessibleName(tr("Network canvas, %n layer(s)", nullptr, int(spec.nodes().size())));
    QString text;
    if (const Node* node = spec.node(m_selection.current())) {
        const Block* block = blockOf(spec, node->id);
        text = block && isFolded(spec, *block) ? tr("%1, block").arg(toQString(block->name)) : toQString(node->name);
        const NodeAnalysis* result = m_editor.analysis().find(node->id);
        text += result && result->output ? tr(", output %1").arg(toQString(result->output->text())) : tr(", output unknown");
        for (const Diagnostic& diagnostic : m_editor.analysis().diagnostics)
            if (diagnostic.node == node->id) text += QStringLiteral(". ") + toQString(diagnostic.title);
    }
    if (m_selection.nodes().size() > 1) text = tr("%1 layers selected").arg(m_selection.nodes().size());
    setAccessibleDescription(text);
}

void CanvasView::drawBackground(QPainter* painter, const QRectF& rect) {
    const Tokens& t = m_theme.current();
    painter->fillRect(rect, toQColor(t.bg2));
    double step = metrics::kCanvasDots;
    while (step * zoom() < 10) step *= 2;
    const double size = 1.5 / std::min(zoom(), 1.0);
    QList<QRectF> dots;
    for (double y = std::floor(rect.top() / step) * step; y <= rect.bottom(); y += step)
        for (double x = std::floor(rect.left() / step) * step; x <= rect.right(); x += step) dots.append(QRectF(x, y, size, size));
    painter->setRenderHint(QPainter::Antialiasing, false);
    painter->setPen(Qt::NoPen);
    painter->setBrush(toQColor(t.dot));
    painter->drawRects(dots);
    painter->setRenderHint(QPainter::Antialiasing, true);
}

void CanvasView::drawForeground(QPainter* painter, const QRectF& rect) {
    QGraphicsView::drawForeground(painter, rect);
    if (m_gesture) m_gesture->paint(*painter);
    if (!m_editor.spec().nodes().empty()) return;
    painter->resetTransform();
    painter->setFont(m_theme.font(FontRole::Body));
    painter->setPen(toQColor(m_theme.current().text3));
    painter->drawText(viewport()->rect(), Qt::AlignCenter, tr("Drag a layer here, or double-click to add one"));
}

void CanvasView::paintEvent(QPaintEvent* event) {
    QElapsedTimer timer;
    timer.start();
    QGraphicsView::paintEvent(event);
    m_paintMs = double(timer.nsecsElapsed()) / 1e6;
}

void CanvasView::resizeEvent(QResizeEvent* event) {
    m_fitting = true;  // the view's own scrolling, not a person's
    QGraphicsView::resizeEvent(event);
    m_fitting = false;
    placeOverlays();
    if (isVisible()) keepInView();
}

void CanvasView::showEvent(QShowEvent* event) {
    QGraphicsView::showEvent(event);
    if (!m_fitted) fit(false);
}

void CanvasView::scrollContentsBy(int dx, int dy) {
    QGraphicsView::scrollContentsBy(dx, dy);
    m_follows = m_follows && m_fitting;
    if (m_popover->isVisible()) m_popover->move(m_popover->pos() + QPoint(dx, dy));
    if (m_rename) m_rename->move(m_rename->pos() + QPoint(dx, dy));
    m_minimap->refresh();
    emit viewMoved();
}

}  // namespace convolab
