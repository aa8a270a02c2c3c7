#include "widgets/maps/confusion_view.h"

#include "widgets/maps/value_scale.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_writer.h"

#include <QFontMetricsF>
#include <QKeyEvent>
#include <QMouseEvent>
#include <QPainter>

#include <algorithm>
#include <cmath>

namespace convolab {

namespace {

constexpr double kLabel = 22, kNumbersFrom = 17, kLabelsFrom = 11;

std::string countsAs(const QStringList& classes, const std::vector<std::vector<std::int64_t>>& counts, const char* between) {
    std::string result = "label";
    for (const QString& name : classes) result += between + name.toStdString();
    for (std::size_t label = 0; label < counts.size(); ++label) {
        result += "\n" + classes[static_cast<qsizetype>(label)].toStdString();
        for (const std::int64_t count : counts[label]) result += between + std::to_string(count);
    }
    return result + "\n";
}

}  // namespace

ConfusionView::ConfusionView(Theme& theme, const QString& name, QWidget* parent) : ValueView(theme, name, parent) {
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Preferred);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
}

void ConfusionView::setTable(const QString& title, const QStringList& classes, const std::vector<std::vector<std::int64_t>>& counts) {
    m_title = title;
    m_classes = classes;
    m_counts = counts;
    m_totals.clear();
    for (const auto& row : counts) {
        std::int64_t total = 0;
        for (const std::int64_t count : row) total += count;
        m_totals.push_back(total);
    }
    if (m_selected && (m_selected->y() >= this->classes() || m_selected->x() >= this->classes())) m_selected.reset();
    setAccessibleDescription(title);
    updateGeometry();
    update();
}

void ConfusionView::clear(const QString& why) {
    setTable({}, {}, {});
    m_why = why;
    setAccessibleDescription(why);
}

void ConfusionView::setStale(bool stale) {
    m_stale = stale;
    update();
}

void ConfusionView::setSelected(std::optional<QPoint> cell) {
    m_selected = cell;
    update();
}

std::int64_t ConfusionView::count(int label, int predicted) const {
    return m_counts[static_cast<std::size_t>(label)][static_cast<std::size_t>(predicted)];
}

double ConfusionView::cell() const { return std::max(1.0, std::floor((width() - kLabel - 2) / std::max(1, classes()))); }

QRectF ConfusionView::cellRect(int label, int predicted) const {
    return {kLabel + predicted * cell(), kLabel + label * cell(), cell() - 1, cell() - 1};
}

// On the logarithm of the count: one mistake is seen as well as the thousand that are right.
ThemeColor ConfusionView::cellColor(int label, int predicted) const {
    const std::int64_t number = count(label, predicted);
    const std::int64_t total = std::max<std::int64_t>(2, m_totals[static_cast<std::size_t>(label)]);
    if (number == 0) return tokens().bg3;
    return sequentialColor(0.15 + 0.85 * std::log(1.0 + static_cast<double>(number)) / std::log(1.0 + static_cast<double>(total)));
}

QSize ConfusionView::sizeHint() const { return {280, heightForWidth(280)}; }

int ConfusionView::heightForWidth(int width) const {
    if (m_classes.isEmpty()) return 48;
    return static_cast<int>(kLabel + classes() * std::max(1.0, std::floor((width - kLabel - 2) / classes()))) + 2;
}

QString ConfusionView::sentence(QPoint cell) const {
    const std::int64_t number = count(cell.y(), cell.x());
    const QString images = number == 1 ? tr("1 image") : tr("%1 images").arg(QString::fromStdString(countText(number)));
    return cell.x() == cell.y() ? tr("%1 of class %2 recognised").arg(images, m_classes[cell.y()])
                                : tr("%1 of class %2 taken for %3").arg(images, m_classes[cell.y()], m_classes[cell.x()]);
}

std::optional<QPoint> ConfusionView::cellAt(QPointF at) const {
    const int predicted = static_cast<int>(std::floor((at.x() - kLabel) / cell()));
    const int label = static_cast<int>(std::floor((at.y() - kLabel) / cell()));
    if (predicted < 0 || label < 0 || predicted >= classes() || label >= classes()) return std::nullopt;
    return QPoint(predicted, label);
}

