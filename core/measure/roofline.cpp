#include "core/measure/roofline.h"

#include <algorithm>

namespace convolab {

double rooflineBound(const MachinePeak& peak, double flopPerByte) {
    return std::min(peak.flops, flopPerByte * peak.memoryBytes);
}

double ridge(const MachinePeak& peak) { return peak.memoryBytes > 0.0 ? peak.flops / peak.memoryBytes : 0.0; }

std::vector<RooflinePoint> roofline(std::span<const LayerWork> work, const BatchLatency& latency, const MachinePeak& peak) {
    std::vector<RooflinePoint> points;
    for (const LayerWork& layer : work) {
        const LayerTime* time = latency.find(layer.node);
        if (layer.macs == 0 || time == nullptr || time->seconds.median <= 0.0) continue;
        RooflinePoint point;
        point.node = layer.node;
        point.name = layer.name;
        point.batch = latency.batch;
        point.flopPerByte = layer.flopPerByte(latency.batch);
        point.flops = 2.0 * static_cast<double>(layer.macs * latency.batch) / time->seconds.median;
        point.bound = rooflineBound(peak, point.flopPerByte);
        point.memoryBound = point.flopPerByte < ridge(peak);
        point.insideCaches = point.memoryBound && point.flops > point.bound;
        points.push_back(std::move(point));
    }
    return points;
}

}  // namespace convolab
