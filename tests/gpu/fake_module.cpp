// A module that stands in for libconvolab_gpu.so; definitions of the build make it wrong in one way.
#include <cstring>

#include "core/backend/gpu_module.h"

namespace {

void probe(ConvolabGpuProbe* found) {
    *found = {};
    found->driverVersion = 13010;
    found->runtimeVersion = 13000;
    found->lowestCompute = 75;
    found->deviceCount = 2;
    for (int i = 0; i < 2; ++i) {
        ConvolabGpuDevice& device = found->devices[i];
        device.ordinal = i;
        device.computeMajor = i == 0 ? 9 : 6;
        device.computeMinor = i == 0 ? 0 : 1;
        device.multiprocessors = 132;
        device.totalBytes = std::uint64_t{80} << 30;
        std::strcpy(device.name, i == 0 ? "NVIDIA Large" : "NVIDIA Old");
        device.state = i == 0 ? kGpuReady : kGpuDeviceTooOld;
    }
}

void libraries(ConvolabGpuLibrary (*found)[kGpuLibraries]) {
    std::strcpy((*found)[0].name, "cuBLASLt");
    (*found)[0].version = 130100;
    std::strcpy((*found)[1].name, "cuDNN");
    std::strcpy((*found)[1].problem, "libcudnn.so.9 is missing or cannot be loaded");
    std::strcpy((*found)[1].instead, "the program's own convolutions");
    std::strcpy((*found)[2].name, "NCCL");
    (*found)[2].version = 22809;
}

constexpr ConvolabGpuModule kTable{
#ifdef NEWER_INTERFACE
    .interfaceVersion = kGpuInterfaceVersion + 1,
#else
    .interfaceVersion = kGpuInterfaceVersion,
#endif
#ifdef SHORTER_TABLE
    .tableBytes = 16,
#else
    .tableBytes = sizeof(ConvolabGpuModule),
#endif
#ifdef OLDER_PROGRAM
    .programVersion = "0.0.9",
#else
    .programVersion = PROGRAM_VERSION,
#endif
    .probe = probe,
    .libraries = libraries,
    .session = {}};

}  // namespace

#ifdef NO_ENTRY
#define ENTRY another_function
#else
#define ENTRY convolab_gpu_module
#endif

extern "C" const ConvolabGpuModule* ENTRY() {
#ifdef NO_TABLE
    return nullptr;
#else
    return &kTable;
#endif
}