std::optional<InstrumentExport> ConfusionView::exported() const {
    if (m_classes.isEmpty()) return std::nullopt;
    ConfusionTable table;
    table.title = m_title.toStdString();
    for (const QString& name : m_classes) table.classes.push_back(name.toStdString());
    for (const auto& row : m_counts) table.counts.insert(table.counts.end(), row.begin(), row.end());
    return InstrumentExport{.name = table.title,
                            .text = [names = m_classes, counts = m_counts] { return countsAs(names, counts, "\t"); },
                            .csv = [names = m_classes, counts = m_counts] { return countsAs(names, counts, ","); },
                            .svg = [table](ThemeMode mode) { return writeConfusionSvg(table, mode); }};
}

void ConfusionView::paintLabels(QPainter& painter) const {
    painter.setFont(theme().font(FontRole::Axis));
    painter.setPen(toQColor(tokens().text2));
    if (cell() < kLabelsFrom) return;
    for (int i = 0; i < classes(); ++i) {
        const auto fitting = [&](double room) { return QFontMetricsF(painter.font()).elidedText(m_classes[i], Qt::ElideRight, room); };
        painter.drawText(QRectF(kLabel + i * cell() - 2, 0, cell() + 3, kLabel - 2), Qt::AlignCenter, fitting(cell() + 2));
        painter.drawText(QRectF(0, kLabel + i * cell(), kLabel - 5, cell()), Qt::AlignRight | Qt::AlignVCenter, fitting(kLabel - 5));
    }
}

void ConfusionView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (m_classes.isEmpty()) {
        painter.setFont(theme().font(FontRole::Caption));
        painter.setPen(toQColor(tokens().text3));
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextWordWrap, m_why);
        return;
    }
    if (m_stale) painter.setOpacity(0.5);
    paintLabels(painter);
    for (int label = 0; label < classes(); ++label) {
        for (int predicted = 0; predicted < classes(); ++predicted) {
            const QRectF box = cellRect(label, predicted);
            const ThemeColor fill = cellColor(label, predicted);
            painter.fillRect(box, toQColor(fill));
            if (cell() < kNumbersFrom || count(label, predicted) == 0) continue;
            QFont font = theme().font(FontRole::Axis);
            const QString text = QString::number(count(label, predicted));
            const double share = (box.width() - 2) / QFontMetricsF(font).horizontalAdvance(text);
            if (share < 1) font.setPointSizeF(font.pointSizeF() * std::max(0.7, share));
            painter.setFont(font);
            painter.setPen(toQColor(inkOn(fill)));
            painter.drawText(box, Qt::AlignCenter, text);
        }
    }
    painter.setOpacity(1);
    if (m_selected) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(toQColor(tokens().accent), 2));
        painter.drawRect(cellRect(m_selected->y(), m_selected->x()));
    }
    paintFocus(painter, rect());
}

void ConfusionView::mouseMoveEvent(QMouseEvent* event) {
    const auto at = cellAt(event->position());
    setToolTip(at ? sentence(*at) : QString());
    setCursor(at ? Qt::PointingHandCursor : Qt::ArrowCursor);
}

void ConfusionView::choose(QPoint cell) {
    setSelected(cell);
    setAccessibleDescription(sentence(cell));
    emit chosen(cell.y(), cell.x());
}

void ConfusionView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton) return;
    setFocus(Qt::MouseFocusReason);
    if (const auto at = cellAt(event->position())) choose(*at);
}

void ConfusionView::keyPressEvent(QKeyEvent* event) {
    QPoint to = m_selected.value_or(QPoint(0, 0));
    switch (event->key()) {
        case Qt::Key_Left: to.rx() -= 1; break;
        case Qt::Key_Right: to.rx() += 1; break;
        case Qt::Key_Up: to.ry() -= 1; break;
        case Qt::Key_Down: to.ry() += 1; break;
        default: return ValueView::keyPressEvent(event);
    }
    if (m_classes.isEmpty()) return;
    choose({std::clamp(to.x(), 0, classes() - 1), std::clamp(to.y(), 0, classes() - 1)});
}

}  // namespace convolab
