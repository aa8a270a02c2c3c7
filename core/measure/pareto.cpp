#include "core/measure/pareto.h"

#include <algorithm>

namespace convolab {

namespace {

using Point = std::vector<std::optional<double>>;

bool complete(const Point& point) {
    return std::all_of(point.begin(), point.end(), [](const auto& value) { return value.has_value(); });
}

bool dominates(const Point& a, const Point& b) {
    bool smaller = false;
    for (std::size_t k = 0; k < a.size(); ++k) {
        if (*a[k] > *b[k]) return false;
        smaller = smaller || *a[k] < *b[k];
    }
    return smaller;
}

}  // namespace

const std::vector<LaserAxis>& laserAxes() {
    using Value = std::optional<double>;
    static const std::vector<LaserAxis> axes{
        {"latency", "Latency, batch 1", "s", false,
         [](const LaserCard& card) -> Value {
             const BatchLatency* latency = card.latency.find(1);
             return latency == nullptr ? Value() : Value(latency->seconds.median);
         }},
        {"accuracy", "Accuracy", "", true,
         [](const LaserCard& card) { return card.accuracy ? Value(1.0 - card.accuracy->top1) : Value(); }},
        {"size", "Size", "B", false,
         [](const LaserCard& card) { return Value(static_cast<double>(card.size.shippedBytes())); }},
        {"energy", "Energy, modelled", "J", false, [](const LaserCard& card) { return Value(card.energy.total()); }},
        {"robustness", "Robust accuracy", "", true,
         [](const LaserCard& card) { return card.robustness ? Value(1.0 - card.robustness->robustAccuracy) : Value(); }},
    };
    return axes;
}

const LaserAxis* findLaserAxis(const std::string& id) {
    const auto& axes = laserAxes();
    const auto found = std::find_if(axes.begin(), axes.end(), [&](const LaserAxis& axis) { return axis.id == id; });
    return found == axes.end() ? nullptr : &*found;
}

std::vector<bool> nonDominated(std::span<const Point> points) {
    std::vector<bool> front(points.size());
    for (std::size_t i = 0; i < points.size(); ++i) {
        front[i] = complete(points[i]) && std::none_of(points.begin(), points.end(), [&](const Point& other) {
                       return complete(other) && dominates(other, points[i]);
                   });
    }
    return front;
}

}  // namespace convolab
