#include "widgets/maps/scale_bar.h"

#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

#include <QPainter>

namespace convolab {

ScaleBar::ScaleBar(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    setAccessibleName(tr("Colours and values"));
    connect(&theme, &Theme::changed, this, QOverload<>::of(&QWidget::update));
}

void ScaleBar::setScale(const ValueScale& scale, const QString& unit) {
    if (scale == m_scale && unit == m_unit) return;
    m_scale = scale;
    m_unit = unit;
    setAccessibleDescription(scale.text());
    update();
}

void ScaleBar::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    constexpr double kBar = 8;
    const bool diverging = m_scale.kind == ValueScale::Kind::Diverging;
    for (int x = 0; x < width(); ++x) {
        const double share = (x + 0.5) / width();
        painter.fillRect(QRectF(x, 0, 1, kBar), toQColor(m_scale.color(m_scale.limit * (diverging ? 2 * share - 1 : share))));
    }
    painter.setFont(m_theme.font(FontRole::Axis));
    painter.setPen(toQColor(m_theme.current().text3));
    const QRectF text(0, kBar + 2, width(), height() - kBar - 2);
    const QString end = QString::fromStdString(valueText(m_scale.limit, 3));
    painter.drawText(text, Qt::AlignLeft | Qt::AlignTop, diverging ? QStringLiteral("\u2212") + end : QStringLiteral("0"));
    painter.drawText(text, Qt::AlignRight | Qt::AlignTop, (diverging ? QStringLiteral("+") : QString()) + end);
    if (diverging) painter.drawText(text, Qt::AlignHCenter | Qt::AlignTop, QStringLiteral("0"));
    if (!diverging && !m_unit.isEmpty()) painter.drawText(text, Qt::AlignHCenter | Qt::AlignTop, m_unit);
}

}  // namespace convolab
