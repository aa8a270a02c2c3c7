#include "core/measure/step_work.h"

#include <algorithm>

namespace convolab {

bool readsImages(const NetworkSpec& spec, const Analysis& analysis, NodeId node) {
    const auto edges = spec.edgesInto(node);
    return std::all_of(edges.begin(), edges.end(), [&](const Edge* edge) {
        return edge->from.node == analysis.input || (spec.node(edge->from.node)->kind == "flatten" && readsImages(spec, analysis, edge->from.node));
    });
}

StepWork stepWork(const NetworkSpec& spec, const Analysis& analysis, NodeId node, std::int64_t batch) {
    constexpr double kValue = sizeof(float);
    const NodeAnalysis& layer = *analysis.find(node);
    const auto images = static_cast<double>(batch);
    double inputs = 0.0;
    for (const auto& shape : layer.inputs) inputs += shape ? kValue * images * static_cast<double>(shape->size()) : 0.0;
    const double outputs = layer.output ? kValue * images * static_cast<double>(layer.output->size()) : 0.0;
    const double weights = kValue * static_cast<double>(layer.cost.parameters);
    const double flop = 2.0 * images * static_cast<double>(layer.cost.macs);
    StepWork work{.forward = {flop, weights + inputs + outputs}, .backward = {flop, inputs + outputs + weights}};
    if (readsImages(spec, analysis, node)) return work;
    work.backward.flop += flop;
    work.backward.bytes += weights + inputs;
    return work;
}

double roofOf(const DevicePeak& peak, Units units) {
    return units == Units::TensorHalf ? peak.halfFlops : units == Units::TensorTf32 ? peak.tf32Flops : peak.flops;
}

PassRate passRate(const PassWork& work, double seconds, const DevicePeak& peak, Units units) {
    const double roof = roofOf(peak, units);
    PassRate rate;
    if (seconds <= 0.0) return rate;
    rate.flops = work.flop / seconds;
    rate.bytesPerSecond = work.bytes / seconds;
    if (roof > 0.0) rate.ofArithmetic = rate.flops / roof;
    if (peak.bytes > 0.0) rate.ofMemory = rate.bytesPerSecond / peak.bytes;
    rate.memoryBound = peak.bytes > 0.0 && (work.flop <= 0.0 || (roof > 0.0 && work.flopPerByte() < roof / peak.bytes));
    return rate;
}

}  // namespace convolab
