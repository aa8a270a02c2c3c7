#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

namespace convolab {

class Theme;

/// One row per class: name, bar, per cent. The largest is in the accent colour; bars jump to their value, since data is
/// never eased. Where more classes than rows fit: the most probable ones, in order of probability.
class PredictionBars : public QWidget {
    Q_OBJECT

  public:
    explicit PredictionBars(Theme& theme, QWidget* parent = nullptr);

    void setClasses(const QStringList& names);
    void setProbabilities(std::vector<float> probabilities);  ///< empty: no answer
    void setTruth(int label);   ///< −1: unknown; its row carries a tick
    void setStale(bool stale);  ///< older than the picture: no accent, text3
    void setEmptyText(const QString& text);  ///< in place of the bars while there is no answer
    int top() const;            ///< class with the largest probability, −1: none
    QString className(int index) const;

    int rowsShown() const;
    int classInRow(int row) const;
    QRectF barRect(int row) const;  ///< of the whole track

    QSize sizeHint() const override { return {280, 220}; }
    QSize minimumSizeHint() const override { return {140, 60}; }

  protected:
    void paintEvent(QPaintEvent* event) override;
    void resizeEvent(QResizeEvent* event) override;
    bool event(QEvent* event) override;

  private:
    void arrange();
    int nameWidth() const;
    double rowHeight() const;
    void paintRow(QPainter& painter, int row) const;
    void describe();

    Theme& m_theme;
    QStringList m_names;
    QString m_empty;
    std::vector<float> m_values;
    std::vector<int> m_order;  ///< class in each row
    int m_truth = -1;
    bool m_stale = false;
};

}  // namespace convolab
