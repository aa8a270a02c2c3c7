#pragma once

namespace convolab {

/// What a device can do at most: the lines of its roofline. 0: it does not say, or has no such units.
struct DevicePeak {
    double flops = 0.0;      ///< FLOP/s in float32 outside tensor cores
    double tf32Flops = 0.0;  ///< FLOP/s of tensor cores, factors in TF32
    double halfFlops = 0.0;  ///< FLOP/s of tensor cores, factors in bf16 or fp16, sums in float32
    double bytes = 0.0;      ///< bytes/s of the device's memory
    bool operator==(const DevicePeak&) const = default;
};

}  // namespace convolab
