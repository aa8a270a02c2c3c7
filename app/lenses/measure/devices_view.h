#pragma once

#include "app/lenses/measure/measure_presenters.h"
#include "widgets/maps/value_view.h"

namespace convolab {

/// Images per second here, measured (solid), and on the courses' platforms, modelled (hatched), as bars on a logarithmic
/// scale. Hovering says by which rule.
class DevicesView : public ValueView {
    Q_OBJECT

  public:
    DevicesView(Theme& theme, QWidget* parent = nullptr);
    void setBars(std::vector<DeviceBar> bars, std::int64_t batch, const QString& emptyText);
    const std::vector<DeviceBar>& bars() const { return m_bars; }

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    std::optional<InstrumentExport> exported() const override;

  private:
    double rowHeight() const;
    void paintBar(QPainter& painter, const QRectF& area, std::size_t index) const;
    double fraction(const DeviceBar& bar) const;

    std::vector<DeviceBar> m_bars;
    std::int64_t m_batch = 1;
    QString m_emptyText;
};

}  // namespace convolab
