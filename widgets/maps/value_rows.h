// Arithmetic, a step a row: what it is at the left, its value at the right, the last one strong.
#pragma once

#include "widgets/maps/value_view.h"

#include <vector>

namespace convolab {

struct ValueRow {
    QString label, value;
    bool strong = false;
    bool operator==(const ValueRow&) const = default;
};

class ValueRows : public ValueView {
    Q_OBJECT

public:
    ValueRows(Theme& theme, const QString& name, QWidget* parent = nullptr);

    void setRows(std::vector<ValueRow> rows);
    const std::vector<ValueRow>& rows() const { return m_rows; }
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {80, sizeHint().height()}; }

protected:
    std::optional<InstrumentExport> exported() const override;
    void paintEvent(QPaintEvent* event) override;

private:
    std::vector<ValueRow> m_rows;
};

}  // namespace convolab
