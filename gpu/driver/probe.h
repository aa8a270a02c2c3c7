#pragma once

#include <vector>

#include "core/backend/gpu_module.h"
#include "gpu/driver/driver_table.h"

namespace convolab::gpu {

/// What a module brings along.
struct ModuleCode {
    int runtimeVersion = 0;      ///< of the CUDA runtime linked in, 13000 for 13.0
    std::vector<int> machine;    ///< compute capabilities with machine code: 75 for 7.5
    std::vector<int> portable;   ///< with PTX, which the driver compiles for any device of at least that capability

    int lowest() const;
    /// Machine code runs on devices of the same major capability and an equal or higher minor one.
    bool hasMachineCodeFor(int compute) const;
    bool hasPortableCodeFor(int compute) const;
};

/// float32 multiply-adds that one multiprocessor of a compute capability does per clock (CUDA C++ Programming Guide,
/// "Throughput of Native Arithmetic Instructions"); 0 for one that is not in the table.
int lanesOf(int computeMajor, int computeMinor);

/// Multiply-adds of fp16 factors, summed up in float32, that the tensor cores of one multiprocessor do per clock, without sparsity: NVIDIA's
/// architecture white papers (V100, Turing, A100, GA102, Ada, H100, Blackwell); half as many where they are GeForce's, which these numbers
/// do not tell apart. TF32 (from 8.0 on) is half of it. 0: none, or not in the table.
int tensorLanesOf(int computeMajor, int computeMinor);

/// Asks the driver and fills all of `probe`. A driver of the runtime's major version but older serves, except for devices
/// whose code it would have to compile from PTX (CUDA Compatibility, "minor version compatibility").
void probeDriver(const DriverLibrary& driver, const ModuleCode& code, ConvolabGpuProbe& probe);

}  // namespace convolab::gpu
