#include "widgets/inspector/shape_diagram.h"

#include "widgets/canvas/layer_group_style.h"

#include <QPainter>
#include <QPainterPath>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

// A box in parallel projection: front face w × h with its depth to the upper right.
struct Box {
    QRectF front;
    QPointF depth;
};

Box boxOf(const Shape& shape, double largest, QPointF centre) {
    const double size = [&](double extent) { return std::clamp(58 * std::sqrt(extent / largest), 10.0, 58.0); }(double(std::max(shape.height(), shape.width())));
    const double h = size * std::min(1.0, double(shape.height()) / double(std::max(shape.height(), shape.width())));
    const double w = size * std::min(1.0, double(shape.width()) / double(std::max(shape.height(), shape.width())));
    const double deep = std::clamp(4 + 4 * std::log2(double(std::max<std::int64_t>(1, shape.channels()))), 4.0, 30.0);
    return {QRectF(centre.x() - w / 2 - deep / 2, centre.y() - h / 2 + deep * 0.2, std::max(w, 6.0), std::max(h, 6.0)), QPointF(deep, -deep * 0.4)};
}

void drawBox(QPainter& painter, const Box& box, QColor color) {
    const QPolygonF top{box.front.topLeft(), box.front.topLeft() + box.depth, box.front.topRight() + box.depth, box.front.topRight()};
    const QPolygonF side{box.front.topRight(), box.front.topRight() + box.depth, box.front.bottomRight() + box.depth, box.front.bottomRight()};
    painter.setPen(QPen(color, 1.25));
    QColor fill = color;
    fill.setAlphaF(0.10F);
    painter.setBrush(fill);
    painter.drawRect(box.front);
    fill.setAlphaF(0.18F);
    painter.setBrush(fill);
    painter.drawPolygon(top);
    painter.drawPolygon(side);
}

}  // namespace

ShapeDiagram::ShapeDiagram(const Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setObjectName(QStringLiteral("shapeDiagram"));
    setFixedHeight(116);
    hide();
}

void ShapeDiagram::show(const std::optional<Shape>& input, const std::optional<Shape>& output, const std::optional<WindowGeometry>& window,
                        GroupColor group, const QString& note) {
    m_input = input;
    m_output = output;
    m_window = window;
    m_group = group;
    m_note = note;
    const bool drawn = input && output && window && input->isImage() && output->isImage() && input->size() > 0 && output->size() > 0;
    setVisible(drawn);
    if (drawn) setAccessibleName(tr("From %1 to %2, %3").arg(toQString(input->text()), toQString(output->text()), note));
    update();
}

void ShapeDiagram::paintEvent(QPaintEvent*) {
    if (!m_input || !m_output || !m_window) return;
    const Tokens& t = m_theme.current();
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const double largest = double(std::max({m_input->height(), m_input->width(), m_output->height(), m_output->width()}));
    const Box from = boxOf(*m_input, largest, {62, 46}), to = boxOf(*m_output, largest, {width() - 66.0, 46});
    drawBox(painter, from, toQColor(t.text3));
    drawBox(painter, to, toQColor(t.group(m_group)));

    const double unitY = from.front.height() / double(m_input->height()), unitX = from.front.width() / double(m_input->width());
    const double high = std::clamp(double((m_window->kernel[0] - 1) * m_window->dilation[0] + 1) * unitY, 4.0, from.front.height());
    const double wide = std::clamp(double((m_window->kernel[1] - 1) * m_window->dilation[1] + 1) * unitX, 4.0, from.front.width());
    const QColor mark = toQColor(t.warning);
    const Box window{QRectF(from.front.left() + from.front.width() * 0.3, from.front.top() + from.front.height() * 0.3, wide, high), from.depth};
    const QRectF kept = window.front.intersected(from.front);
    const QRectF target(to.front.left() + to.front.width() * 0.3, to.front.top() + to.front.height() * 0.3, 4, 4);
    painter.setPen(QPen(mark, 1, Qt::DotLine));
    painter.drawLine(kept.topRight(), target.topLeft());
    painter.drawLine(kept.bottomRight(), target.bottomLeft());
    painter.setPen(QPen(mark, 1.25));
    QColor fill = mark;
    fill.setAlphaF(0.25F);
    painter.setBrush(fill);
    painter.drawRect(kept);
    painter.setBrush(mark);
    painter.drawRect(target);

    painter.setFont(m_theme.font(FontRole::Axis));
    const auto label = [&](double x, double y, const QString& text, ThemeColor color) {
        painter.setPen(toQColor(color));
        painter.drawText(QRectF(x - 70, y, 140, 14), int(Qt::AlignCenter), text);
    };
    label(62, 96, toQString(m_input->text()), t.text2);
    label(width() - 66, 96, toQString(m_output->text()), t.text2);
    label(width() / 2.0, 76, m_note, t.text3);
}

}  // namespace convolab
