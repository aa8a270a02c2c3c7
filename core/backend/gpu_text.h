#pragma once

#include <filesystem>
#include <string>

#include "core/backend/gpu_module.h"
#include "core/util/result.h"

namespace convolab {

/// Every way in which GPUs fail to be there, as an Error: what is wrong, with the numbers in it, and what to do.

Error gpuModuleMissing(const std::filesystem::path& named);  ///< `named`: by CONVOLAB_GPU_MODULE; may be empty
Error gpuModuleUnloadable(const std::filesystem::path& file, const std::string& reason);
Error gpuModuleOfOtherVersion(const std::filesystem::path& file, std::uint32_t interfaceVersion, const std::string& programVersion);

/// For a probe whose state is not kGpuReady, or that found no device.
Error gpuProblem(const ConvolabGpuProbe& probe);
/// For a device whose state is not kGpuReady.
Error gpuDeviceProblem(const ConvolabGpuProbe& probe, const ConvolabGpuDevice& device);

/// For a library that is not used.
Error gpuLibraryProblem(const ConvolabGpuLibrary& library);

/// Of a session, compiled for batches of `batch` images: what was needed, what is free, and the batch that fits.
Error gpuFailure(const ConvolabGpuFailure& failure, std::int64_t batch);

/// 12040 → "12.4"
std::string cudaVersionText(int version);

}  // namespace convolab
