#include "widgets/pad/drawing_pad.h"

#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <algorithm>

#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr std::size_t kUndoLimit = 50;
constexpr double kStep = DrawingPad::kSide / 28.0;
constexpr double kGuide = 4.0 / 28.0;  // the box of 20 in a field of 28
constexpr int kRadius = metrics::kFieldRadius;

}  // namespace

DrawingPad::DrawingPad(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme), m_drawing(kSide, kSide, QImage::Format_Grayscale8) {
    m_drawing.fill(0);
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setCursor(Qt::CrossCursor);
    setAccessibleName(tr("Drawing pad"));
    setToolTip(tr("Draw with the mouse. Keys: arrows move, space puts the pen down and lifts it, E erases, Delete clears."));
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    policy.setHeightForWidth(false);
    setSizePolicy(policy);
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
    describe();
}

bool DrawingPad::isBlank() const {
    for (int y = 0; y < kSide; ++y) {
        const uchar* line = m_drawing.constScanLine(y);
        if (std::any_of(line, line + kSide, [](uchar value) { return value != 0; })) return false;
    }
    return true;
}

void DrawingPad::setTool(Tool tool) {
    if (tool == m_tool) return;
    m_tool = tool;
    describe();
    update();
    emit toolChanged();
}

void DrawingPad::setPenWidth(double share) {
    m_penWidth = std::clamp(share, kThinnest, kThickest);
    update();
}

void DrawingPad::undo() {
    if (m_undo.empty()) return;
    m_last.reset();
    m_drawing = std::move(m_undo.back());
    m_undo.pop_back();
    describe();
    update();
    emit undoChanged();
    emit strokeChanged();
}

void DrawingPad::clear() {
    m_last.reset();
    if (!isBlank()) {
        m_undo.push_back(m_drawing.copy());
        m_drawing.fill(0);
        emit undoChanged();
    }
    describe();
    update();
    emit strokeChanged();
}

void DrawingPad::setLive(bool live) {
    if (m_live == live) return;
    m_live = live;
    update();
}

void DrawingPad::setHint(const QString& text) {
    m_hint = text;
    update();
}

QRectF DrawingPad::field() const {
    const double side = std::min(width(), height()) - 4.0;
    return {(width() - side) / 2, (height() - side) / 2, side, side};
}

QPointF DrawingPad::fromWidget(QPointF position) const {
    const QRectF square = field();
    return (position - square.topLeft()) * (kSide / square.width());
}

QPointF DrawingPad::toWidget(QPointF position) const {
    const QRectF square = field();
    return square.topLeft() + position * (square.width() / kSide);
}

void DrawingPad::beginStroke(QPointF position) {
    m_undo.push_back(m_drawing.copy());
    if (m_undo.size() > kUndoLimit) m_undo.erase(m_undo.begin());
    m_last = position;
    continueStroke(position);
    emit undoChanged();
}

void DrawingPad::continueStroke(QPointF position) {
    QPainter painter(&m_drawing);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(m_tool == Tool::Pen ? Qt::white : Qt::black, m_penWidth * kSide, Qt::SolidLine, Qt::RoundCap, Qt::RoundJoin));
    if (*m_last == position) {
        painter.drawPoint(position);
    } else {
        painter.drawLine(*m_last, position);
    }
    painter.end();
    m_last = position;
    update();
    emit strokeChanged();
}

void DrawingPad::endStroke() {
    if (!m_last) return;
    m_last.reset();
    describe();
    update();
}

void DrawingPad::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return QWidget::mousePressEvent(event);
    m_keyboard = false;
    m_cursor = fromWidget(event->position());
    beginStroke(m_cursor);
}

void DrawingPad::mouseMoveEvent(QMouseEvent* event) {
    m_hover = event->position();
    if ((event->buttons() & Qt::LeftButton) != 0 && m_last) {
        m_cursor = fromWidget(event->position());
        continueStroke(m_cursor);
    }
    update();
}

void DrawingPad::mouseReleaseEvent(QMouseEvent*) { endStroke(); }

void DrawingPad::leaveEvent(QEvent*) {
    m_hover.reset();
    update();
}

bool DrawingPad::event(QEvent* event) {
    // The window's own undo must not take what belongs to the pad.
    if (event->type() == QEvent::ShortcutOverride && static_cast<QKeyEvent*>(event)->matches(QKeySequence::Undo)) {
        event->accept();
        return true;
    }
    return QWidget::event(event);
}

