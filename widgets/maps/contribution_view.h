// The terms of a sum, largest magnitude first, each with a bar about a common zero; what does not fit is summed up.
#pragma once

#include "widgets/maps/value_view.h"

#include <vector>

namespace convolab {

struct Contribution {
    std::int64_t index = 0;  // the caller's own
    QString label;           // "map 3, row 2, column 5"
    QString detail;          // "0.82 × −1.31"
    double value = 0;
};

class ContributionView : public ValueView {
    Q_OBJECT

public:
    ContributionView(Theme& theme, const QString& name, QWidget* parent = nullptr);

    void setTerms(std::vector<Contribution> terms);  // in any order
    void setMostRows(int rows);
    // As shown: the largest, then one row for all the rest where there are more.
    const std::vector<Contribution>& shown() const { return m_shown; }
    std::size_t summedUp() const { return m_rest; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {120, sizeHint().height()}; }

signals:
    void pointed(qint64 index);
    void chosen(qint64 index);
    void left();

protected:
    std::optional<InstrumentExport> exported() const override;
    void paintEvent(QPaintEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;

private:
    void arrange();
    int rowAt(QPointF at) const;

    std::vector<Contribution> m_terms, m_shown;
    std::size_t m_rest = 0;
    int m_most = 8, m_current = -1;
};

}  // namespace convolab
