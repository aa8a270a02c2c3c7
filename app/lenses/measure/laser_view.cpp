#include "app/lenses/measure/laser_view.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "app/lenses/measure/hatch.h"
#include "widgets/plots/svg_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kRow = 46, kBarRow = 15, kLetter = 22, kBars = 104;
constexpr double kBarHeight = 6, kFigure = 52;

/// Grey for the open network, then the series' colours from the fourth on, as in the plots beside.
ThemeColor networkColor(const Tokens& t, std::size_t index) { return index == 0 ? t.text2 : t.series[(index + 2) % (kSeriesColors - 1)]; }

std::string laserRowsCsv(const std::vector<LaserRow>& rows) {
    std::string text = "number,network,value,best\r\n";
    for (const LaserRow& row : rows) {
        for (const LaserRow::Bar& bar : row.bars) {
            text += row.letter.toStdString() + ",\"" + bar.name.toStdString() + "\",\"" + bar.text.toStdString() + "\"," + (bar.best ? "1" : "0") + "\r\n";
        }
    }
    return text;
}

std::string laserRowsSvg(const std::vector<LaserRow>& rows, ThemeMode mode) {
    const Tokens& t = convolab::tokens(mode);
    constexpr double kWidth = 420, kStep = 46;
    double height = 10;
    for (const LaserRow& row : rows) height += std::max(kStep, 18.0 * static_cast<double>(row.bars.size()) + 14);
    SvgText svg(kWidth, height, t.bg1, "LASER");
    double top = 6;
    for (const LaserRow& row : rows) {
        svg.text({10, top + 24}, row.letter.toStdString(), {.color = t.text3, .size = 16, .bold = true});
        svg.text({34, top + 16}, row.value.toStdString(), {.color = t.text1, .size = 13, .bold = true});
        svg.text({34, top + 32}, row.caption.toStdString(), {.color = t.text3});
        for (std::size_t i = 0; i < row.bars.size(); ++i) {
            const double y = top + 8 + 18.0 * static_cast<double>(i);
            svg.rect({240, y, std::max(1.0, 90 * row.bars[i].fraction), 6}, networkColor(t, i), 2);
            svg.text({336, y + 7}, (row.bars[i].best ? "▲ " : "") + row.bars[i].text.toStdString(), {.color = t.text2});
        }
        top += std::max(kStep, 18.0 * static_cast<double>(row.bars.size()) + 14);
    }
    return svg.finish();
}

}  // namespace

LaserView::LaserView(Theme& theme, QWidget* parent) : ValueView(theme, tr("LASER card"), parent) {
    setObjectName(QStringLiteral("laserView"));
    setMouseTracking(true);
}

void LaserView::setRows(std::vector<LaserRow> rows, bool stale) {
    m_rows = std::move(rows);
    m_stale = stale;
    setAccessibleDescription(laserText(m_rows));
    setFixedHeight(sizeHint().height());
    update();
}

int LaserView::rowHeight(const LaserRow& row) const { return std::max(kRow, static_cast<int>(row.bars.size()) * kBarRow + 16); }

QSize LaserView::sizeHint() const {
    int height = 0;
    for (const LaserRow& row : m_rows) height += rowHeight(row);
    return {280, height};
}

void LaserView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    double top = 0;
    for (const LaserRow& row : m_rows) {
        const QRectF area(0, top, width(), rowHeight(row));
        paintRow(painter, area, row);
        top += area.height();
        if (&row == &m_rows.back()) continue;
        painter.setPen(toQColor(tokens().line));
        painter.drawLine(QPointF(0, top - 0.5), QPointF(width(), top - 0.5));
    }
    paintFocus(painter, rect());
}

void LaserView::paintRow(QPainter& painter, const QRectF& area, const LaserRow& row) const {
    const Tokens& t = tokens();
    const double words = area.width() - kLetter - kBars - 6;
    painter.setFont(theme().font(FontRole::LessonTitle));
    painter.setPen(toQColor(t.text3));
    painter.drawText(QRectF(area.left(), area.top(), kLetter, kRow), int(Qt::AlignVCenter | Qt::AlignLeft), row.letter);
    const QRectF value(area.left() + kLetter, area.top() + 5, words, 20);
    painter.setFont(theme().font(FontRole::Name));
    QFont strong = painter.font();
    strong.setWeight(QFont::DemiBold);
    painter.setFont(strong);
    painter.setPen(toQColor(m_stale ? t.text3 : t.text1));
    painter.drawText(value, int(Qt::AlignVCenter | Qt::AlignLeft), row.value + (m_stale ? QStringLiteral(" …") : QString()));
    painter.setFont(theme().font(FontRole::Axis));
    painter.setPen(toQColor(t.text2));
    // Below a single bar there is room.
    const double wide = row.bars.size() > 1 ? words : area.width() - kLetter;
    painter.drawText(QRectF(value.left(), value.bottom(), wide, 16), int(Qt::AlignVCenter | Qt::AlignLeft),
                     QFontMetricsF(painter.font()).elidedText(row.caption, Qt::ElideRight, wide));
    for (std::size_t i = 0; i < row.bars.size(); ++i) {
        const LaserRow::Bar& bar = row.bars[i];
        const QRectF line(area.right() - kBars, area.top() + 8 + kBarRow * static_cast<double>(i), kBars, kBarRow);
        // A single network has its figure at the left already.
        const double room = row.bars.size() > 1 ? kBars - kFigure - 12 : kBars;
        const QRectF trough(line.left(), line.center().y() - kBarHeight / 2, room, kBarHeight);
        fillBar(painter, trough, toQColor(t.bg4), false);
        fillBar(painter, QRectF(trough.topLeft(), QSizeF(trough.width() * bar.fraction, kBarHeight)), toQColor(networkColor(t, i)), bar.modelled);
        if (row.bars.size() == 1) continue;
        const double left = trough.right() + 3;
        if (bar.best) {
            painter.save();
            painter.setRenderHint(QPainter::Antialiasing);
            painter.setPen(Qt::NoPen);
            painter.setBrush(toQColor(t.text1));
            const double y = line.center().y();
            painter.drawPolygon(QPolygonF({QPointF(left, y + 3), QPointF(left + 3.5, y - 3.5), QPointF(left + 7, y + 3)}));
            painter.restore();
        }
        painter.setPen(toQColor(bar.best ? t.text1 : t.text2));
        painter.drawText(QRectF(left + 9, line.top(), kFigure, kBarRow), int(Qt::AlignVCenter | Qt::AlignRight), bar.text);
    }
}

bool LaserView::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return ValueView::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    int top = 0;
    for (const LaserRow& row : m_rows) {
        const QRect area(0, top, width(), rowHeight(row));
        top += area.height();
        if (!area.contains(help->pos())) continue;
        QString text = row.how;
        for (const LaserRow::Bar& bar : row.bars) {
            if (row.bars.size() > 1) text += QLatin1Char('\n') + bar.name + QStringLiteral(": ") + bar.text + (bar.best ? tr(" (best)") : QString());
        }
        QToolTip::showText(help->globalPos(), text, this, area);
        return true;
    }
    QToolTip::hideText();
    return true;
}

std::optional<InstrumentExport> LaserView::exported() const {
    if (m_rows.empty()) return std::nullopt;
    const std::vector<LaserRow> rows = m_rows;
    return InstrumentExport{"LASER", [rows] { return laserText(rows).toStdString(); }, [rows] { return laserRowsCsv(rows); },
                            [rows](ThemeMode mode) { return laserRowsSvg(rows, mode); }};
}

}  // namespace convolab
