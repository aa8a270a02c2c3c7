#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/measure/laser.h"

namespace convolab {

/// One of the five numbers as an axis on which smaller is better.
struct LaserAxis {
    std::string id;      ///< "latency"
    std::string label;   ///< "Latency, batch 1"
    std::string unit;    ///< "s"
    bool share = false;  ///< an error in [0, 1]: drawn logarithmically, labelled with 1 − error
    std::optional<double> (*value)(const LaserCard& card);
};
const std::vector<LaserAxis>& laserAxes();  ///< latency, accuracy (error), size (bytes), energy, robustness (error)
const LaserAxis* findLaserAxis(const std::string& id);

/// Which points no other dominates: another one is at most as large on all coordinates and smaller on one. Equal points
/// keep each other. A point with a missing coordinate is on no front and dominates nobody. All points have one length.
std::vector<bool> nonDominated(std::span<const std::vector<std::optional<double>>> points);

}  // namespace convolab
