#include "widgets/maps/number_grid_view.h"

#include "widgets/plots/number_text.h"

#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>

namespace convolab {

namespace {

constexpr int kNumbersFrom = 19;
constexpr double kSmallestShare = 0.72;  // of the font's size: below, nobody reads it

}  // namespace

NumberGridView::NumberGridView(Theme& theme, const QString& name, QWidget* parent) : ValueView(theme, name, parent) {
    setSizePolicy(QSizePolicy::Fixed, QSizePolicy::Fixed);
}

void NumberGridView::setGrid(const NumberGrid& grid, const ValueScale& scale) {
    const bool sameShape = grid.rows == m_grid.rows && grid.columns == m_grid.columns;
    m_grid = grid;
    m_scale = scale;
    m_decimals = tableDecimals(grid.values);
    if (!sameShape) updateGeometry();
    if (m_lit && (m_lit->y() >= grid.rows || m_lit->x() >= grid.columns)) m_lit.reset();
    update();
}

void NumberGridView::setCellSize(int pixels) {
    if (pixels == m_cell) return;
    m_cell = pixels;
    updateGeometry();
    update();
}

void NumberGridView::setLit(std::optional<QPoint> cell) {
    if (cell && (cell->y() >= m_grid.rows || cell->x() >= m_grid.columns)) cell.reset();
    if (cell == m_lit) return;
    m_lit = cell;
    update();
}

bool NumberGridView::isPadding(int row, int column) const {
    return !m_grid.padding.empty() && m_grid.padding[static_cast<std::size_t>(row * m_grid.columns + column)];
}

QString NumberGridView::cellText(int row, int column) const {
    return QString::fromStdString(fixedText(m_grid.at(row, column), m_decimals));
}

QRectF NumberGridView::cellRect(int row, int column) const {
    return {1.0 + column * m_cell, 1.0 + row * m_cell, m_cell - 1.0, m_cell - 1.0};
}

QSize NumberGridView::sizeHint() const {
    return {static_cast<int>(m_grid.columns) * m_cell + 2, static_cast<int>(m_grid.rows) * m_cell + 2};
}

void NumberGridView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QFont font = theme().font(FontRole::Axis);
    for (int row = 0; row < m_grid.rows; ++row) {
        for (int column = 0; column < m_grid.columns; ++column) {
            const QRectF cell = cellRect(row, column);
            const bool padding = isPadding(row, column);
            const ThemeColor fill = padding ? tokens().bg1 : m_scale.color(m_grid.at(row, column));
            painter.fillRect(cell, toQColor(fill));
            if (padding) {
                painter.setPen(QPen(toQColor(tokens().line2), 1, Qt::DashLine));
                painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5));
            }
            if (m_cell < kNumbersFrom) continue;
            const QString text = cellText(row, column);
            QFont fitting = font;
            const double share = (cell.width() - 2) / QFontMetricsF(font).horizontalAdvance(text);
            if (share < kSmallestShare) continue;
            if (share < 1) fitting.setPointSizeF(font.pointSizeF() * share);
            painter.setFont(fitting);
            painter.setPen(toQColor(padding ? tokens().text3 : inkOn(fill)));
            painter.drawText(cell, Qt::AlignCenter, text);
        }
    }
    if (m_lit) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(toQColor(tokens().accent), 2));
        painter.drawRect(cellRect(m_lit->y(), m_lit->x()));
    }
    paintFocus(painter, rect());
}

std::optional<InstrumentExport> NumberGridView::exported() const {
    if (m_grid.values.empty()) return std::nullopt;
    return gridExport({accessibleName().toStdString(), static_cast<int>(m_grid.rows), static_cast<int>(m_grid.columns), m_grid.values, m_scale});
}

void NumberGridView::mouseMoveEvent(QMouseEvent* event) {
    const QPoint at = event->position().toPoint() - QPoint(1, 1);
    const int row = at.y() / m_cell, column = at.x() / m_cell;
    if (at.x() < 0 || at.y() < 0 || row >= m_grid.rows || column >= m_grid.columns) return;
    setToolTip(tr("row %1, column %2: %3").arg(row).arg(column).arg(QString::fromStdString(valueText(m_grid.at(row, column), 6))));
    emit pointed(row, column);
}

void NumberGridView::leaveEvent(QEvent*) { emit left(); }

void NumberGridView::keyPressEvent(QKeyEvent* event) {
    QPoint to = m_lit.value_or(QPoint(0, 0));
    switch (event->key()) {
        case Qt::Key_Left: to.rx() -= 1; break;
        case Qt::Key_Right: to.rx() += 1; break;
        case Qt::Key_Up: to.ry() -= 1; break;
        case Qt::Key_Down: to.ry() += 1; break;
        default: return ValueView::keyPressEvent(event);
    }
    if (m_grid.values.empty()) return;
    to.setX(std::clamp(to.x(), 0, static_cast<int>(m_grid.columns) - 1));
    to.setY(std::clamp(to.y(), 0, static_cast<int>(m_grid.rows) - 1));
    setAccessibleDescription(tr("row %1, column %2: %3").arg(to.y()).arg(to.x()).arg(cellText(to.y(), to.x())));
    emit pointed(to.y(), to.x());
}

}  // namespace convolab
