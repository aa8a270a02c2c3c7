// Compiled into the module only: the driver's functions, spelled without cuda.h in driver_table.h, have these very types.
#include <cuda.h>

#include "gpu/driver/driver_table.h"
#include "gpu/libraries/plain_types.h"

namespace convolab::gpu {

CONVOLAB_PLAIN(CUcontext, void*)
CONVOLAB_PLAIN(CUcontext*, void**)

namespace {

CONVOLAB_SAME(DriverTable, init, cuInit);
CONVOLAB_SAME(DriverTable, driverVersion, cuDriverGetVersion);
CONVOLAB_SAME(DriverTable, deviceCount, cuDeviceGetCount);
CONVOLAB_SAME(DriverTable, device, cuDeviceGet);
CONVOLAB_SAME(DriverTable, deviceName, cuDeviceGetName);
CONVOLAB_SAME(DriverTable, deviceAttribute, cuDeviceGetAttribute);
CONVOLAB_SAME(DriverTable, deviceMemory, cuDeviceTotalMem);  // cuda.h's names without _v2 are macros for those with it
CONVOLAB_SAME(DriverTable, retainContext, cuDevicePrimaryCtxRetain);
CONVOLAB_SAME(DriverTable, releaseContext, cuDevicePrimaryCtxRelease);
CONVOLAB_SAME(DriverTable, pushContext, cuCtxPushCurrent);
CONVOLAB_SAME(DriverTable, popContext, cuCtxPopCurrent);
CONVOLAB_SAME(DriverTable, memoryInfo, cuMemGetInfo);
CONVOLAB_SAME(DriverTable, errorName, cuGetErrorName);

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
