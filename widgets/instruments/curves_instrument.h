// Curves side by side under a shared x axis: large plots at the left, up to two small ones stacked in a column at the right.
// Hover shows one hair line over all of them, with the values of every curve.
#pragma once

#include "widgets/instruments/instrument.h"

#include <vector>

namespace convolab {

class CurvesInstrument : public Instrument {
public:
    void setPlots(std::vector<PlotDescription> large, std::vector<PlotDescription> small = {});
    const std::vector<PlotDescription>& largePlots() const { return m_large; }
    const std::vector<PlotDescription>& smallPlots() const { return m_small; }

    // A person drags the line of `now` in a plot with nowHandle: called with each new x, inside the axis.
    void setNowDragged(std::function<void(double)> callback) { m_nowDragged = std::move(callback); }
    // A click into a plot, away from such a line: called with x, that of the nearest point. Set new plots only behind the call.
    void setClicked(std::function<void(double)> callback) { m_clicked = std::move(callback); }
    bool isDragging() const { return m_dragging; }

    void setHover(std::optional<double> x) { m_pinnedHover = x; }  // shows the hair line without a pointer

    void draw(InstrumentContext& context) override;
    std::string accessibleText() const override;
    std::optional<InstrumentExport> exportAt(double x, double y) const override;

private:
    struct Placed {
        const PlotDescription* plot = nullptr;
        PlotRect rect;
    };
    std::vector<Placed> place(double width, double height) const;
    void handleDrag(const std::vector<Placed>& placed, const std::vector<PlotLayout>& layouts);
    void handleClick(const std::vector<Placed>& placed, const std::vector<PlotLayout>& layouts);
    void drawHover(InstrumentContext& context, const std::vector<Placed>& placed, const std::vector<PlotLayout>& layouts);

    std::vector<PlotDescription> m_large, m_small;
    std::optional<double> m_pinnedHover;
    std::function<void(double)> m_nowDragged, m_clicked;
    bool m_dragging = false;
    double m_width = 0, m_height = 0;
};

}  // namespace convolab
