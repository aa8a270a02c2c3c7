#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/graph/analysis.h"
#include "core/graph/network_spec.h"

namespace convolab {

struct CompressionPlan;
struct IntegerNetwork;

/// What one layer, together with those that run as part of it, has to compute and to move.
struct LayerWork {
    NodeId node = {};                     ///< the layer that runs; 0 for layers of a published network
    std::string name = {};
    std::string kind = {};                ///< "conv2d"
    std::vector<NodeId> joined = {};      ///< layers that run as part of it: batch norm, activation
    Shape output = {};                    ///< per image
    std::int64_t parameters = 0;     ///< trainable, of the joined layers too
    std::int64_t macs = 0;           ///< of one image
    std::int64_t weights = 0;        ///< values read once per batch
    std::int64_t inputs = 0;         ///< values read per image
    std::int64_t outputs = 0;        ///< values written per image
    int weightBits = 32;             ///< per weight: 32 (float32) or 8 … 2
    int valueBits = 32;              ///< per input and output: 32 or 8

    /// Each value once: weights once per batch, inputs and outputs once per image. Rereading is the caches' affair.
    std::int64_t bytesMoved(std::int64_t batch) const {
        return (weights * weightBits + batch * (inputs + outputs) * valueBits + 7) / 8;
    }
    double flopPerByte(std::int64_t batch) const {
        const std::int64_t bytes = bytesMoved(batch);
        return bytes > 0 ? 2.0 * static_cast<double>(macs * batch) / static_cast<double>(bytes) : 0.0;
    }
    bool isConvolution() const { return kind == "conv2d"; }
    bool isDense() const { return kind == "dense"; }
};

/// The layers that run, in execution order, as an inference model joins them; those that only rename their input
/// (flatten, dropout, the output layer) are left out. The spec has no errors.
std::vector<LayerWork> layerWork(const NetworkSpec& spec, const Analysis& analysis);
/// The same work with the bits that a quantised network has: of weights as the plan says …
void countWeightBits(std::vector<LayerWork>& work, const CompressionPlan& plan);
/// … and of weights and values as they really are in integers.
void countBits(std::vector<LayerWork>& work, const IntegerNetwork& network);

}  // namespace convolab
