#include "app/lenses/measure/devices_view.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <cmath>

#include "app/lenses/measure/hatch.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kHeader = 30, kFooter = 22, kTallest = 34, kBar = 9, kThinBar = 4, kFigure = 52;
constexpr double kRoomyRow = 28, kNames = 104, kShortest = 60;

}  // namespace

DevicesView::DevicesView(Theme& theme, QWidget* parent) : ValueView(theme, tr("Devices, images per second"), parent) {
    setObjectName(QStringLiteral("devicesView"));
    setMouseTracking(true);
    setMinimumWidth(180);
}

void DevicesView::setBars(std::vector<DeviceBar> bars, std::int64_t batch, const QString& emptyText) {
    m_bars = std::move(bars);
    m_batch = batch;
    m_emptyText = emptyText;
    QString text;
    for (const DeviceBar& bar : m_bars) text += bar.name + QStringLiteral(": ") + bar.text + QStringLiteral(" images/s, ") + bar.how + QLatin1Char('\n');
    setAccessibleDescription(text);
    update();
}

double DevicesView::rowHeight() const {
    return m_bars.empty() ? kTallest : std::min(kTallest, (height() - kHeader - kFooter) / static_cast<double>(m_bars.size()));
}

/// From a decade below the slowest to the fastest.
double DevicesView::fraction(const DeviceBar& bar) const {
    const auto [slowest, fastest] = std::minmax_element(m_bars.begin(), m_bars.end(), [](const DeviceBar& a, const DeviceBar& b) {
        return a.imagesPerSecond < b.imagesPerSecond;
    });
    const double low = std::log10(slowest->imagesPerSecond) - 0.5, high = std::log10(fastest->imagesPerSecond);
    return (std::log10(bar.imagesPerSecond) - low) / std::max(0.5, high - low);
}

/// Roomy: the name above its bar. Low: beside it. Low and narrow: name and figure in one line over a thin bar.
void DevicesView::paintBar(QPainter& painter, const QRectF& area, std::size_t index) const {
    const Tokens& t = tokens();
    const DeviceBar& bar = m_bars[index];
    const double row = rowHeight(), top = kHeader + row * static_cast<double>(index);
    const bool roomy = row >= kRoomyRow;
    const bool narrow = !roomy && area.width() < kNames + kShortest + kFigure;
    const double names = roomy || narrow ? 0 : kNames;
    const double height = narrow ? kThinBar : kBar;
    const double middle = roomy ? top + 22 : narrow ? top + row - kThinBar : top + row / 2;
    const QRectF name = roomy    ? QRectF(area.left(), top, area.width(), 16)
                        : narrow ? QRectF(area.left(), top, area.width() - kFigure, row - 2 * kThinBar)
                                 : QRectF(area.left(), top, names - 6, row);
    painter.setFont(theme().font(FontRole::Axis));
    painter.setPen(toQColor(bar.here ? t.text1 : t.text2));
    painter.drawText(name, int(Qt::AlignVCenter | Qt::AlignLeft), QFontMetricsF(painter.font()).elidedText(bar.name, Qt::ElideRight, name.width()));
    const double room = area.width() - names - (narrow ? 0 : kFigure);
    const QRectF filled(area.left() + names, middle - height / 2, std::max(2.0, room * fraction(bar)), height);
    fillBar(painter, filled, toQColor(bar.here ? t.text2 : t.text3), !bar.measured);
    painter.setPen(toQColor(t.text1));
    if (narrow) painter.drawText(name.adjusted(0, 0, kFigure, 0), int(Qt::AlignVCenter | Qt::AlignRight), bar.text);
    else painter.drawText(QRectF(filled.right() + 6, middle - 8, kFigure, 16), int(Qt::AlignVCenter | Qt::AlignLeft), bar.text);
}

void DevicesView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = tokens();
    const QRectF area = QRectF(rect()).adjusted(metrics::kPanelPadding, 0, -metrics::kPanelPadding, 0);
    painter.setFont(theme().font(FontRole::CardName));
    painter.setPen(toQColor(t.text1));
    painter.drawText(QRectF(area.left(), 0, area.width(), kHeader), int(Qt::AlignVCenter | Qt::AlignLeft), tr("Devices, images/s"));
    painter.setFont(theme().font(FontRole::Axis));
    painter.setPen(toQColor(t.text3));
    painter.drawText(QRectF(area.left(), 0, area.width(), kHeader), int(Qt::AlignVCenter | Qt::AlignRight), tr("batch %1").arg(m_batch));
    if (m_bars.empty()) {
        painter.setFont(theme().font(FontRole::Body));
        painter.drawText(area, int(Qt::AlignCenter) | Qt::TextWordWrap, m_emptyText);
        return;
    }
    for (std::size_t i = 0; i < m_bars.size(); ++i) paintBar(painter, area, i);
    painter.setPen(toQColor(t.text3));
    const double y = height() - kFooter / 2;
    fillBar(painter, QRectF(area.left(), y - 4, 14, 8), toQColor(t.text2), false);
    painter.drawText(QRectF(area.left() + 20, y - 8, 70, 16), int(Qt::AlignVCenter | Qt::AlignLeft), tr("measured"));
    fillBar(painter, QRectF(area.left() + 88, y - 4, 14, 8), toQColor(t.text3), true);
    painter.drawText(QRectF(area.left() + 108, y - 8, area.width() - 108, 16), int(Qt::AlignVCenter | Qt::AlignLeft), tr("modelled"));
    paintFocus(painter, rect());
}

bool DevicesView::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return ValueView::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const auto index = static_cast<std::size_t>(std::max(0.0, (help->pos().y() - kHeader) / rowHeight()));
    if (help->pos().y() < kHeader || index >= m_bars.size()) {
        QToolTip::hideText();
        return true;
    }
    QToolTip::showText(help->globalPos(), tr("%1: %2 images/s, %3").arg(m_bars[index].name, m_bars[index].text, m_bars[index].how), this);
    return true;
}

std::optional<InstrumentExport> DevicesView::exported() const {
    if (m_bars.empty()) return std::nullopt;
    const std::vector<DeviceBar> bars = m_bars;
    std::vector<double> lengths;
    for (const DeviceBar& bar : bars) lengths.push_back(fraction(bar));
    return InstrumentExport{"Devices", [text = accessibleDescription()] { return text.toStdString(); },
                            [bars] {
                                std::string csv = "device,images per second,how\r\n";
                                for (const DeviceBar& bar : bars)
                                    csv += "\"" + bar.name.toStdString() + "\"," + QString::number(bar.imagesPerSecond, 'g', 6).toStdString() + ",\"" + bar.how.toStdString() + "\"\r\n";
                                return csv;
                            },
                            [bars, lengths](ThemeMode mode) {
                                const Tokens& t = convolab::tokens(mode);
                                SvgText svg(420, 22 * static_cast<double>(bars.size()) + 16, t.bg1, "Devices");
                                for (std::size_t i = 0; i < bars.size(); ++i) {
                                    const double y = 8 + 22 * static_cast<double>(i);
                                    svg.text({10, y + 13}, bars[i].name.toStdString(), {.color = t.text2});
                                    svg.rect({140, y + 4, std::max(1.0, 190 * lengths[i]), 9}, bars[i].measured ? t.text2 : withAlpha(t.text3, 0.5), 2);
                                    svg.text({340, y + 13}, bars[i].text.toStdString() + (bars[i].measured ? "" : " modelled"), {.color = t.text1});
                                }
                                return svg.finish();
                            }};
}

}  // namespace convolab
