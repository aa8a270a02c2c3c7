// What a plot shows, free of any toolkit: the instruments, the SVG writer, the CSV and the report all draw from this.
#pragma once

#include <optional>
#include <string>
#include <vector>

namespace convolab {

// ErrorLog is for accuracies given as fractions in [0, 1]: the axis is the logarithm of 1 - y, labelled with y in per cent.
enum class PlotScale { Linear, Log, ErrorLog };

struct PlotAxis {
    std::string label;  // "epoch"
    std::string unit;   // "ms"; drawn after the label and in hover values
    PlotScale scale = PlotScale::Linear;
    std::optional<double> minimum = {}, maximum = {};  // fixed ends; absent: from the data
};

enum class PlotMarker { None, Circle, Square, Triangle, Diamond, Ring };

inline constexpr int kTextColor = -1;  // a colorIndex: drawn like a value's text

// x ascends; x and y have the same length, so do rawX and rawY. A y that is not finite leaves a gap.
struct PlotSeries {
    std::string name;
    int colorIndex = 0;              // into the six series colours, or kTextColor
    std::vector<double> x, y;        // the line
    std::vector<double> rawX, rawY;  // unsmoothed values, drawn behind at 22 %
    std::vector<double> low = {}, high = {};  // the interval around each y, drawn as whiskers; as long as y, or empty
    bool dashed = false;             // an old run or a plan
    bool emphasised = false;         // a chosen line is thicker
    bool ringAtNewest = true;        // a ring at the last value
    PlotMarker marker = PlotMarker::None;
    bool line = true;                // false: only markers, one at every point
};

enum class PlotEventKind { Change, Flag };

struct PlotEvent {  // a dotted vertical line (Change) or a person's own mark (Flag)
    double x = 0;
    std::string label;
    PlotEventKind kind = PlotEventKind::Change;
};

struct PlotBudget {  // a dashed horizontal limit
    double y = 0;
    std::string label;
};

struct PlotDescription {
    std::string title;
    std::string note;  // at the upper right where there is no legend: the current value
    PlotAxis xAxis, yAxis;
    std::vector<PlotSeries> series;
    std::vector<PlotEvent> events;
    std::vector<PlotBudget> budgets;
    std::optional<double> now;  // the live position on x: an accent line
    bool nowHandle = false;     // with a grip: the line can be dragged
    bool legend = true;
    bool legendInside = false;  // one series a row in the emptiest corner, for plots that are narrow
    std::string emptyText = "No training yet";
};

struct PlotSize {
    double width = 0, height = 0;
};

bool isEmpty(const PlotDescription& plot);  // no series has a finite value

// "Loss. epoch 0 to 7.6. train: newest 0.07, lowest 0.06 ..." for accessibility and for Copy as text.
std::string plotText(const PlotDescription& plot);

// One row per distinct x, one column per series (and per raw series); empty cells where a series has no value. RFC 4180.
std::string plotCsv(const PlotDescription& plot);

// Nearest point of one series to x (x ascends); nothing for an empty series.
std::optional<std::size_t> nearestIndex(const std::vector<double>& ascending, double x);

struct HoverValue {
    std::size_t series = 0, index = 0;
    double x = 0, y = 0;
    std::string text;  // the value with its unit
};
std::vector<HoverValue> hoverValues(const PlotDescription& plot, double x);

// Indices of the points that suffice to draw a line `columns` pixels wide between fromX and toX: first, lowest, highest and
// last per column, one neighbour beyond each end, and one non-finite point per gap. At most 4 * columns + gaps + 2 indices.
std::vector<std::size_t> decimateColumns(const std::vector<double>& x, const std::vector<double>& y, double fromX, double toX,
                                         int columns);

}  // namespace convolab
