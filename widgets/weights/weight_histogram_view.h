// Counts over the values of a layer's weights (log scale), with a threshold on |w| that is dragged by a grip on either side.
#pragma once

#include "widgets/maps/value_view.h"
#include "widgets/plots/plot_layout.h"
#include "widgets/weights/pruned_histogram.h"

namespace convolab {

class WeightHistogramView : public ValueView {
    Q_OBJECT

public:
    explicit WeightHistogramView(Theme& theme, QWidget* parent = nullptr);

    void setHistogram(const QString& title, PrunedHistogram histogram);  // title: for copies and screen readers
    const PrunedHistogram& histogram() const { return m_histogram; }
    // Where the two lines stand; nothing: this layer is not pruned by a threshold on |w|, so that there is none to drag.
    void setThreshold(std::optional<double> threshold);
    std::optional<double> threshold() const { return m_threshold; }
    void setEmptyText(const QString& text);

    QRectF plotArea() const;
    double xOf(double value) const;  // widget coordinates
    QSize sizeHint() const override { return {288, 160}; }

signals:
    void thresholdDragged(double threshold);  // while the hand moves, and by the arrow keys
    void dragFinished();

protected:
    std::optional<InstrumentExport> exported() const override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    bool event(QEvent* event) override;

private:
    double valueAt(double x) const;
    double heightOf(long long count) const;
    bool onHandle(QPointF at) const;
    void drag(double x);
    void paintBars(QPainter& painter, const QRectF& area) const;
    void paintGrid(QPainter& painter, const QRectF& area) const;
    void paintHandles(QPainter& painter, const QRectF& area) const;
    void paintAxis(QPainter& painter, const QRectF& area) const;
    QString hintAt(QPointF at) const;

    QString m_title, m_emptyText;
    PrunedHistogram m_histogram;
    std::optional<double> m_threshold;
    bool m_dragging = false;
};

}  // namespace convolab
