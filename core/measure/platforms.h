#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/measure/layer_work.h"

namespace convolab {

/// A row of the courses' platform tables, as printed there; absent where a table says nothing.
struct Platform {
    std::string name;
    std::string table;                        ///< which table, for the reader
    std::optional<double> imagesPerSecond;    ///< on an ImageNet CNN
    std::optional<double> peakFlops;          ///< FLOP/s (or OP/s for integers) in inference
    std::optional<double> effectiveFlops;     ///< FLOP/s on that CNN
    std::optional<double> effectivePrinted;   ///< share of the peak as printed
    std::optional<double> watts;
    std::optional<double> opsPerJoule;
    std::optional<double> bytesPerSecond;
    std::optional<double> onChipBytes;
    std::optional<double> relativeInferences; ///< inferences/s under 10 ms, TPU = 1
    std::optional<double> trainingFlops;
    std::string arithmetic;                   ///< "FP32", "INT8"
    std::string slip;                         ///< what the printed numbers get wrong, and the exact value; empty: nothing
};
const std::vector<Platform>& platforms();

/// How many images per second this network would run there, and by which rule.
struct PlatformEstimate {
    double imagesPerSecond = 0.0;
    std::string rule;  ///< "its effective rate on an ImageNet CNN", "roofline"
};
/// Where a table gives an effective rate: that rate over this network's FLOP. Else the roofline: layer by layer, the
/// longer of arithmetic at the peak and moving bytes, at this batch. Absent for a network without MACs. A model: small
/// networks never reach such rates.
std::optional<PlatformEstimate> estimate(const Platform& platform, std::span<const LayerWork> work, std::int64_t batch);

}  // namespace convolab
