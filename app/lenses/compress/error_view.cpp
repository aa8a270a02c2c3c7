#include "app/lenses/compress/error_view.h"

#include <QHelpEvent>
#include <QMouseEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>

#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kRow = 20, kTop = 2, kName = 92, kBits = 26, kFigure = 56, kBar = 8, kThin = 3;

}  // namespace

ErrorView::ErrorView(Theme& theme, QWidget* parent) : ValueView(theme, tr("Error of each layer"), parent) {
    setObjectName(QStringLiteral("errorView"));
    setMinimumWidth(220);
}

void ErrorView::setBars(std::vector<ErrorBar> bars, NodeId worst, bool stale, const QString& emptyText) {
    m_bars = std::move(bars);
    m_worst = worst;
    m_stale = stale;
    m_emptyText = emptyText;
    QString description;
    for (const ErrorBar& bar : m_bars) description += bar.name + QStringLiteral(": ") + bar.hint + QLatin1Char('\n');
    setAccessibleDescription(description);
    setMinimumHeight(static_cast<int>(kTop + kRow * static_cast<double>(std::max<std::size_t>(2, m_bars.size()))));
    update();
}

double ErrorView::longest() const {
    double most = kNothing;
    for (const ErrorBar& bar : m_bars) most = std::max({most, bar.weights, bar.outputs});
    return most;
}

QSize ErrorView::sizeHint() const { return {320, minimumHeight()}; }

const ErrorBar* ErrorView::barAt(double y) const {
    const auto index = static_cast<std::size_t>(std::max(0.0, (y - kTop) / kRow));
    return y < kTop || index >= m_bars.size() ? nullptr : &m_bars[index];
}

void ErrorView::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (m_bars.empty()) {
        painter.setFont(theme().font(FontRole::Body));
        painter.setPen(toQColor(tokens().text3));
        painter.drawText(QRectF(rect()).adjusted(12, 0, -12, 0), int(Qt::AlignCenter) | Qt::TextWordWrap, m_emptyText);
        return;
    }
    painter.setFont(theme().font(FontRole::Axis));
    for (std::size_t i = 0; i < m_bars.size(); ++i) {
        paintBar(painter, m_bars[i], QRectF(metrics::kPanelPadding, kTop + kRow * static_cast<double>(i), width() - 2 * metrics::kPanelPadding, kRow));
    }
    paintFocus(painter, rect());
}

void ErrorView::paintBar(QPainter& painter, const ErrorBar& bar, const QRectF& row) const {
    const Tokens& t = tokens();
    const bool worst = bar.layer == m_worst;
    painter.setPen(toQColor(worst ? t.text1 : t.text2));
    const QRectF name(row.left(), row.top(), kName - 6, row.height());
    painter.drawText(name, int(Qt::AlignVCenter | Qt::AlignLeft), QFontMetricsF(painter.font()).elidedText(bar.name, Qt::ElideRight, name.width()));
    painter.setPen(toQColor(t.text3));
    painter.drawText(QRectF(row.left() + kName, row.top(), kBits - 6, row.height()), int(Qt::AlignVCenter | Qt::AlignRight), bar.bits);
    const QRectF trough(row.left() + kName + kBits, row.center().y() - (kBar + kThin + 1) / 2, std::max(10.0, row.width() - kName - kBits - kFigure), kBar);
    painter.fillRect(trough, toQColor(t.bg4));
    const auto length = [&](double share) { return trough.width() * share / longest(); };
    if (bar.outputs > 0) painter.fillRect(QRectF(trough.topLeft(), QSizeF(std::max(1.0, length(bar.outputs)), kBar)), toQColor(m_stale ? t.text3 : worst ? t.warning : t.series[0]));
    if (bar.weights > 0) painter.fillRect(QRectF(trough.left(), trough.bottom() + 1, std::max(1.0, length(bar.weights)), kThin), toQColor(m_stale ? t.text3 : t.series[2]));
    painter.setPen(toQColor(worst && !m_stale ? t.warning : m_stale ? t.text3 : t.text1));
    painter.drawText(QRectF(row.right() - kFigure, row.top(), kFigure, row.height()), int(Qt::AlignVCenter | Qt::AlignRight), bar.text);
}

void ErrorView::mousePressEvent(QMouseEvent* event) {
    const ErrorBar* bar = barAt(event->position().y());
    if (bar == nullptr || event->button() != Qt::LeftButton) return ValueView::mousePressEvent(event);
    emit layerChosen(bar->layer);
}

bool ErrorView::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return ValueView::event(event);
    const auto* help = static_cast<QHelpEvent*>(event);
    const ErrorBar* bar = barAt(help->pos().y());
    if (bar == nullptr) QToolTip::hideText();
    else QToolTip::showText(help->globalPos(), bar->hint, this);
    return true;
}

std::optional<InstrumentExport> ErrorView::exported() const {
    if (m_bars.empty()) return std::nullopt;
    const auto csv = [bars = m_bars] {
        std::string text = "layer,bits,weight error,output error\r\n";
        for (const ErrorBar& bar : bars) {
            text += "\"" + bar.name.toStdString() + "\"," + bar.bits.toStdString() + "," + QString::number(bar.weights, 'g', 6).toStdString() + "," +
                    QString::number(bar.outputs, 'g', 6).toStdString() + "\r\n";
        }
        return text;
    };
    const auto svg = [bars = m_bars, most = longest()](ThemeMode mode) {
        const Tokens& t = convolab::tokens(mode);
        SvgText picture(460, 22 * static_cast<double>(bars.size()) + 16, t.bg1, "Error of each layer");
        for (std::size_t i = 0; i < bars.size(); ++i) {
            const double y = 8 + 22 * static_cast<double>(i);
            picture.text({10, y + 13}, bars[i].name.toStdString(), {.color = t.text2});
            picture.rect({140, y + 3, std::max(1.0, 230 * bars[i].outputs / most), 8}, t.series[0]);
            picture.rect({140, y + 12, std::max(1.0, 230 * bars[i].weights / most), 3}, t.series[2]);
            picture.text({390, y + 13}, bars[i].text.toStdString(), {.color = t.text1});
        }
        return picture.finish();
    };
    return InstrumentExport{"Error of each layer", [text = accessibleDescription()] { return text.toStdString(); }, csv, svg};
}

}  // namespace convolab
