#include "widgets/pictures/picture_grid.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QScrollBar>
#include <QToolTip>
#include <algorithm>

#include "widgets/pictures/pixel_picture.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kGap = 6;
constexpr int kBorder = 2;
constexpr int kCaption = 15;
constexpr qsizetype kKept = 2000;

}  // namespace

PictureGrid::PictureGrid(Theme& theme, QWidget* parent) : QAbstractScrollArea(parent), m_theme(theme) {
    setFocusPolicy(Qt::StrongFocus);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    viewport()->setMouseTracking(true);
    connect(&theme, &Theme::changed, viewport(), qOverload<>(&QWidget::update));
}

void PictureGrid::setPictures(qint64 count, std::function<Thumbnail(qint64)> make) {
    m_make = std::move(make);
    m_cache.clear();
    if (count != m_count) {
        m_count = count;
        m_selected = std::min(m_selected, count - 1);
        updateScrolling();
    }
    describe();
    viewport()->update();
}

void PictureGrid::refresh() {
    m_cache.clear();
    describe();
    viewport()->update();
}

void PictureGrid::setSide(int pixels) {
    m_side = pixels;
    setRows(m_rows);
    updateScrolling();
}

void PictureGrid::setRows(int rows) {
    m_rows = rows;
    if (rows > 0) setFixedHeight(rows * rowHeight());
    updateGeometry();
}

void PictureGrid::setSelected(qint64 index, bool revealIt) {
    const qint64 wanted = index >= 0 && index < m_count ? index : -1;
    const bool other = wanted != m_selected;
    m_selected = wanted;
    if (other && revealIt && wanted >= 0) reveal(wanted);
    if (other) describe();
    viewport()->update();
}

void PictureGrid::setLive(bool live) {
    if (m_live == live) return;
    m_live = live;
    viewport()->update();
}

void PictureGrid::setStale(bool stale) {
    if (m_stale == stale) return;
    m_stale = stale;
    viewport()->update();
}

void PictureGrid::setEmptyText(const QString& text) {
    m_empty = text;
    describe();
    viewport()->update();
}

int PictureGrid::rowHeight() const { return m_side + 2 * kBorder + kCaption + kGap; }

int PictureGrid::columns() const { return std::max(1, (viewport()->width() + kGap) / (m_side + 2 * kBorder + kGap)); }

int PictureGrid::rowsInView() const { return std::max(1, viewport()->height() / rowHeight()); }

QRect PictureGrid::cellRect(qint64 index) const {
    const qint64 row = index / columns() - verticalScrollBar()->value();
    const int column = static_cast<int>(index % columns());
    return {column * (m_side + 2 * kBorder + kGap) + kBorder, static_cast<int>(row) * rowHeight() + kBorder, m_side, m_side};
}

qint64 PictureGrid::at(QPoint position) const {
    const int column = position.x() / (m_side + 2 * kBorder + kGap);
    if (position.x() < 0 || position.y() < 0 || column >= columns()) return -1;
    const qint64 index = (position.y() / rowHeight() + verticalScrollBar()->value()) * qint64{columns()} + column;
    return index < m_count ? index : -1;
}

void PictureGrid::updateScrolling() {
    const qint64 rows = (m_count + columns() - 1) / columns();
    verticalScrollBar()->setRange(0, static_cast<int>(std::max<qint64>(0, rows - rowsInView())));
    verticalScrollBar()->setSingleStep(1);
    verticalScrollBar()->setPageStep(rowsInView());
}

void PictureGrid::resizeEvent(QResizeEvent*) {
    updateScrolling();
    if (m_selected >= 0) reveal(m_selected);
}

const Thumbnail& PictureGrid::thumbnail(qint64 index) {
    const auto known = m_cache.constFind(index);
    if (known != m_cache.constEnd()) return *known;
    if (m_cache.size() >= kKept) m_cache.clear();
    return *m_cache.insert(index, m_make ? m_make(index) : Thumbnail{});
}

void PictureGrid::reveal(qint64 index) {
    const int row = static_cast<int>(index / columns());
    QScrollBar* bar = verticalScrollBar();
    if (row < bar->value()) bar->setValue(row);
    if (row >= bar->value() + rowsInView()) bar->setValue(row - rowsInView() + 1);
}

void PictureGrid::choose(qint64 index) {
    if (m_count == 0) return;
    const qint64 wanted = std::clamp<qint64>(index, 0, m_count - 1);
    setSelected(wanted);
    emit chosen(wanted);
}

