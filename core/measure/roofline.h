#pragma once

#include <span>
#include <vector>

#include "core/measure/latency.h"
#include "core/measure/layer_work.h"
#include "core/measure/machine_peak.h"

namespace convolab {

/// One layer on the roofline.
struct RooflinePoint {
    NodeId node;
    std::string name;
    std::int64_t batch = 1;
    double flopPerByte = 0.0;
    double flops = 0.0;         ///< FLOP/s attained: 2 · MACs / median time
    double bound = 0.0;         ///< FLOP/s that main memory and arithmetic allow: min(peak, FLOP per byte · bytes/s)
    bool memoryBound = false;   ///< left of the ridge
    bool insideCaches = false;  ///< faster than main memory could feed it: weights and maps stay in the caches
};

/// min(peak, intensity · bandwidth).
double rooflineBound(const MachinePeak& peak, double flopPerByte);
/// FLOP per byte where the two lines meet.
double ridge(const MachinePeak& peak);

/// The layers with MACs whose time was measured; the others have no place on this plot.
std::vector<RooflinePoint> roofline(std::span<const LayerWork> work, const BatchLatency& latency, const MachinePeak& peak);

}  // namespace convolab
