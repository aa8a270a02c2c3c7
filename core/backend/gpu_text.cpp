#include "core/backend/gpu_text.h"

#include "core/util/text.h"

namespace convolab {

namespace {

Error unavailable(std::string message, std::string hint) {
    return {ErrorCode::DeviceUnavailable, std::move(message), {}, std::move(hint)};
}

/// The first driver of a CUDA major version for Linux (CUDA Toolkit release notes, table "minor version compatibility").
std::string firstDriver(int runtimeVersion) {
    const int major = runtimeVersion / 1000;
    const char* number = major == 11 ? "450" : major == 12 ? "525" : major == 13 ? "580" : nullptr;
    return number == nullptr ? "a newer one" : std::string(number) + " or newer";
}

std::string detailOf(const char* detail) { return *detail == '\0' ? std::string{} : " (" + std::string(detail) + ")"; }

std::string computeText(int major, int minor) { return std::to_string(major) + "." + std::to_string(minor); }

Error driverTooOld(const ConvolabGpuProbe& probe) {
    const std::string known = probe.driverVersion > 0 ? "knows CUDA " + cudaVersionText(probe.driverVersion) : "is too old";
    return unavailable("the NVIDIA driver " + known + ", this program needs CUDA " +
                           cudaVersionText(probe.runtimeVersion),
                       "update the driver to " + firstDriver(probe.runtimeVersion));
}

}  // namespace

std::string cudaVersionText(int version) {
    return std::to_string(version / 1000) + "." + std::to_string(version % 1000 / 10);
}

Error gpuModuleMissing(const std::filesystem::path& named) {
    if (!named.empty()) {
        return unavailable("CONVOLAB_GPU_MODULE names " + named.string() + ", which does not exist",
                           "correct the path, or unset the variable");
    }
    return unavailable("this program was built without its part for NVIDIA GPUs (" + std::string(kGpuModuleFile) + ")",
                       "install the CUDA Toolkit and build again");
}

Error gpuModuleUnloadable(const std::filesystem::path& file, const std::string& reason) {
    return unavailable(file.string() + " cannot be loaded (" + reason + ")", "build it again");
}

Error gpuModuleOfOtherVersion(const std::filesystem::path& file, std::uint32_t interfaceVersion, const std::string& programVersion) {
    const std::string whose = programVersion.empty() ? "another version of the program"
                              : programVersion == CONVOLAB_VERSION
                                  ? "interface " + std::to_string(interfaceVersion) + ", not " + std::to_string(kGpuInterfaceVersion)
                                  : "version " + programVersion + " of the program, this is " + CONVOLAB_VERSION;
    return unavailable(file.string() + " was built for " + whose, "build both together");
}

Error gpuProblem(const ConvolabGpuProbe& probe) {
    switch (probe.state) {
        case kGpuNoDriver:
            return unavailable("this computer has no NVIDIA driver" + detailOf(probe.detail),
                               "if it has an NVIDIA GPU, install driver " + firstDriver(probe.runtimeVersion));
        case kGpuDriverTooOld: return driverTooOld(probe);
        case kGpuReady:
        case kGpuNoDevice:
            return unavailable("the NVIDIA driver finds no GPU", "check that one is plugged in and that CUDA_VISIBLE_DEVICES does not hide it");
        default:
            return unavailable("the NVIDIA driver does not start" + detailOf(probe.detail),
                               "restart the computer; if that does not help, install the driver again");
    }
}

Error gpuDeviceProblem(const ConvolabGpuProbe& probe, const ConvolabGpuDevice& device) {
    const std::string name = *device.name == '\0' ? "GPU " + std::to_string(device.ordinal) : device.name;
    switch (device.state) {
        case kGpuDriverTooOld: return driverTooOld(probe);
        case kGpuDeviceTooOld:
            return unavailable(name + " has compute capability " + computeText(device.computeMajor, device.computeMinor) +
                                   ", this program needs " + computeText(probe.lowestCompute / 10, probe.lowestCompute % 10),
                               "use another GPU, or the CPU");
        case kGpuOutOfMemory:
            return {ErrorCode::OutOfMemory, name + " has no memory left to start with", {}, "close programs that use it (nvidia-smi lists them)"};
        case kGpuBusy:
            return unavailable(name + " is in use by a program that wants it for itself", "wait for that program (nvidia-smi lists it)");
        default:
            return unavailable(name + " does not start" + detailOf(device.detail), "restart the computer, or use the CPU");
    }
}

Error gpuLibraryProblem(const ConvolabGpuLibrary& library) {
    return unavailable(std::string(library.problem) + "; " + library.instead + " serve in its place, slower",
                       std::string("install ") + library.name + ", from NVIDIA's packages for this system or as their wheel for Python");
}

Error gpuFailure(const ConvolabGpuFailure& failure, std::int64_t batch) {
    if (failure.state == kGpuOutOfMemory && failure.neededBytes > 0) {
        const auto text = [](std::uint64_t bytes) { return formatBytes(static_cast<double>(bytes)); };
        std::string hint = "make the layers narrower, or close programs that use the GPU (nvidia-smi lists them)";
        if (failure.batchThatFits > 0) hint = "a batch of " + withThousands(failure.batchThatFits) + " fits";
        return {ErrorCode::OutOfMemory,
                "the network needs " + text(failure.neededBytes) + " on the GPU for batches of " + withThousands(batch) + " images; " +
                    text(failure.freeBytes) + " are free",
                {},
                hint};
    }
    if (failure.state == kGpuOutOfMemory) {
        return {ErrorCode::OutOfMemory, "the GPU has no memory left" + detailOf(failure.detail), {}, "make the batch smaller, or close programs that use the GPU"};
    }
    return unavailable("the GPU failed" + detailOf(failure.detail), "go on from the last checkpoint, on the CPU if it happens again");
}

}  // namespace convolab
