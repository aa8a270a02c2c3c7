#include "widgets/weights/weight_histogram_view.h"

#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"
#include "widgets/theme/theme.h"

#include <QHelpEvent>
#include <QKeyEvent>
#include <QPainter>
#include <QPainterPath>
#include <QToolTip>
#include <algorithm>
#include <cmath>

namespace convolab {
namespace {

constexpr double kLeft = 6, kTop = 12, kBottom = 20;
constexpr double kReach = 12;              // to both sides of a handle's line
constexpr double kGripWidth = 10, kGripHeight = 12;
constexpr std::size_t kMostLines = 64;     // of a grid; more are only dots

QBrush hatch(const QColor& color) { return QBrush(color, Qt::BDiagPattern); }

std::string tickText(double value) { return value == 0 ? "0" : valueText(value, 2); }

}  // namespace

WeightHistogramView::WeightHistogramView(Theme& theme, QWidget* parent) : ValueView(theme, tr("Histogram of the weights"), parent) {
    setMinimumHeight(120);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
}

void WeightHistogramView::setHistogram(const QString& title, PrunedHistogram histogram) {
    m_title = title;
    m_histogram = std::move(histogram);
    setAccessibleDescription(QString::fromStdString(histogramText(title.toStdString(), m_histogram)));
    update();
}

void WeightHistogramView::setThreshold(std::optional<double> threshold) {
    m_threshold = threshold;
    update();
}

void WeightHistogramView::setEmptyText(const QString& text) {
    m_emptyText = text;
    update();
}

QRectF WeightHistogramView::plotArea() const {
    return {kLeft, kTop, std::max(1.0, width() - 2 * kLeft), std::max(1.0, height() - kTop - kBottom)};
}

double WeightHistogramView::xOf(double value) const {
    const QRectF area = plotArea();
    const double share = m_histogram.limit > 0 ? (value / m_histogram.limit + 1) / 2 : 0.5;
    return area.left() + area.width() * std::clamp(share, 0.0, 1.0);
}

double WeightHistogramView::valueAt(double x) const {
    const QRectF area = plotArea();
    return m_histogram.limit * (2 * (x - area.left()) / area.width() - 1);
}

double WeightHistogramView::heightOf(long long count) const {
    const long long most = m_histogram.largest();
    if (count <= 0 || most <= 0) return 0;
    return plotArea().height() * std::log1p(static_cast<double>(count)) / std::log1p(static_cast<double>(most));
}

bool WeightHistogramView::onHandle(QPointF at) const {
    if (!m_threshold || m_histogram.total() == 0) return false;
    const QRectF area = plotArea();
    if (at.y() < area.top() - 4 || at.y() > area.bottom() + kGripHeight) return false;
    return std::abs(at.x() - xOf(*m_threshold)) <= kReach || std::abs(at.x() - xOf(-*m_threshold)) <= kReach;
}

void WeightHistogramView::drag(double x) {
    const double threshold = std::clamp(std::abs(valueAt(x)), 0.0, m_histogram.limit);
    m_threshold = threshold;
    update();
    emit thresholdDragged(threshold);
}

void WeightHistogramView::mousePressEvent(QMouseEvent* event) {
    if (event->button() != Qt::LeftButton || !onHandle(event->position())) return ValueView::mousePressEvent(event);
    setFocus(Qt::MouseFocusReason);
    m_dragging = true;
}

void WeightHistogramView::mouseMoveEvent(QMouseEvent* event) {
    if (m_dragging) return drag(event->position().x());
    if (onHandle(event->position())) setCursor(Qt::SizeHorCursor);
    else unsetCursor();
}

void WeightHistogramView::mouseReleaseEvent(QMouseEvent* event) {
    if (!m_dragging) return ValueView::mouseReleaseEvent(event);
    m_dragging = false;
    emit dragFinished();
}

void WeightHistogramView::keyPressEvent(QKeyEvent* event) {
    const int direction = event->key() == Qt::Key_Right ? 1 : event->key() == Qt::Key_Left ? -1 : 0;
    if (direction == 0 || !m_threshold || m_histogram.bins() == 0) return ValueView::keyPressEvent(event);
    const double step = 2 * m_histogram.limit / static_cast<double>(m_histogram.bins());
    drag(xOf(std::clamp(*m_threshold + direction * step, 0.0, m_histogram.limit)));
    emit dragFinished();
}

bool WeightHistogramView::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return ValueView::event(event);
    auto* help = static_cast<QHelpEvent*>(event);
    const QString hint = hintAt(help->pos());
    if (hint.isEmpty()) QToolTip::hideText();
    else QToolTip::showText(help->globalPos(), hint, this);
    return true;
}

