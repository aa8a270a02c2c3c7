#pragma once

#include <cstdint>

/// Where the time of one step goes. Part of the C interface of gpu_module.h. All times in seconds.

extern "C" {

enum ConvolabGpuClock : std::int32_t {
    kGpuHostClock = 0,    ///< no GPU ran: the steps are loops on this processor (tests), and its clock was read
    kGpuDeviceClock = 1,  ///< events on the device's stream (cudaEventElapsedTime: resolution 0.5 µs)
};

/// Which units a layer's products run on.
enum ConvolabGpuUnits : std::int32_t { kGpuCudaCores = 0, kGpuTensorTf32 = 1, kGpuTensorHalf = 2 };

/// One op of the network, forward and backward. 0 where the op has nothing to run.
struct ConvolabGpuLayerTimes {
    double forward, backward;
    std::int32_t forwardKernels, backwardKernels;
    std::int32_t units;  ///< ConvolabGpuUnits: tensor cores where a library multiplies in a precision that they have
    double occupancy;  ///< of its longest kernel: warps that fit on a multiprocessor at once, as a share of the most; 0: unknown
};

/// One step, its kernels started one by one so that each layer can be timed apart; a recorded step runs closer together.
struct ConvolabGpuTimes {
    std::int32_t clock;       ///< ConvolabGpuClock of all but `step`, `launch` and `replay`
    std::int32_t kernels;     ///< that the step starts
    double step;              ///< the whole call, by the processor's clock
    double launch;            ///< that the processor needs to start the kernels one by one; 0 with kGpuHostClock
    double replay;            ///< that it needs to start the same step as one recorded graph, the latest time; 0: not yet recorded
    double toDevice, fromDevice;  ///< copies of the images, the labels and what else a step needs; of the loss
    std::uint64_t bytesToDevice, bytesFromDevice;
    double allKernels;        ///< from the first kernel's start to the last one's end
    double loss, update;      ///< the part of it that belongs to no layer
    double batch;             ///< another one: to gather and to augment the images, where they are held on the device
};

}  // extern "C"
