#include "widgets/maps/map_view.h"

#include "widgets/pictures/pixel_picture.h"
#include "widgets/plots/number_text.h"

#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr double kNumbersFrom = 17;  // pixels a cell: below, nobody reads them
constexpr double kWholePixelsFrom = 6;
constexpr double kSmallestShare = 0.62;  // of the font's size
constexpr double kPaddingFrom = 4;  // pixels a cell: below, padding is only a frame

// Maps and images look the same in both themes, hence so do the marks on them.
QColor markColor() { return toQColor(tokens(ThemeMode::Dark).series[1]); }

}  // namespace

MapView::MapView(Theme& theme, const QString& name, QWidget* parent) : ValueView(theme, name, parent) {
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void MapView::clear(const QString& why) {
    m_table = {};
    m_channels.clear();
    m_picture = m_overlay = {};
    m_window.reset();
    m_mark.reset();
    m_padding = {};
    m_why = why;
    setAccessibleDescription(why);
    update();
}

void MapView::setMap(const std::string& title, std::span<const float> values, int rows, int columns, const ValueScale& scale) {
    const bool sameShape = rows == m_table.rows && columns == m_table.columns;
    m_table = {title, rows, columns, {values.begin(), values.end()}, scale};
    m_channels.clear();
    m_picture = scale.picture(values, columns, rows);
    if (!sameShape) updateGeometry();
    update();
}

void MapView::setImage(const std::string& title, View<const float> image) {
    const int rows = static_cast<int>(image.shape.height()), columns = static_cast<int>(image.shape.width());
    const bool sameShape = rows == m_table.rows && columns == m_table.columns;
    const auto area = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    m_table = {title, rows, columns, {image.data, image.data + area}, {ValueScale::Kind::Grey, 1.0}};
    m_channels.clear();
    for (std::int64_t channel = 0; channel < image.shape.channels() && image.shape.channels() > 1; ++channel) {
        const float* first = image.data + static_cast<std::size_t>(channel) * area;
        m_channels.emplace_back(first, first + area);
    }
    m_picture = pixelPicture(image);
    if (!sameShape) updateGeometry();
    update();
}

void MapView::setOverlay(QImage overlay, double opacity) {
    m_overlay = std::move(overlay);
    m_opacity = opacity;
    update();
}

void MapView::setWindow(std::optional<CellWindow> window) {
    if (window == m_window) return;
    m_window = window;
    update();
}

void MapView::setPadding(const CellPadding& padding) {
    if (padding == m_padding) return;
    m_padding = padding;
    updateGeometry();
    update();
}

void MapView::setMark(std::optional<QPoint> cell) {
    if (cell == m_mark) return;
    m_mark = cell;
    if (cell) setAccessibleDescription(valueText(cell->y(), cell->x()));
    update();
}

void MapView::setLargestSide(int pixels) {
    m_largestSide = pixels;
    updateGeometry();
}

void MapView::setNumbersShown(bool shown) {
    m_numbers = shown;
    update();
}

double MapView::valueAt(int row, int column) const { return m_table.values[static_cast<std::size_t>(row * m_table.columns + column)]; }

QSize MapView::sizeHint() const { return {140, heightForWidth(140)}; }

// Whole device pixels a cell where there are enough of them: every cell is as wide as its neighbour.
double MapView::cellFor(double width) const {
    const double across = m_table.columns + m_padding.left + m_padding.right;
    const double down = m_table.rows + m_padding.top + m_padding.bottom;
    const double side = (m_largestSide > 0 ? std::min<double>(width, m_largestSide) : width) - 2;
    const double cell = std::max(0.5, side / std::max(across, m_largestSide > 0 ? down : 1.0));
    const double ratio = devicePixelRatioF();
    return cell * ratio >= kWholePixelsFrom ? std::floor(cell * ratio) / ratio : cell;
}

int MapView::heightForWidth(int width) const {
    if (m_table.columns == 0) return std::min(width, 72);
    return static_cast<int>(std::ceil(cellFor(width) * (m_table.rows + m_padding.top + m_padding.bottom))) + 2;
}

MapView::Frame MapView::frame() const {
    Frame result;
    result.cell = cellFor(width());
    result.origin = {std::floor(1 + m_padding.left * result.cell), std::floor(1 + m_padding.top * result.cell)};
    return result;
}

QRectF MapView::cellRect(int row, int column) const {
    const Frame f = frame();
    return {f.origin.x() + column * f.cell, f.origin.y() + row * f.cell, f.cell, f.cell};
}

std::optional<QPoint> MapView::cellAt(QPointF at) const {
    if (m_table.columns == 0) return std::nullopt;
    const Frame f = frame();
    const int column = static_cast<int>(std::floor((at.x() - f.origin.x()) / f.cell));
    const int row = static_cast<int>(std::floor((at.y() - f.origin.y()) / f.cell));
    if (row < 0 || column < 0 || row >= m_table.rows || column >= m_table.columns) return std::nullopt;
    return QPoint(column, row);
}

QString MapView::valueText(int row, int column) const {
    if (row < 0 || column < 0 || row >= m_table.rows || column >= m_table.columns) return {};
    QString value;
    const auto index = static_cast<std::size_t>(row * m_table.columns + column);
    for (std::size_t channel = 0; channel < m_channels.size(); ++channel)
        value += (channel > 0 ? QStringLiteral(", ") : QString()) + QString::fromStdString(convolab::valueText(m_channels[channel][index], 4));
    if (m_channels.empty()) value = QString::fromStdString(convolab::valueText(m_table.values[index], 4));
    return tr("row %1, column %2: %3").arg(row).arg(column).arg(value);
}

void MapView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (m_table.columns == 0) {
        painter.setFont(theme().font(FontRole::Caption));
        painter.setPen(toQColor(tokens().text3));
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, m_why);
        return;
    }
    const Frame f = frame();
    const QRectF area(f.origin, QSizeF(m_table.columns * f.cell, m_table.rows * f.cell));
    painter.drawImage(area, m_picture);
    if (!m_overlay.isNull()) {
        painter.setOpacity(m_opacity);
        painter.drawImage(area, m_overlay);
        painter.setOpacity(1);
    }
    if (m_numbers && f.cell >= kNumbersFrom) paintNumbers(painter, f);
    paintPadding(painter, f);
    if (m_mark) {
        painter.setPen(QPen(markColor(), 1.5));
        painter.setBrush(Qt::NoBrush);
        painter.drawRect(cellRect(m_mark->y(), m_mark->x()).adjusted(-1, -1, 1, 1));
    }
    paintWindow(painter, f);
    paintFocus(painter, area.adjusted(-1, -1, 1, 1));
}

