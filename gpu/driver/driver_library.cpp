#include <dlfcn.h>

#include <string>
#include <type_traits>

#include "core/backend/gpu_module.h"
#include "gpu/driver/driver_table.h"

namespace convolab::gpu {

namespace {

constexpr const char* kLibrary = "libcuda.so.1";

struct Opened {
    DriverTable table;
    DriverLibrary library;

    Opened() {
        void* file = ::dlopen(kLibrary, RTLD_NOW | RTLD_LOCAL);
        if (file == nullptr) {
            library = {.table = nullptr, .state = kGpuNoDriver, .version = 0, .reason = std::string(kLibrary) + " is missing"};
            return;
        }
        const auto take = [&](auto& function, const char* name) {
            function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(::dlsym(file, name));
            if (function == nullptr) library.reason = std::string(kLibrary) + " has no " + name;
        };
        take(table.init, "cuInit");
        take(table.driverVersion, "cuDriverGetVersion");
        take(table.deviceCount, "cuDeviceGetCount");
        take(table.device, "cuDeviceGet");
        take(table.deviceName, "cuDeviceGetName");
        take(table.deviceAttribute, "cuDeviceGetAttribute");
        take(table.deviceMemory, "cuDeviceTotalMem_v2");
        take(table.retainContext, "cuDevicePrimaryCtxRetain");
        take(table.releaseContext, "cuDevicePrimaryCtxRelease_v2");
        take(table.pushContext, "cuCtxPushCurrent_v2");
        take(table.popContext, "cuCtxPopCurrent_v2");
        take(table.memoryInfo, "cuMemGetInfo_v2");
        take(table.errorName, "cuGetErrorName");
        if (table.driverVersion != nullptr) table.driverVersion(&library.version);
        if (library.reason.empty()) library.table = &table;
        else library.state = kGpuDriverTooOld;
    }
};

}  // namespace

const DriverLibrary& driverLibrary() {
    static const Opened opened;
    return opened.library;
}

}  // namespace convolab::gpu
