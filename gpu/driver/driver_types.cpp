// Compiled into the module only: the driver's functions, spelled without cuda.h in driver_table.h, have these very types.
#include <cuda.h>

#include <type_traits>

#include "gpu/driver/driver_table.h"

namespace convolab::gpu {

namespace {

// Enumerations are passed as int, handles as pointers.
template <class T>
struct Plain {
    using type = T;
};
template <class T>
    requires std::is_enum_v<T>
struct Plain<T> {
    using type = int;
};
template <class T>
    requires std::is_enum_v<T>
struct Plain<T*> {
    using type = int*;
};
template <>
struct Plain<CUcontext> {
    using type = void*;
};
template <>
struct Plain<CUcontext*> {
    using type = void**;
};

template <class Result, class... Arguments>
auto plain(Result (*)(Arguments...)) -> typename Plain<Result>::type (*)(typename Plain<Arguments>::type...);

#define CONVOLAB_SAME(member, function) \
    static_assert(std::is_same_v<decltype(DriverTable::member), decltype(plain(&function))>, #function)
CONVOLAB_SAME(init, cuInit);
CONVOLAB_SAME(driverVersion, cuDriverGetVersion);
CONVOLAB_SAME(deviceCount, cuDeviceGetCount);
CONVOLAB_SAME(device, cuDeviceGet);
CONVOLAB_SAME(deviceName, cuDeviceGetName);
CONVOLAB_SAME(deviceAttribute, cuDeviceGetAttribute);
CONVOLAB_SAME(deviceMemory, cuDeviceTotalMem);  // cuda.h's names without _v2 are macros for those with it
CONVOLAB_SAME(retainContext, cuDevicePrimaryCtxRetain);
CONVOLAB_SAME(releaseContext, cuDevicePrimaryCtxRelease);
CONVOLAB_SAME(pushContext, cuCtxPushCurrent);
CONVOLAB_SAME(popContext, cuCtxPopCurrent);
CONVOLAB_SAME(memoryInfo, cuMemGetInfo);
CONVOLAB_SAME(errorName, cuGetErrorName);
#undef CONVOLAB_SAME

static_assert(kDriverSuccess == CUDA_SUCCESS && kDriverOutOfMemory == CUDA_ERROR_OUT_OF_MEMORY && kDriverStub == CUDA_ERROR_STUB_LIBRARY &&
              kDriverDeviceBusy == CUDA_ERROR_DEVICE_UNAVAILABLE &&
              kDriverNoDevice == CUDA_ERROR_NO_DEVICE);
static_assert(kAttributeMultiprocessors == CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT &&
              kAttributeClock == CU_DEVICE_ATTRIBUTE_CLOCK_RATE && kAttributeMemoryClock == CU_DEVICE_ATTRIBUTE_MEMORY_CLOCK_RATE &&
              kAttributeMemoryBus == CU_DEVICE_ATTRIBUTE_GLOBAL_MEMORY_BUS_WIDTH && kAttributeLevel2 == CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE &&
              kAttributeComputeMajor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR &&
              kAttributeComputeMinor == CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR);

}  // namespace

}  // namespace convolab::gpu
