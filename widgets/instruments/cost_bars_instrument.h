// "Where the cost is": one row per layer with bars for parameters, MACs and activation memory. Scrolls when it must.
#pragma once

#include "widgets/instruments/instrument.h"

#include <vector>

namespace convolab {

struct CostRow {
    std::string layer;
    long long parameters = 0;
    long long macs = 0;
    double activationBytes = 0;
    bool selected = false;
};

class CostBarsInstrument : public Instrument {
public:
    void setRows(std::vector<CostRow> rows) { m_rows = std::move(rows); }
    const std::vector<CostRow>& rows() const { return m_rows; }
    // Called when a row is clicked, with its index.
    void setRowClicked(std::function<void(std::size_t)> callback) { m_rowClicked = std::move(callback); }

    void draw(InstrumentContext& context) override;
    std::string accessibleText() const override;
    std::optional<InstrumentExport> exportAt(double x, double y) const override;

private:
    void drawRow(InstrumentContext& context, std::size_t index, double top, double rowWidth);
    std::string csv() const;
    std::string svg(ThemeMode mode) const;
    double fraction(std::size_t column, const CostRow& row) const;

    std::vector<CostRow> m_rows;
    std::function<void(std::size_t)> m_rowClicked;
};

}  // namespace convolab
