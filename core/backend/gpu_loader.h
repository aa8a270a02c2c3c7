#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/backend/device_peak.h"
#include "core/backend/gpu_module.h"
#include "core/util/result.h"

namespace convolab {

struct GpuDevice {
    int ordinal = 0;
    std::string name;                ///< "NVIDIA GeForce RTX 4060"
    int computeMajor = 0, computeMinor = 0;
    int multiprocessors = 0;
    std::uint64_t totalBytes = 0, freeBytes = 0;
    int clockKilohertz = 0, lanes = 0;         ///< of the multiprocessors; float32 multiply-adds per clock of one
    DevicePeak peak = {};                      ///< at the highest clock (ConvolabGpuDevice)
    std::optional<Error> problem;    ///< why this one cannot be used
};

/// A library of NVIDIA's that makes a GPU faster where it is installed.
struct GpuLibrary {
    std::string name;              ///< "cuDNN"
    int version = 0;               ///< 91900 for cuDNN 9.19.0; 0: not used
    std::optional<Error> problem;  ///< why not, and what serves in its place
};

/// What the module found; without devices `problem` says why there are none.
struct GpuFindings {
    std::optional<Error> problem;
    std::vector<GpuDevice> devices;
    std::vector<GpuLibrary> libraries = {};
    int driverVersion = 0;           ///< CUDA version of the driver, 12040 for 12.4; 0 if unknown
    int runtimeVersion = 0;
};

/// Where a module may lie: the file in CONVOLAB_GPU_MODULE and only that if it is set; else beside the program, in
/// ../bin and in ../lib.
std::vector<std::filesystem::path> gpuModulePlaces();

/// Loads the first of `places` that exists and checks its version; it stays loaded until the program ends.
/// DeviceUnavailable if there is none or it is another version's.
Result<const ConvolabGpuModule*> loadGpuModule(const std::vector<std::filesystem::path>& places);
/// The program's own module: loaded at the first call, the same answer ever after. Any thread.
const Result<const ConvolabGpuModule*>& gpuModule();

/// Asks a module what GPUs there are; takes up to some seconds where there is a driver.
GpuFindings probeGpus(const ConvolabGpuModule& module);
/// The same of the program's own module, or why there is none.
GpuFindings findGpus();

}  // namespace convolab
