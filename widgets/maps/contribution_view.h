// The terms of a sum, largest magnitude first, each with a bar about a common zero; what does not fit is summed up.
#pragma once

#include "widgets/maps/value_view.h"

#include <functional>
#include <vector>

namespace convolab {

struct Contribution {
    std::int64_t index = 0;  // the caller's own; −1: the sum of the rest
    double value = 0;
    bool operator==(const Contribution&) const = default;
};

class ContributionView : public ValueView {
    Q_OBJECT

public:
    ContributionView(Theme& theme, const QString& name, QWidget* parent = nullptr);

    // In any order. `label` ("map 3, row 2, column 5") and `detail` ("0.82 × −1.31"; may be null) are asked for as needed.
    using TextOf = std::function<QString(std::int64_t index)>;
    void setTerms(std::vector<Contribution> terms, TextOf label, TextOf detail = {});
    void setMostRows(int rows);
    // As shown: the largest, then one row for all the rest where there are more.
    const std::vector<Contribution>& shown() const { return m_shown; }
    std::size_t summedUp() const { return m_rest; }
    QString label(const Contribution& term) const;
    QString detail(const Contribution& term) const;
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
    TextOf m_label, m_detail;
    std::size_t m_rest = 0;
    int m_most = 8, m_current = -1;
};

}  // namespace convolab
