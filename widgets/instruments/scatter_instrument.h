// Single points in a plot, each of which can be pointed at and chosen: accuracy against size of everything that was tried.
#pragma once

#include "widgets/instruments/instrument.h"

#include <string>
#include <utility>
#include <vector>

namespace convolab {

class ScatterInstrument : public Instrument {
public:
    struct Point {
        std::size_t series = 0, index = 0;
        bool operator==(const Point&) const = default;
    };
    struct Tip {
        std::string title;
        std::vector<std::pair<std::string, std::string>> rows;  // label, value
    };

    void setPlot(PlotDescription plot) { m_plot = std::move(plot); }
    const PlotDescription& plot() const { return m_plot; }
    void setTip(std::function<Tip(Point)> tip) { m_tip = std::move(tip); }
    // A large ring around it; from `before` a dashed arrow leads there, with a word beside its foot.
    void setCurrent(std::optional<Point> current, std::optional<Point> before = {}, const std::string& word = {});
    std::optional<Point> current() const { return m_current; }
    std::optional<Point> hovered() const { return m_hovered; }

    void setClicked(std::function<void(Point)> callback) { m_clicked = std::move(callback); }
    void setDoubleClicked(std::function<void(Point)> callback) { m_doubleClicked = std::move(callback); }

    void draw(InstrumentContext& context) override;
    std::string accessibleText() const override;
    std::optional<InstrumentExport> exportAt(double x, double y) const override;

    std::optional<PlotPoint> position(Point point) const;  // as last drawn, in logical pixels

private:
    std::optional<Point> nearest(const PlotLayout& layout, double x, double y) const;
    std::optional<Point> neighbour(int direction) const;  // of the current one, along x
    void paintCurrent(InstrumentContext& context, const PlotLayout& layout) const;
    void paintTip(InstrumentContext& context, const PlotLayout& layout, Point point) const;
    void answer(const PlotLayout& layout);

    PlotDescription m_plot;
    std::optional<PlotLayout> m_layout;
    std::function<Tip(Point)> m_tip;
    std::function<void(Point)> m_clicked, m_doubleClicked;
    std::optional<Point> m_current, m_before, m_hovered;
    std::string m_word;
    double m_width = 0, m_height = 0;
};

}  // namespace convolab