void MapView::paintNumbers(QPainter& painter, const Frame& f) const {
    const int decimals = tableDecimals(m_table.values);
    for (int row = 0; row < m_table.rows; ++row) {
        for (int column = 0; column < m_table.columns; ++column) {
            const QRectF cell = cellRect(row, column);
            const QString text = QString::fromStdString(fixedText(valueAt(row, column), decimals));
            QFont font = theme().font(FontRole::Axis);
            const double share = (f.cell - 3) / QFontMetricsF(font).horizontalAdvance(text);
            if (share < kSmallestShare) continue;
            if (share < 1) font.setPointSizeF(font.pointSizeF() * share);
            painter.setFont(font);
            painter.setPen(toQColor(inkOn(m_table.scale.color(valueAt(row, column)))));
            painter.drawText(cell, Qt::AlignCenter, text);
        }
    }
}

void MapView::paintPadding(QPainter& painter, const Frame& f) const {
    if (m_padding == CellPadding{}) return;
    painter.setPen(QPen(toQColor(tokens().line2), 1, Qt::CustomDashLine));
    QPen pen = painter.pen();
    pen.setDashPattern({2, 2});
    painter.setPen(pen);
    painter.setBrush(Qt::NoBrush);
    const int top = -m_padding.top, left = -m_padding.left;
    const int bottom = m_table.rows + m_padding.bottom, right = m_table.columns + m_padding.right;
    if (f.cell < kPaddingFrom) {
        painter.drawRect(QRectF(f.origin + QPointF(left, top) * f.cell, f.origin + QPointF(right, bottom) * f.cell));
        return;
    }
    for (int row = top; row < bottom; ++row)
        for (int column = left; column < right; ++column) {
            const bool inside = row >= 0 && column >= 0 && row < m_table.rows && column < m_table.columns;
            if (!inside) painter.drawRect(cellRect(row, column).adjusted(0.5, 0.5, -0.5, -0.5));
        }
}

void MapView::paintWindow(QPainter& painter, const Frame& f) const {
    if (!m_window) return;
    const CellWindow& w = *m_window;
    const QColor color = markColor();
    painter.setBrush(Qt::NoBrush);
    const bool dilated = w.dilationHeight > 1 || w.dilationWidth > 1;
    if (dilated) {
        painter.setPen(QPen(color, 1));
        for (int u = 0; u < w.height; ++u)
            for (int v = 0; v < w.width; ++v) painter.drawRect(cellRect(w.top + u * w.dilationHeight, w.left + v * w.dilationWidth).adjusted(0.5, 0.5, -0.5, -0.5));
    }
    QPen pen(color, 1.75);
    if (dilated) pen.setStyle(Qt::DotLine);
    painter.setPen(pen);
    painter.drawRect(QRectF(cellRect(w.top, w.left).topLeft(), QSizeF(w.coveredWidth() * f.cell, w.coveredHeight() * f.cell)).adjusted(-0.5, -0.5, 0.5, 0.5));
}

std::optional<InstrumentExport> MapView::exported() const {
    if (m_table.columns == 0) return std::nullopt;
    return mapExport(m_table);
}

void MapView::point(QPoint cell) {
    emit pointed(cell.y(), cell.x());
}

void MapView::mouseMoveEvent(QMouseEvent* event) {
    if (const auto cell = cellAt(event->position())) point(*cell);
}

void MapView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    setFocus(Qt::MouseFocusReason);
    if (const auto cell = cellAt(event->position())) emit chosen(cell->y(), cell->x());
}

void MapView::leaveEvent(QEvent*) { emit left(); }

void MapView::keyPressEvent(QKeyEvent* event) {
    const QPoint at = m_mark.value_or(QPoint(0, 0));
    QPoint to = at;
    switch (event->key()) {
        case Qt::Key_Left: to.rx() -= 1; break;
        case Qt::Key_Right: to.rx() += 1; break;
        case Qt::Key_Up: to.ry() -= 1; break;
        case Qt::Key_Down: to.ry() += 1; break;
        case Qt::Key_Home: to.setX(0); break;
        case Qt::Key_End: to.setX(m_table.columns - 1); break;
        case Qt::Key_Return:
        case Qt::Key_Enter:
            if (m_table.columns > 0) emit chosen(at.y(), at.x());
            return;
        default: ValueView::keyPressEvent(event); return;
    }
    if (m_table.columns == 0) return;
    to.setX(std::clamp(to.x(), 0, m_table.columns - 1));
    to.setY(std::clamp(to.y(), 0, m_table.rows - 1));
    setMark(to);
    point(to);
}

}  // namespace convolab
