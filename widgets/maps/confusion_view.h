// Label against prediction: how many images of each class were taken for which. Cells can be chosen.
#pragma once

#include "widgets/maps/value_view.h"

#include <QPoint>
#include <QStringList>

#include <vector>

namespace convolab {

class ConfusionView : public ValueView {
    Q_OBJECT

public:
    ConfusionView(Theme& theme, const QString& name, QWidget* parent = nullptr);

    // counts[label][predicted]
    void setTable(const QString& title, const QStringList& classes, const std::vector<std::vector<std::int64_t>>& counts);
    void clear(const QString& why);
    void setStale(bool stale);
    void setSelected(std::optional<QPoint> cell);  // x: predicted, y: label
    const std::optional<QPoint>& selected() const { return m_selected; }
    std::int64_t count(int label, int predicted) const;
    QRectF cellRect(int label, int predicted) const;
    ThemeColor cellColor(int label, int predicted) const;
    QSize sizeHint() const override;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;

signals:
    void chosen(int label, int predicted);

protected:
    std::optional<InstrumentExport> exported() const override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    int classes() const { return static_cast<int>(m_classes.size()); }
    double cell() const;
    std::optional<QPoint> cellAt(QPointF at) const;
    QString sentence(QPoint cell) const;
    void choose(QPoint cell);
    void paintLabels(QPainter& painter) const;

    QString m_title, m_why;
    QStringList m_classes;
    std::vector<std::vector<std::int64_t>> m_counts;
    std::vector<std::int64_t> m_totals;  // per label
    std::optional<QPoint> m_selected;
    bool m_stale = false;
};

}  // namespace convolab
