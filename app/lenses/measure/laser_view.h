#pragma once

#include "app/lenses/measure/measure_presenters.h"
#include "widgets/maps/value_view.h"

namespace convolab {

/// The five numbers, one row each: the open network's large, a bar per network with its figure; the best one of a row has a
/// filled triangle before its figure. Modelled bars are hatched. Hovering says how a number was measured.
class LaserView : public ValueView {
    Q_OBJECT

  public:
    LaserView(Theme& theme, QWidget* parent = nullptr);
    void setRows(std::vector<LaserRow> rows, bool stale);
    const std::vector<LaserRow>& rows() const { return m_rows; }
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;
    bool event(QEvent* event) override;
    std::optional<InstrumentExport> exported() const override;

  private:
    int rowHeight(const LaserRow& row) const;
    void paintRow(QPainter& painter, const QRectF& area, const LaserRow& row) const;

    std::vector<LaserRow> m_rows;
    bool m_stale = false;
};

}  // namespace convolab
