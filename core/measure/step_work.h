#pragma once

#include <cstdint>

#include "core/backend/device_peak.h"
#include "core/graph/analysis.h"

namespace convolab {

/// What a layer computes and moves in one pass over a batch.
struct PassWork {
    double flop = 0.0;   ///< 2 · MACs; only convolutions and dense layers have any
    double bytes = 0.0;  ///< float32 values, each read or written once: weights, inputs, outputs, their gradients
    double flopPerByte() const { return bytes > 0.0 ? flop / bytes : 0.0; }
};

/// A layer in a training step.
struct StepWork {
    PassWork forward, backward;
};

/// Forward: reads weights and inputs, writes outputs. Backward: reads inputs and the gradient of the outputs, writes that of
/// the weights; where the gradient of the inputs is wanted, reads the weights and writes it, with as many MACs again. The spec has
/// no errors.
StepWork stepWork(const NetworkSpec& spec, const Analysis& analysis, NodeId node, std::int64_t batch);

/// The layer reads the images, as they are or flattened: no gradient is computed for what it reads.
bool readsImages(const NetworkSpec& spec, const Analysis& analysis, NodeId node);

/// Which roof of a device a layer's arithmetic runs under.
enum class Units { Plain, TensorTf32, TensorHalf };

/// How one pass stands under a device's roofs; what the device does not say counts as no limit.
struct PassRate {
    double flops = 0.0;            ///< FLOP/s attained
    double bytesPerSecond = 0.0;   ///< attained, if every value moves once
    double ofArithmetic = 0.0;     ///< flops as a share of what the units can do; 0: not known
    double ofMemory = 0.0;         ///< bytesPerSecond as a share of what the memory can do; above 1: values stay in the caches; 0: not known
    bool memoryBound = false;      ///< left of the ridge, where memory is the lower roof
};
double roofOf(const DevicePeak& peak, Units units);  ///< FLOP/s; 0: not known
PassRate passRate(const PassWork& work, double seconds, const DevicePeak& peak, Units units);

}  // namespace convolab
