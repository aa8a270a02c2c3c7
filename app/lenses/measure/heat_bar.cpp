#include "app/lenses/measure/heat_bar.h"

#include <QHBoxLayout>
#include <QPainter>
#include <cmath>

#include "app/lenses/measure/heat_decorator.h"
#include "app/lenses/measure/measure_presenters.h"
#include "app/lenses/measure/measure_session.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kBarWidth = 120, kBarHeight = 8, kTextWidth = 76;

}  // namespace

/// "0 ▇▇▇▇ 52 µs"
class HeatScale : public QWidget {
  public:
    HeatScale(Theme& theme, QWidget* parent) : QWidget(parent), m_theme(theme) { setFixedSize(16 + kBarWidth + kTextWidth, 24); }
    void setLimit(const QString& limit) {
        m_limit = limit;
        setAccessibleName(limit.isEmpty() ? QString() : HeatBar::tr("Colours from 0 to %1").arg(limit));
        update();
    }

  protected:
    void paintEvent(QPaintEvent*) override {
        if (m_limit.isEmpty()) return;
        QPainter painter(this);
        const Tokens& t = m_theme.current();
        painter.setFont(m_theme.font(FontRole::Axis));
        painter.setPen(toQColor(t.text3));
        painter.drawText(QRect(0, 0, 12, height()), Qt::AlignVCenter | Qt::AlignLeft, QStringLiteral("0"));
        const int top = (height() - kBarHeight) / 2;
        for (int x = 0; x < kBarWidth; ++x)
            painter.fillRect(14 + x, top, 1, kBarHeight, toQColor(sequentialColor(static_cast<double>(x) / (kBarWidth - 1))));
        painter.setPen(toQColor(t.line2));
        painter.drawRect(QRectF(13.5, top - 0.5, kBarWidth + 1, kBarHeight + 1));
        painter.setPen(toQColor(t.text2));
        painter.drawText(QRect(14 + kBarWidth + 8, 0, kTextWidth - 8, height()), Qt::AlignVCenter | Qt::AlignLeft, m_limit);
    }

  private:
    Theme& m_theme;
    QString m_limit;
};

HeatBar::HeatBar(Theme& theme, MeasureSession& session, const HeatDecorator& heat, QWidget* canvas)
    : QWidget(canvas), m_session(session), m_heat(heat) {
    setObjectName(QStringLiteral("heatBar"));
    QStringList labels, helps;
    for (const char* id : {"time", "energy", "moved", "macs"}) {
        const LayerMetric* metric = findLayerMetric(id);
        m_ids << QLatin1String(id);
        labels << metricLabel(*metric);
        helps << tr(metric->help.c_str());
    }
    m_choice = new SegmentedControl(labels);
    m_choice->setObjectName(QStringLiteral("heatChoice"));
    m_choice->setAccessibleName(tr("Colour of the cards"));
    for (int i = 0; i < helps.size(); ++i) m_choice->setOptionToolTip(i, helps[i]);
    m_scale = new HeatScale(theme, this);
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(14);
    row->addWidget(m_choice);
    row->addWidget(m_scale);
    connect(m_choice, &SegmentedControl::chosen, this, [this](int index) { m_session.setMetric(m_ids[index]); });
    connect(&theme, &Theme::changed, this, qOverload<>(&QWidget::update));
    move(20, 14);
    refresh();
    hide();
}

void HeatBar::refresh() {
    m_choice->setCurrentIndex(static_cast<int>(m_ids.indexOf(m_session.metric())));
    const LayerMetric& metric = *findLayerMetric(m_session.metric().toStdString());
    const double most = m_heat.largest(metric);
    m_scale->setLimit(most > 0.0 ? metricText(metric, most) : QString());
    adjustSize();
}

}  // namespace convolab
