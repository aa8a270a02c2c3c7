#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace convolab::gpu {

/// The functions of NVIDIA's driver library that a probe asks, with their own names behind; results are CUresult values.
/// (CUDA Driver API reference; the types are those of cuda.h, spelled without it: a CUdevice is an int.)
struct DriverTable {
    int (*init)(unsigned flags) = nullptr;                                // cuInit
    int (*driverVersion)(int* version) = nullptr;                         // cuDriverGetVersion
    int (*deviceCount)(int* count) = nullptr;                             // cuDeviceGetCount
    int (*device)(int* device, int ordinal) = nullptr;                    // cuDeviceGet
    int (*deviceName)(char* name, int room, int device) = nullptr;        // cuDeviceGetName
    int (*deviceAttribute)(int* value, int attribute, int device) = nullptr;  // cuDeviceGetAttribute
    int (*deviceMemory)(std::size_t* bytes, int device) = nullptr;        // cuDeviceTotalMem_v2
    int (*retainContext)(void** context, int device) = nullptr;           // cuDevicePrimaryCtxRetain
    int (*releaseContext)(int device) = nullptr;                          // cuDevicePrimaryCtxRelease_v2
    int (*pushContext)(void* context) = nullptr;                          // cuCtxPushCurrent_v2
    int (*popContext)(void** context) = nullptr;                          // cuCtxPopCurrent_v2
    int (*memoryInfo)(std::size_t* free, std::size_t* total) = nullptr;   // cuMemGetInfo_v2
    int (*errorName)(int result, const char** name) = nullptr;            // cuGetErrorName
};

// CUresult values that mean something to a person.
inline constexpr int kDriverSuccess = 0;
inline constexpr int kDriverOutOfMemory = 2;
inline constexpr int kDriverStub = 34;          ///< the toolkit's stand-in for linking, not a driver
inline constexpr int kDriverDeviceBusy = 46;
inline constexpr int kDriverNoDevice = 100;

// CUdevice_attribute values.
inline constexpr int kAttributeClock = 13;  // kHz
inline constexpr int kAttributeMultiprocessors = 16;
inline constexpr int kAttributeMemoryClock = 36;  // kHz
inline constexpr int kAttributeMemoryBus = 37;    // bits
inline constexpr int kAttributeLevel2 = 38;       // bytes
inline constexpr int kAttributeComputeMajor = 75;
inline constexpr int kAttributeComputeMinor = 76;

/// NVIDIA's driver as it was found: `table` is null where it cannot be asked, and `state` and `reason` then say why.
struct DriverLibrary {
    const DriverTable* table = nullptr;
    std::int32_t state = 0;     ///< ConvolabGpuState: ready, no driver (no such library), driver too old (functions missing)
    int version = 0;            ///< CUDA version, where even an old driver tells it
    std::string reason;
};

/// Opens libcuda.so.1, once; it stays open.
const DriverLibrary& driverLibrary();

}  // namespace convolab::gpu
