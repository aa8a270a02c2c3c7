#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/backend/gpu_precision.h"
#include "core/model/compile_model.h"

namespace convolab {

/// One thing that a device has to do right before anybody trains on it.
struct DeviceCheck {
    std::string name;                                      ///< "conv2d", "ten steps", "out of memory"
    std::string what;                                      ///< in words, for a line of its own
    std::function<std::string(const CompileModel&)> run;   ///< what is wrong, in words; empty: nothing
};

/// Every layer kind, forward and gradients, those of images included, against the reference; branches; an attack; a built-in network;
/// ten steps against the CPU; the same bits twice; images augmented there; weights that change devices; out of memory. Small
/// networks: seconds in all.
/// In mixed precision the numbers differ by the rounding of factors, too: compared is within what that may come to.
std::vector<DeviceCheck> deviceChecks(ConvolabGpuPrecision precision = kGpuFloat32);

/// `check` on a device, whatever happens there.
std::string runDeviceCheck(const DeviceCheck& check, const CompileModel& device);

}  // namespace convolab