QString WeightHistogramView::hintAt(QPointF at) const {
    if (m_histogram.total() == 0) return {};
    if (onHandle(at) && m_threshold) return tr("|w| < %1 is pruned: drag it, or press ← and →").arg(QString::fromStdString(valueText(*m_threshold, 3)));
    const auto bin = m_histogram.binOf(valueAt(at.x()));
    if (!bin || !plotArea().contains(at)) return {};
    const auto count = [](long long value) { return QString::fromStdString(countText(value)); };
    QString text = tr("%1 to %2: %3 weights").arg(QString::fromStdString(valueText(m_histogram.low(*bin), 3)),
                                                 QString::fromStdString(valueText(m_histogram.low(*bin + 1), 3)),
                                                 count(m_histogram.kept[*bin] + m_histogram.pruned[*bin]));
    if (m_histogram.pruned[*bin] > 0) text += tr(", %1 pruned").arg(count(m_histogram.pruned[*bin]));
    return text;
}

void WeightHistogramView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const QRectF area = plotArea();
    if (m_histogram.total() == 0) {
        painter.setFont(theme().font(FontRole::Body));
        painter.setPen(toQColor(tokens().text3));
        painter.drawText(area, int(Qt::AlignCenter) | Qt::TextWordWrap, m_emptyText);
        return;
    }
    paintBars(painter, area);
    paintGrid(painter, area);
    paintAxis(painter, area);
    if (m_threshold) paintHandles(painter, area);
    paintFocus(painter, rect());
}

void WeightHistogramView::paintBars(QPainter& painter, const QRectF& area) const {
    const Tokens& t = tokens();
    const double pitch = area.width() / static_cast<double>(m_histogram.bins());
    const double gap = pitch >= 3 ? 1 : 0;
    const QColor lines = toQColor(t.text3);
    for (std::size_t bin = 0; bin < m_histogram.bins(); ++bin) {
        const long long kept = m_histogram.kept[bin], pruned = m_histogram.pruned[bin];
        const double left = area.left() + pitch * static_cast<double>(bin);
        const double whole = heightOf(kept + pruned);
        if (whole <= 0) continue;
        // The share of the bar, not of its logarithm: half the weights pruned is half the bar.
        const double part = whole * static_cast<double>(kept) / static_cast<double>(kept + pruned);
        const double middle = (m_histogram.low(bin) + m_histogram.low(bin + 1)) / 2 / m_histogram.limit;
        const ThemeColor strong = divergingColor(middle < 0 ? -0.55 : 0.55);
        if (part > 0) painter.fillRect(QRectF(left, area.bottom() - part, pitch - gap, part), toQColor(strong));
        if (pruned > 0) {
            const QRectF gone(left, area.bottom() - whole, pitch - gap + (gap > 0 ? 1 : 0), whole - part);
            painter.fillRect(gone, toQColor(t.bg4));
            painter.fillRect(gone, hatch(lines));
        }
    }
}

void WeightHistogramView::paintGrid(QPainter& painter, const QRectF& area) const {
    if (m_histogram.levels.empty()) return;
    const Tokens& t = tokens();
    const QColor color = toQColor(t.series[0]);
    QColor faint = color;
    faint.setAlphaF(0.45F);
    painter.setRenderHint(QPainter::Antialiasing);
    for (const double level : m_histogram.levels) {
        const double x = xOf(level);
        if (m_histogram.levels.size() <= kMostLines) {
            painter.setPen(QPen(faint, 1));
            painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        }
        painter.setPen(Qt::NoPen);
        painter.setBrush(color);
        painter.drawEllipse(QPointF(x, area.top() - 2), 1.8, 1.8);
    }
    painter.setRenderHint(QPainter::Antialiasing, false);
}

