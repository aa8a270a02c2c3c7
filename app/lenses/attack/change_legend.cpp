#include "app/lenses/attack/change_legend.h"

#include <QPainter>

#include "widgets/theme/theme.h"

namespace convolab {

ChangeLegend::ChangeLegend(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) {
    setFixedHeight(sizeHint().height());
    setAccessibleName(tr("Colour of the maps: blue is less, white the same, orange more than on the clean image"));
    setToolTip(tr("What the attack does to each value, beside the clean image; the strongest colour is the layer's largest change"));
    connect(&m_theme, &Theme::changed, this, qOverload<>(&QWidget::update));
}

void ChangeLegend::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const Tokens& t = m_theme.current();
    const QRect area = rect().adjusted(metrics::kPanelPadding, 6, -metrics::kPanelPadding, -6);
    painter.setFont(m_theme.font(FontRole::CardName));
    painter.setPen(toQColor(t.text1));
    painter.drawText(QRect(area.left(), area.top(), area.width(), 16), Qt::AlignVCenter | Qt::AlignLeft, tr("Colour of the maps"));
    const QRect bar(area.left(), area.top() + 20, area.width(), 10);
    for (int x = 0; x < bar.width(); ++x) {
        painter.fillRect(QRect(bar.left() + x, bar.top(), 1, bar.height()), toQColor(divergingColor(2.0 * x / std::max(1, bar.width() - 1) - 1)));
    }
    painter.setFont(m_theme.font(FontRole::Axis));
    painter.setPen(toQColor(t.text3));
    const QRect words(area.left(), bar.bottom() + 3, area.width(), 14);
    painter.drawText(words, Qt::AlignLeft | Qt::AlignVCenter, tr("less"));
    painter.drawText(words, Qt::AlignHCenter | Qt::AlignVCenter, tr("same"));
    painter.drawText(words, Qt::AlignRight | Qt::AlignVCenter, tr("more"));
}

}  // namespace convolab