void DrawingPad::keyPressEvent(QKeyEvent* event) {
    const double step = (event->modifiers() & Qt::ShiftModifier) != 0 ? kStep / 4 : kStep;
    if (event->matches(QKeySequence::Undo)) return undo();
    switch (event->key()) {
        case Qt::Key_Left: return moveCursor({-step, 0});
        case Qt::Key_Right: return moveCursor({step, 0});
        case Qt::Key_Up: return moveCursor({0, -step});
        case Qt::Key_Down: return moveCursor({0, step});
        case Qt::Key_Space:
            if (event->isAutoRepeat()) return;
            m_keyboard = true;
            if (m_last) {
                endStroke();
            } else {
                beginStroke(m_cursor);
            }
            return describe();
        case Qt::Key_E: return setTool(m_tool == Tool::Pen ? Tool::Eraser : Tool::Pen);
        case Qt::Key_Delete:
        case Qt::Key_Backspace: return clear();
        default: QWidget::keyPressEvent(event);
    }
}

void DrawingPad::moveCursor(QPointF by) {
    m_keyboard = true;
    m_cursor = {std::clamp(m_cursor.x() + by.x(), 0.0, double{kSide}), std::clamp(m_cursor.y() + by.y(), 0.0, double{kSide})};
    if (m_last) continueStroke(m_cursor);
    describe();
    update();
}

void DrawingPad::focusInEvent(QFocusEvent* event) {
    m_keyboard = event->reason() == Qt::TabFocusReason || event->reason() == Qt::BacktabFocusReason || event->reason() == Qt::ShortcutFocusReason;
    update();
}

void DrawingPad::focusOutEvent(QFocusEvent*) {
    endStroke();
    update();
}

void DrawingPad::describe() {
    const auto place = [](double value) { return static_cast<int>(value / kStep); };
    setAccessibleDescription(tr("%1, %2; cursor at column %3 of 28, row %4; %5")
                                 .arg(isBlank() ? tr("blank") : tr("drawn on"), m_tool == Tool::Pen ? tr("pen") : tr("eraser"))
                                 .arg(place(m_cursor.x())).arg(place(m_cursor.y())).arg(m_last ? tr("down") : tr("lifted")));
}

void DrawingPad::paintEvent(QPaintEvent*) {
    const Tokens& colors = m_theme.current();
    QPainter painter(this);
    painter.setRenderHints(QPainter::Antialiasing | QPainter::SmoothPixmapTransform);
    const QRectF square = field();
    painter.fillRect(square, Qt::black);
    painter.drawImage(square, m_drawing);
    painter.setPen(QPen(QColor(255, 255, 255, 42), 1, Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(square.adjusted(square.width() * kGuide, square.width() * kGuide, -square.width() * kGuide, -square.width() * kGuide));
    if (isBlank() && !m_hint.isEmpty()) {
        // The pad is black in both themes.
        painter.setPen(toQColor(tokens(ThemeMode::Dark).text3));
        painter.setFont(m_theme.font(FontRole::Caption));
        painter.drawText(square, Qt::AlignCenter | Qt::TextWordWrap, m_hint);
    }
    paintCursor(painter);
    painter.setBrush(Qt::NoBrush);
    if (hasFocus()) {
        painter.setPen(QPen(toQColor(withAlpha(colors.accent, 0.18)), 2));
        painter.drawRoundedRect(square.adjusted(-1, -1, 1, 1), kRadius + 1, kRadius + 1);
    }
    painter.setPen(QPen(toQColor(m_live || hasFocus() ? colors.accent : colors.line2), m_live ? 2 : 1));
    painter.drawRoundedRect(square, kRadius, kRadius);
}

void DrawingPad::paintCursor(QPainter& painter) const {
    const bool keys = m_keyboard && hasFocus();
    if (!keys && !m_hover) return;
    const QPointF centre = keys ? toWidget(m_cursor) : *m_hover;
    const double radius = m_penWidth * field().width() / 2;
    painter.save();
    painter.setClipRect(field());
    painter.setPen(QPen(toQColor(tokens(ThemeMode::Dark).accent), 1.5, m_tool == Tool::Pen ? Qt::SolidLine : Qt::DashLine));
    painter.setBrush(Qt::NoBrush);
    painter.drawEllipse(centre, radius, radius);
    painter.restore();
}

}  // namespace convolab