void WeightHistogramView::paintAxis(QPainter& painter, const QRectF& area) const {
    const Tokens& t = tokens();
    painter.setPen(QPen(toQColor(t.line2), 1));
    painter.drawLine(QPointF(area.left(), area.bottom() + 0.5), QPointF(area.right(), area.bottom() + 0.5));
    painter.setFont(theme().font(FontRole::Axis));
    painter.setPen(toQColor(t.text3));
    for (const double share : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
        const double value = share * m_histogram.limit, x = xOf(value);
        const double half = 30;
        const QRectF place(x - half, area.bottom() + 5, 2 * half, kBottom - 5);
        const int side = share <= -1 ? Qt::AlignLeft : share >= 1 ? Qt::AlignRight : Qt::AlignHCenter;
        const QRectF inside = share <= -1 ? place.translated(half, 0) : share >= 1 ? place.translated(-half, 0) : place;
        painter.drawText(inside, side | int(Qt::AlignTop), QString::fromStdString(tickText(value)));
    }
}

void WeightHistogramView::paintHandles(QPainter& painter, const QRectF& area) const {
    const Tokens& t = tokens();
    for (const double side : {-1.0, 1.0}) {
        const double x = std::round(xOf(side * *m_threshold)) + 0.5;
        painter.setPen(QPen(toQColor(m_dragging ? t.accent : t.text1), 1.5));
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        const QRectF grip(x - kGripWidth / 2, area.bottom() - kGripHeight / 2, kGripWidth, kGripHeight);
        QPainterPath path;
        path.addRoundedRect(grip, 3, 3);
        painter.setRenderHint(QPainter::Antialiasing);
        painter.fillPath(path, toQColor(m_dragging ? t.accent : t.text1));
        painter.setRenderHint(QPainter::Antialiasing, false);
        painter.setPen(QPen(toQColor(t.bg1), 1));
        for (const double dx : {-1.5, 1.5}) painter.drawLine(QPointF(x + dx, grip.top() + 3), QPointF(x + dx, grip.bottom() - 3));
    }
}

std::optional<InstrumentExport> WeightHistogramView::exported() const {
    if (m_histogram.total() == 0) return std::nullopt;
    const std::string title = m_title.toStdString();
    const PrunedHistogram histogram = m_histogram;
    const auto svg = [title, histogram](ThemeMode mode) {
        constexpr double kWidth = 480, kHeight = 280, kSide = 16, kHead = 34, kFoot = 26;
        const Tokens& t = convolab::tokens(mode);
        SvgText picture(kWidth, kHeight, t.bg1, title);
        picture.text({kSide, 20}, title, {.color = t.text1, .size = 11.5, .bold = true});
        const double pitch = (kWidth - 2 * kSide) / static_cast<double>(histogram.bins()), room = kHeight - kHead - kFoot;
        const double most = std::log1p(static_cast<double>(histogram.largest()));
        picture.openCrispGroup();
        for (std::size_t i = 0; i < histogram.bins(); ++i) {
            const auto total = static_cast<double>(histogram.kept[i] + histogram.pruned[i]);
            if (total <= 0) continue;
            const double whole = room * std::log1p(total) / most, part = whole * static_cast<double>(histogram.kept[i]) / total;
            const double left = kSide + pitch * static_cast<double>(i), bottom = kHeight - kFoot;
            if (whole > part) picture.rect({left, bottom - whole, pitch, whole - part}, t.bg4);
            if (part > 0) picture.rect({left, bottom - part, pitch, part}, divergingColor(histogram.low(i) + histogram.low(i + 1) < 0 ? -0.55 : 0.55));
        }
        picture.closeGroup();
        picture.line({kSide, kHeight - kFoot}, {kWidth - kSide, kHeight - kFoot}, t.line2, 1);
        for (const double share : {-1.0, 0.0, 1.0}) {
            const SvgAnchor anchor = share < 0 ? SvgAnchor::Start : share > 0 ? SvgAnchor::End : SvgAnchor::Middle;
            picture.text({kSide + (kWidth - 2 * kSide) * (share + 1) / 2, kHeight - 10}, tickText(share * histogram.limit), {.color = t.text3, .anchor = anchor});
        }
        return picture.finish();
    };
    return InstrumentExport{title, [title, histogram] { return histogramText(title, histogram); }, [histogram] { return histogramCsv(histogram); }, svg};
}

}  // namespace convolab