void PictureGrid::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    if (const qint64 index = at(event->pos()); index >= 0) choose(index);
}

void PictureGrid::mouseMoveEvent(QMouseEvent* event) {
    const qint64 index = at(event->pos());
    if (index == m_hovered) return;
    m_hovered = index;
    viewport()->update();
}

void PictureGrid::leaveEvent(QEvent*) {
    m_hovered = -1;
    viewport()->update();
}

void PictureGrid::keyPressEvent(QKeyEvent* event) {
    const qint64 page = qint64{rowsInView()} * columns();
    switch (event->key()) {
        case Qt::Key_Left: return choose(m_selected - 1);
        case Qt::Key_Right: return choose(m_selected + 1);
        case Qt::Key_Up: return choose(m_selected - columns());
        case Qt::Key_Down: return choose(m_selected + columns());
        case Qt::Key_PageUp: return choose(m_selected - page);
        case Qt::Key_PageDown: return choose(m_selected + page);
        case Qt::Key_Home: return choose(0);
        case Qt::Key_End: return choose(m_count - 1);
        case Qt::Key_Return:
        case Qt::Key_Enter:
        case Qt::Key_Space: return choose(m_selected);
        default: QAbstractScrollArea::keyPressEvent(event);
    }
}

void PictureGrid::focusInEvent(QFocusEvent*) { viewport()->update(); }
void PictureGrid::focusOutEvent(QFocusEvent*) { viewport()->update(); }

bool PictureGrid::viewportEvent(QEvent* event) {
    if (event->type() == QEvent::ToolTip) {
        auto* help = static_cast<QHelpEvent*>(event);
        const qint64 index = at(help->pos());
        const Thumbnail shown = index >= 0 ? thumbnail(index) : Thumbnail{};
        QToolTip::showText(help->globalPos(), shown.accessible.isEmpty() ? shown.caption : shown.accessible, viewport());
        return true;
    }
    return QAbstractScrollArea::viewportEvent(event);
}

void PictureGrid::describe() {
    if (m_count == 0) return setAccessibleDescription(m_empty);
    if (m_selected < 0) return setAccessibleDescription(tr("%n pictures, none chosen", nullptr, static_cast<int>(m_count)));
    const Thumbnail& shown = thumbnail(m_selected);
    setAccessibleDescription(shown.accessible.isEmpty() ? shown.caption : shown.accessible);
}

void PictureGrid::paintEvent(QPaintEvent*) {
    QPainter painter(viewport());
    const Tokens& colors = m_theme.current();
    painter.setFont(m_theme.font(FontRole::Caption));
    if (m_count == 0) {
        painter.setPen(toQColor(colors.text3));
        painter.drawText(viewport()->rect().adjusted(0, 4, 0, 0), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_empty);
        return;
    }
    const qint64 first = qint64{verticalScrollBar()->value()} * columns();
    const qint64 last = std::min(m_count, first + qint64{rowsInView()} * columns());
    for (qint64 i = first; i < last; ++i) paintCell(painter, i);
}

void PictureGrid::paintCell(QPainter& painter, qint64 index) {
    const Tokens& colors = m_theme.current();
    const Thumbnail& shown = thumbnail(index);
    const QRect cell = cellRect(index);
    painter.fillRect(cell, toQColor(colors.bg4));
    drawPixels(painter, shown.picture, cell);
    const QRectF frame = QRectF(cell).adjusted(-1, -1, 1, 1);
    if (index == m_selected) {
        painter.setPen(QPen(toQColor(m_live ? colors.accent : colors.text3), m_live ? 2 : 1));
        painter.drawRect(frame);
        if (hasFocus()) {
            painter.setPen(QPen(toQColor(withAlpha(colors.accent, 0.35)), 1));
            painter.drawRect(frame.adjusted(-1, -1, 1, 1));
        }
    } else if (index == m_hovered) {
        painter.setPen(QPen(toQColor(colors.text2), 1));
        painter.drawRect(frame);
    }
    painter.setPen(toQColor(m_stale ? colors.text3 : shown.wrong ? colors.error : colors.text2));
    const QRect line(cell.left() - kBorder, cell.bottom() + kBorder, cell.width() + 2 * kBorder, kCaption);
    painter.drawText(line, Qt::AlignCenter, painter.fontMetrics().elidedText(shown.caption, Qt::ElideRight, line.width()));
}

}  // namespace convolab
