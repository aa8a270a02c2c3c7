#include "widgets/plots/axis_map.h"

#include "widgets/plots/number_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace convolab {
namespace {

constexpr double kSmallestError = 1e-5;     // an accuracy of 1 is drawn here
constexpr double kUnreachable = -1e6;       // where a logarithm has no value
constexpr std::size_t kMaxTicks = 7;

double niceStep(double range, double wanted) {
    const double rough = range / std::max(1.0, wanted);
    const double power = std::pow(10.0, std::floor(std::log10(rough)));
    for (const double factor : {1.0, 2.0, 2.5, 5.0}) {
        if (rough <= factor * power * 1.0001)
            return factor * power;
    }
    return 10 * power;
}

int decimalsFor(double step) {
    int decimals = 0;
    while (decimals < 9 && std::abs(step - std::round(step)) > 1e-6 * step) {
        step *= 10;
        ++decimals;
    }
    return decimals;
}

std::vector<AxisTick> linearTicks(double low, double high, double wanted) {
    std::vector<AxisTick> ticks;
    const double step = niceStep(high - low, wanted);
    const int decimals = decimalsFor(step);
    const double largest = std::max(std::abs(low), std::abs(high));
    const bool compact = largest >= 10000, tiny = largest < 2e-3;
    for (double index = std::ceil(low / step - 1e-9); index * step <= high + 1e-9 * step; index += 1) {
        const double value = index * step;
        std::string label = tiny ? valueText(value, 3) : compact ? compactText(value, 3) : fixedText(value, decimals);
        ticks.push_back({value, 0, std::move(label)});
    }
    return ticks;
}

std::vector<double> powersTimes(double low, double high, std::initializer_list<double> factors, int every) {
    std::vector<double> values;
    const int first = static_cast<int>(std::floor(std::log10(low))), last = static_cast<int>(std::ceil(std::log10(high)));
    for (int exponent = first; exponent <= last; ++exponent) {
        if (((exponent % every) + every) % every != 0)
            continue;
        for (const double factor : factors) {
            const double value = factor * std::pow(10.0, exponent);
            if (value >= low * (1 - 1e-9) && value <= high * (1 + 1e-9))
                values.push_back(value);
        }
    }
    return values;
}

std::vector<AxisTick> logTicks(double low, double high, double wanted) {
    const auto most = static_cast<std::size_t>(std::max(2.0, wanted) + 0.5);
    std::vector<double> values = powersTimes(low, high, {1, 2, 5}, 1);
    if (values.size() < 2)
        return linearTicks(low, high, wanted);
    for (int every = 1; values.size() > most && every < 12; ++every)
        values = powersTimes(low, high, {1}, every);
    if (values.size() < 2)
        values = powersTimes(low, high, {1, 5}, 1);
    std::vector<AxisTick> ticks;
    for (const double value : values)
        ticks.push_back({value, 0, value >= 10000 ? compactText(value, 3) : valueText(value, 3)});
    return ticks;
}

// Candidates in order of importance: a later one is taken only if it keeps its distance from those before it.
std::vector<AxisTick> accuracyTicks(const AxisMap& map, double pixels, double pixelsPerLabel) {
    constexpr std::array<double, 20> kErrors{1,    0.1,  0.01,  0.001, 0.5,   0.05,  0.005,  0.0005, 0.2,    0.02,
                                             0.002, 0.0002, 0.0001, 0.3,  0.03, 0.003, 0.7, 0.4, 0.6, 0.15};
    std::vector<AxisTick> ticks;
    for (const double error : kErrors) {
        const double value = 1 - error, position = map.position(value);
        const bool inside = position > -1e-9 && position < 1 + 1e-9;
        const bool apart = std::none_of(ticks.begin(), ticks.end(), [&](const AxisTick& other) {
            return std::abs(other.position - position) * pixels < pixelsPerLabel;
        });
        if (inside && apart && ticks.size() < kMaxTicks)
            ticks.push_back({value, position, valueText(value * 100, 4)});
    }
    std::sort(ticks.begin(), ticks.end(), [](const AxisTick& a, const AxisTick& b) { return a.position < b.position; });
    if (ticks.size() >= 2)
        return ticks;
    // A range too narrow for the list above: equal steps in per cent.
    ticks = linearTicks(map.minimum() * 100, map.maximum() * 100, std::clamp(pixels / pixelsPerLabel, 2.0, 5.0));
    for (AxisTick& tick : ticks)
        tick.value /= 100;
    return ticks;
}

struct Range {
    double low = std::numeric_limits<double>::infinity(), high = -low;
    void add(double value) {
        low = std::min(low, value);
        high = std::max(high, value);
    }
    bool valid() const { return low <= high; }
};

bool drawable(PlotScale scale, double value) {
    return std::isfinite(value) && (scale != PlotScale::Log || value > 0) && (scale != PlotScale::ErrorLog || value <= 1);
}

void addAll(Range& range, PlotScale scale, const std::vector<double>& values) {
    for (const double value : values) {
        if (drawable(scale, value))
            range.add(value);
    }
}

}  // namespace

