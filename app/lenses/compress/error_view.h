#pragma once

#include <QString>
#include <vector>

#include "core/graph/network_spec.h"
#include "widgets/maps/value_view.h"

namespace convolab {

/// One layer of the error x-ray. Errors as shares of the signal.
struct ErrorBar {
    NodeId layer;
    QString name, bits;      ///< bits: "4", empty for a layer without weights
    double weights = 0.0, outputs = 0.0;
    QString text;            ///< "21.3 dB"
    QString hint;
};

/// The layers one below the other: how much of each one's output is error (solid) and of its weights (thin), so that the
/// layer that suffers is the longest bar. A click chooses the layer.
class ErrorView : public ValueView {
    Q_OBJECT

  public:
    explicit ErrorView(Theme& theme, QWidget* parent = nullptr);

    void setBars(std::vector<ErrorBar> bars, NodeId worst, bool stale, const QString& emptyText);
    const std::vector<ErrorBar>& bars() const { return m_bars; }
    static constexpr double kNothing = 1e-6;
    double longest() const;  ///< the share that fills the width, kNothing where there is no error
    QSize sizeHint() const override;

  signals:
    void layerChosen(NodeId layer);

  protected:
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    bool event(QEvent* event) override;
    std::optional<InstrumentExport> exported() const override;

  private:
    const ErrorBar* barAt(double y) const;
    void paintBar(QPainter& painter, const ErrorBar& bar, const QRectF& row) const;

    std::vector<ErrorBar> m_bars;
    NodeId m_worst;
    bool m_stale = false;
    QString m_emptyText;
};

}  // namespace convolab
