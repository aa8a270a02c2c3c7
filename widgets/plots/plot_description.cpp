#include "widgets/plots/plot_description.h"

#include "widgets/plots/number_text.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>

namespace convolab {
namespace {

std::string hoverText(const PlotAxis& axis, double value) {
    if (axis.scale == PlotScale::ErrorLog || axis.unit == "%")
        return axis.scale == PlotScale::ErrorLog ? percentText(value) : fixedText(value, 2) + " %";
    return withUnit(valueText(value), axis.unit);
}

// "98.62 ± 0.23 %" where the point has an interval.
std::string valueAt(const PlotAxis& axis, const PlotSeries& series, std::size_t index) {
    if (index >= series.low.size() || index >= series.high.size())
        return hoverText(axis, series.y[index]);
    const double half = (series.high[index] - series.low[index]) / 2;
    if (axis.scale == PlotScale::ErrorLog)
        return fixedText(100 * series.y[index], 2) + " ± " + percentText(half);
    if (axis.unit == "%")
        return fixedText(series.y[index], 2) + " ± " + fixedText(half, 2) + " %";
    return withUnit(valueText(series.y[index]) + " ± " + valueText(half, 2), axis.unit);
}

std::string csvCell(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos)
        return text;
    std::string quoted = "\"";
    for (const char c : text)
        quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
    return quoted + "\"";
}

// For other programs: a plain hyphen for minus and a point, whatever the locale; shortest form that reads back the same.
std::string csvNumber(double value) {
    if (!std::isfinite(value))
        return "";
    char text[64];
    std::snprintf(text, sizeof text, "%.9g", value);
    std::string result = text;
    std::replace(result.begin(), result.end(), ',', '.');
    return result;
}

std::string axisName(const PlotAxis& axis) { return axis.unit.empty() ? axis.label : axis.label + ", " + axis.unit; }

}  // namespace

bool isEmpty(const PlotDescription& plot) {
    const auto hasValue = [](const std::vector<double>& values) {
        return std::any_of(values.begin(), values.end(), [](double value) { return std::isfinite(value); });
    };
    return std::none_of(plot.series.begin(), plot.series.end(),
                        [&](const PlotSeries& series) { return hasValue(series.y) || hasValue(series.rawY); });
}

std::string plotText(const PlotDescription& plot) {
    if (isEmpty(plot))
        return plot.title + ": " + plot.emptyText;
    std::string text = plot.title;
    if (!plot.yAxis.unit.empty())
        text += ", " + plot.yAxis.unit;
    for (const PlotSeries& series : plot.series) {
        double lowest = INFINITY, highest = -INFINITY;
        std::size_t newest = series.y.size();
        for (std::size_t i = 0; i < series.y.size(); ++i) {
            if (!std::isfinite(series.y[i]))
                continue;
            lowest = std::min(lowest, series.y[i]);
            highest = std::max(highest, series.y[i]);
            newest = i;
        }
        if (newest == series.y.size())
            continue;
        text += "\n" + series.name + ": " + valueAt(plot.yAxis, series, newest) + " at " +
                (plot.xAxis.label.empty() ? "x" : plot.xAxis.label) + " " + withUnit(valueText(series.x[newest]), plot.xAxis.unit) +
                ", lowest " + hoverText(plot.yAxis, lowest) + ", highest " + hoverText(plot.yAxis, highest);
    }
    for (const PlotEvent& event : plot.events)
        text += "\n" + event.label + " at " + valueText(event.x);
    return text;
}

std::string plotCsv(const PlotDescription& plot) {
    struct Column {
        std::string name;
        const std::vector<double>*x, *y;
    };
    std::vector<Column> columns;
    for (const PlotSeries& series : plot.series) {
        if (!series.y.empty())
            columns.push_back({series.name, &series.x, &series.y});
        if (!series.low.empty()) {
            columns.push_back({series.name + " (low)", &series.x, &series.low});
            columns.push_back({series.name + " (high)", &series.x, &series.high});
        }
        if (!series.rawY.empty())
            columns.push_back({series.name + " (raw)", &series.rawX, &series.rawY});
    }
    std::map<double, std::vector<double>> rows;
    for (std::size_t c = 0; c < columns.size(); ++c) {
        for (std::size_t i = 0; i < std::min(columns[c].x->size(), columns[c].y->size()); ++i)
            rows.try_emplace((*columns[c].x)[i], columns.size(), NAN).first->second[c] = (*columns[c].y)[i];
    }
    std::string text = csvCell(plot.xAxis.label.empty() ? "x" : axisName(plot.xAxis));
    for (const Column& column : columns)
        text += "," + csvCell(column.name);
    text += "\n";
    for (const auto& [x, values] : rows) {
        text += csvNumber(x);
        for (const double value : values)
            text += "," + csvNumber(value);
        text += "\n";
    }
    return text;
}

std::optional<std::size_t> nearestIndex(const std::vector<double>& ascending, double x) {
    if (ascending.empty())
        return std::nullopt;
    const auto after = std::lower_bound(ascending.begin(), ascending.end(), x);
    if (after == ascending.begin())
        return 0;
    const auto index = static_cast<std::size_t>(after - ascending.begin());
    if (after == ascending.end())
        return ascending.size() - 1;
    return x - ascending[index - 1] <= ascending[index] - x ? index - 1 : index;
}

std::vector<HoverValue> hoverValues(const PlotDescription& plot, double x) {
    std::vector<HoverValue> values;
    for (std::size_t s = 0; s < plot.series.size(); ++s) {
        const PlotSeries& series = plot.series[s];
        const auto index = nearestIndex(series.x, x);
        if (!index || *index >= series.y.size() || !std::isfinite(series.y[*index]))
            continue;
        values.push_back({s, *index, series.x[*index], series.y[*index], valueAt(plot.yAxis, series, *index)});
    }
    return values;
}

std::vector<std::size_t> decimateColumns(const std::vector<double>& x, const std::vector<double>& y, double fromX, double toX,
                                         int columns) {
    std::vector<std::size_t> kept;
    const std::size_t count = std::min(x.size(), y.size());
    if (count == 0 || columns < 1 || !(toX > fromX))
        return kept;
    auto first = static_cast<std::size_t>(std::lower_bound(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(count), fromX) - x.begin());
    auto last = static_cast<std::size_t>(std::upper_bound(x.begin(), x.begin() + static_cast<std::ptrdiff_t>(count), toX) - x.begin());
    first = first > 0 ? first - 1 : 0;
    last = std::min(count, last + 1);

    const auto columnOf = [&](std::size_t i) { return static_cast<long>(std::floor((x[i] - fromX) / (toX - fromX) * columns)); };
    const auto add = [&kept](std::size_t i) {
        if (kept.empty() || kept.back() != i)
            kept.push_back(i);
    };
    for (std::size_t i = first; i < last;) {
        if (!std::isfinite(y[i])) {
            add(i);
            while (i < last && !std::isfinite(y[i]))
                ++i;
            continue;
        }
        const long column = columnOf(i);
        std::size_t lowest = i, highest = i, end = i;
        for (; end < last && std::isfinite(y[end]) && columnOf(end) == column; ++end) {
            if (y[end] < y[lowest])
                lowest = end;
            if (y[end] > y[highest])
                highest = end;
        }
        add(i);
        add(std::min(lowest, highest));
        add(std::max(lowest, highest));
        add(end - 1);
        i = end;
    }
    return kept;
}

}  // namespace convolab
