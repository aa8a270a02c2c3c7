#pragma once

#include <QStringList>
#include <QWidget>
#include <vector>

namespace convolab {

class Theme;

/// One row per class: name, bar, per cent. The largest is in the accent colour; bars jump to their value. More classes than
/// fit: the most probable ones, in order of probability.
class PredictionBars : public QWidget {
    Q_OBJECT

  public:
    explicit PredictionBars(Theme& theme, QWidget* parent = nullptr);

    void setClasses(const QStringList& names);
    void setProbabilities(std::vector<float> probabilities);  ///< empty: no answer
    void setTruth(int label);     ///< −1: unknown; marked by a tick beside the name
    void setStale(bool stale);    ///< drawn in text3
    int top() const;              ///< −1: none
    QRectF barRect(int row) const;
    int rowsShown() const;
    int classInRow(int row) const;

  private:
    Theme& m_theme;
    QStringList m_names;
    std::vector<float> m_values;
    int m_truth = -1;
    bool m_stale = false;
};

}  // namespace convolab
