#include "widgets/pictures/prediction_bars.h"

#include <QHelpEvent>
#include <QPainter>
#include <QToolTip>
#include <algorithm>
#include <numeric>

#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kLowestRow = 12.5;
constexpr double kSmallRow = 15.0;  // lower rows are written in the caption's size
constexpr double kHighestRow = 24.0;
constexpr int kTick = 12;
constexpr int kPercentWidth = 56;
constexpr int kLongestName = 110;
constexpr int kGap = 8;
constexpr int kSpokenClasses = 3;

QString percent(float value, int decimals) { return QString::fromStdString(percentText(value, decimals)); }

}  // namespace

PredictionBars::PredictionBars(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setAccessibleName(tr("Prediction"));
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void PredictionBars::setClasses(const QStringList& names) {
    if (names == m_names) return;
    m_names = names;
    arrange();
}

void PredictionBars::setProbabilities(std::vector<float> probabilities) {
    m_values = std::move(probabilities);
    arrange();
}

void PredictionBars::setTruth(int label) {
    m_truth = label;
    describe();
    update();
}

void PredictionBars::setStale(bool stale) {
    m_stale = stale;
    update();
}

void PredictionBars::setEmptyText(const QString& text) {
    m_empty = text;
    describe();
    update();
}

int PredictionBars::top() const {
    if (m_values.empty()) return -1;
    return static_cast<int>(std::max_element(m_values.begin(), m_values.end()) - m_values.begin());
}

QString PredictionBars::className(int index) const { return m_names.value(index, QString::number(index)); }

int PredictionBars::rowsShown() const {
    return std::min(static_cast<int>(m_values.size()), std::max(1, static_cast<int>(height() / kLowestRow)));
}

int PredictionBars::classInRow(int row) const { return row < static_cast<int>(m_order.size()) ? m_order[static_cast<std::size_t>(row)] : -1; }

void PredictionBars::arrange() {
    m_order.resize(m_values.size());
    std::iota(m_order.begin(), m_order.end(), 0);
    if (rowsShown() < static_cast<int>(m_values.size())) {
        std::stable_sort(m_order.begin(), m_order.end(), [this](int a, int b) {
            return m_values[static_cast<std::size_t>(a)] > m_values[static_cast<std::size_t>(b)];
        });
    }
    describe();
    update();
}

void PredictionBars::resizeEvent(QResizeEvent*) { arrange(); }

void PredictionBars::describe() {
    if (m_values.empty()) return setAccessibleDescription(m_empty);
    std::vector<int> best(m_values.size());
    std::iota(best.begin(), best.end(), 0);
    const auto spoken = std::min<std::ptrdiff_t>(kSpokenClasses, static_cast<std::ptrdiff_t>(best.size()));
    std::partial_sort(best.begin(), best.begin() + spoken, best.end(), [this](int a, int b) {
        return m_values[static_cast<std::size_t>(a)] > m_values[static_cast<std::size_t>(b)];
    });
    QStringList parts;
    for (std::ptrdiff_t i = 0; i < spoken; ++i) {
        const int index = best[static_cast<std::size_t>(i)];
        parts << className(index) + QLatin1Char(' ') + percent(m_values[static_cast<std::size_t>(index)], 1);
    }
    if (m_truth >= 0) parts << tr("the label is %1").arg(className(m_truth));
    setAccessibleDescription(parts.join(QStringLiteral(", ")));
}

int PredictionBars::nameWidth() const {
    const QFontMetrics metrics(m_theme.font(FontRole::BodyStrong));
    int widest = metrics.horizontalAdvance(QStringLiteral("0"));
    for (const QString& name : m_names) widest = std::max(widest, metrics.horizontalAdvance(name));
    return std::min({widest, kLongestName, width() / 3}) + kTick + 4;
}

double PredictionBars::rowHeight() const { return std::min(kHighestRow, static_cast<double>(height()) / std::max(1, rowsShown())); }

QRectF PredictionBars::barRect(int row) const {
    const double left = nameWidth() + kGap;
    const double thickness = std::min(12.0, rowHeight() - 4);
    return {left, row * rowHeight() + (rowHeight() - thickness) / 2, std::max(10.0, width() - left - kGap - kPercentWidth), thickness};
}

void PredictionBars::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    if (m_values.empty()) {
        painter.setPen(toQColor(m_theme.current().text3));
        painter.setFont(m_theme.font(FontRole::Body));
        painter.drawText(rect(), Qt::AlignLeft | Qt::AlignTop | Qt::TextWordWrap, m_empty);
        return;
    }
    for (int row = 0; row < rowsShown(); ++row) paintRow(painter, row);
}

void PredictionBars::paintRow(QPainter& painter, int row) const {
    const Tokens& colors = m_theme.current();
    const int index = classInRow(row);
    const bool best = index == top();
    const float value = m_values[static_cast<std::size_t>(index)];
    const QRectF bar = barRect(row);
    const QRectF line(0, row * rowHeight(), width(), rowHeight());
    QFont font = m_theme.font(best ? FontRole::BodyStrong : FontRole::Body);
    if (rowHeight() < kSmallRow) font.setPixelSize(static_cast<int>(fontPixels(FontRole::Caption)));
    painter.setFont(font);
    painter.setPen(toQColor(m_stale ? colors.text3 : best ? colors.text1 : colors.text2));
    const int names = nameWidth() - kTick - 4;
    const QString name = painter.fontMetrics().elidedText(className(index), Qt::ElideRight, names);
    painter.drawText(QRectF(line.left(), line.top(), names, line.height()), Qt::AlignLeft | Qt::AlignVCenter, name);
    painter.drawText(QRectF(bar.right() + kGap, line.top(), kPercentWidth, line.height()), Qt::AlignRight | Qt::AlignVCenter, percent(value, 1));
    if (index == m_truth) {
        const QPixmap tick = iconPixmap(QStringLiteral("check"), colors.ok, kTick, devicePixelRatioF());
        painter.drawPixmap(QPointF(names + 4, line.center().y() - kTick / 2.0), tick);
    }
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(Qt::NoPen);
    painter.setBrush(toQColor(colors.bg4));
    painter.drawRoundedRect(bar, 2, 2);
    painter.setBrush(toQColor(best && !m_stale ? colors.accent : colors.text3));
    const double length = bar.width() * std::clamp(static_cast<double>(value), 0.0, 1.0);
    if (length > 0.25) painter.drawRoundedRect(QRectF(bar.topLeft(), QSizeF(length, bar.height())), 2, 2);
    painter.setRenderHint(QPainter::Antialiasing, false);
}

bool PredictionBars::event(QEvent* event) {
    if (event->type() != QEvent::ToolTip) return QWidget::event(event);
    auto* help = static_cast<QHelpEvent*>(event);
    const int row = static_cast<int>(help->pos().y() / rowHeight());
    QString text;
    if (row < rowsShown()) {
        const int index = classInRow(row);
        text = tr("%1: %2").arg(className(index), percent(m_values[static_cast<std::size_t>(index)], 3));
        if (index == m_truth) text += tr("; the label of this image");
    }
    QToolTip::showText(help->globalPos(), text, this);
    return true;
}

}  // namespace convolab