AxisMap::AxisMap(PlotScale scale, double minimum, double maximum) : m_scale(scale), m_minimum(minimum), m_maximum(maximum) {
    if (m_scale == PlotScale::Log && m_minimum <= 0)
        m_minimum = m_maximum > 0 ? m_maximum * 1e-3 : 1e-3;
    if (!(m_maximum > m_minimum))
        m_maximum = m_minimum + (m_scale == PlotScale::Log ? m_minimum : std::max(1e-12, std::abs(m_minimum) * 1e-3));
    m_low = transform(m_minimum);
    m_high = transform(m_maximum);
    if (!(m_high > m_low))
        m_high = m_low + 1e-9;
}

double AxisMap::transform(double value) const {
    switch (m_scale) {
    case PlotScale::Log:
        return value > 0 ? std::log10(value) : kUnreachable;
    case PlotScale::ErrorLog:
        return -std::log10(std::max(1 - value, kSmallestError));
    case PlotScale::Linear:
        break;
    }
    return value;
}

double AxisMap::position(double value) const { return (transform(value) - m_low) / (m_high - m_low); }

double AxisMap::value(double position) const {
    const double transformed = m_low + position * (m_high - m_low);
    switch (m_scale) {
    case PlotScale::Log:
        return std::pow(10.0, transformed);
    case PlotScale::ErrorLog:
        return 1 - std::pow(10.0, -transformed);
    case PlotScale::Linear:
        break;
    }
    return transformed;
}

std::vector<AxisTick> AxisMap::ticks(double pixels, double pixelsPerLabel) const {
    const double fitting = std::floor(pixels / pixelsPerLabel);
    if (m_scale == PlotScale::ErrorLog) {
        std::vector<AxisTick> result = accuracyTicks(*this, pixels, pixelsPerLabel);
        for (AxisTick& tick : result)
            tick.position = position(tick.value);
        return result;
    }
    const double wanted = std::clamp(fitting, 2.0, 6.0);
    auto result = m_scale == PlotScale::Log ? logTicks(m_minimum, m_maximum, std::min(fitting, 7.0)) : linearTicks(m_minimum, m_maximum, wanted);
    for (AxisTick& tick : result)
        tick.position = position(tick.value);
    return result;
}

AxisMap horizontalMap(const PlotDescription& plot) {
    Range range;
    for (const PlotSeries& series : plot.series) {
        addAll(range, plot.xAxis.scale, series.x);
        addAll(range, plot.xAxis.scale, series.rawX);
    }
    if (plot.now)
        range.add(*plot.now);
    const double low = plot.xAxis.minimum.value_or(range.valid() ? range.low : 0);
    const double high = plot.xAxis.maximum.value_or(range.valid() ? range.high : low + 1);
    return AxisMap(plot.xAxis.scale, low, high > low ? high : low + 1);
}

AxisMap verticalMap(const PlotDescription& plot) {
    constexpr double kAir = 0.04;
    const PlotScale scale = plot.yAxis.scale;
    Range range;
    for (const PlotSeries& series : plot.series)
        addAll(range, scale, series.y);
    if (!range.valid()) {
        for (const PlotSeries& series : plot.series)
            addAll(range, scale, series.rawY);
    }
    for (const PlotBudget& budget : plot.budgets) {
        if (drawable(scale, budget.y))
            range.add(budget.y);
    }
    if (!range.valid())
        range = scale == PlotScale::Log ? Range{0.1, 1} : Range{0, scale == PlotScale::ErrorLog ? 0.99 : 1};
    if (range.high == range.low) {
        const double spread = scale == PlotScale::ErrorLog ? (1 - range.low) / 2 : std::max(std::abs(range.low) * 0.1, 1e-6);
        range = {range.low - spread, range.high + spread};
    }
    const AxisMap tight(scale, range.low, range.high);
    double low = tight.value(-kAir), high = tight.value(1 + kAir);
    if (scale == PlotScale::Linear && range.low >= 0 && range.low < 0.5 * range.high)
        low = 0;  // a bar or a rate reads best from zero
    return AxisMap(scale, plot.yAxis.minimum.value_or(low), plot.yAxis.maximum.value_or(high));
}

}  // namespace convolab
