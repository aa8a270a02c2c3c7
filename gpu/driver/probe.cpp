#include "gpu/driver/probe.h"

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>

namespace convolab::gpu {

namespace {

template <std::size_t room>
void put(char (&target)[room], const std::string& text) {
    const std::size_t length = std::min(text.size(), room - 1);
    std::memcpy(target, text.data(), length);
    target[length] = '\0';
}

std::string wordFor(const DriverTable& driver, int result) {
    const char* name = nullptr;
    if (driver.errorName(result, &name) == kDriverSuccess && name != nullptr) return name;
    return "error " + std::to_string(result);
}

/// Free memory needs a context: it is made for that and given back.
int readFreeMemory(const DriverTable& driver, int device, ConvolabGpuDevice& found) {
    void* context = nullptr;
    if (const int result = driver.retainContext(&context, device); result != kDriverSuccess) return result;
    int result = driver.pushContext(context);
    if (result == kDriverSuccess) {
        std::size_t free = 0, total = 0;
        result = driver.memoryInfo(&free, &total);
        found.freeBytes = free;
        driver.popContext(&context);
    }
    driver.releaseContext(device);
    return result;
}

std::int32_t stateOf(int result) {
    if (result == kDriverSuccess) return kGpuReady;
    if (result == kDriverOutOfMemory) return kGpuOutOfMemory;
    return result == kDriverDeviceBusy ? kGpuBusy : kGpuDriverFailed;
}

class DeviceProbe {
  public:
    DeviceProbe(const DriverTable& driver, const ModuleCode& code, int driverVersion)
        : m_driver(driver), m_code(code), m_driverVersion(driverVersion) {}

    void fill(ConvolabGpuDevice& found) {
        int device = 0;
        if (!succeeds(m_driver.device(&device, found.ordinal), found)) return;
        const auto attribute = [&](int key, std::int32_t& value) {
            int read = 0;
            if (!succeeds(m_driver.deviceAttribute(&read, key, device), found)) return false;
            value = read;
            return true;
        };
        std::size_t bytes = 0;
        if (!succeeds(m_driver.deviceName(found.name, static_cast<int>(sizeof found.name), device), found)) return;
        if (!attribute(kAttributeComputeMajor, found.computeMajor) || !attribute(kAttributeComputeMinor, found.computeMinor) ||
            !attribute(kAttributeMultiprocessors, found.multiprocessors)) {
            return;
        }
        if (!succeeds(m_driver.deviceMemory(&bytes, device), found)) return;
        found.totalBytes = bytes;
        fillRoofs(device, found);
        found.state = codeState(10 * found.computeMajor + found.computeMinor);
        if (found.state == kGpuReady) succeeds(readFreeMemory(m_driver, device, found), found);
    }

  private:
    // A device without them works; its roofs are not known.
    void fillRoofs(int device, ConvolabGpuDevice& found) const {
        const auto optional = [&](int key, std::int32_t& value) {
            int read = 0;
            value = m_driver.deviceAttribute(&read, key, device) == kDriverSuccess && read > 0 ? read : 0;
        };
        optional(kAttributeClock, found.clockKilohertz);
        optional(kAttributeMemoryClock, found.memoryClockKilohertz);
        optional(kAttributeMemoryBus, found.memoryBusBits);
        optional(kAttributeLevel2, found.level2Bytes);
        found.lanes = lanesOf(found.computeMajor, found.computeMinor);
        found.operationsPerSecond = 2e3 * found.multiprocessors * found.lanes * found.clockKilohertz;
        found.tensorLanes = tensorLanesOf(found.computeMajor, found.computeMinor);
        found.halfOperationsPerSecond = 2e3 * found.multiprocessors * found.tensorLanes * found.clockKilohertz;
        found.tf32OperationsPerSecond = found.computeMajor >= 8 ? found.halfOperationsPerSecond / 2 : 0.0;
        found.bytesPerSecond = 2e3 * found.memoryClockKilohertz * (found.memoryBusBits / 8);
    }

    std::int32_t codeState(int compute) const {
        if (m_code.hasMachineCodeFor(compute)) return kGpuReady;
        if (!m_code.hasPortableCodeFor(compute)) return kGpuDeviceTooOld;
        return m_driverVersion < m_code.runtimeVersion ? kGpuDriverTooOld : kGpuReady;
    }

    bool succeeds(int result, ConvolabGpuDevice& found) const {
        found.state = stateOf(result);
        if (found.state == kGpuDriverFailed) put(found.detail, wordFor(m_driver, result));
        return result == kDriverSuccess;
    }

    const DriverTable& m_driver;
    const ModuleCode& m_code;
    int m_driverVersion;
};

std::int32_t initialState(int result) {
    switch (result) {
        case kDriverSuccess: return kGpuReady;
        case kDriverStub: return kGpuNoDriver;
        case kDriverNoDevice: return kGpuNoDevice;
        default: return kGpuDriverFailed;
    }
}

}  // namespace

int lanesOf(int computeMajor, int computeMinor) {
    switch (computeMajor) {
        case 5: return 128;
        case 6: return computeMinor == 0 ? 64 : 128;
        case 7: return 64;
        case 8: return computeMinor == 0 ? 64 : 128;
        case 9:
        case 10:
        case 11:
        case 12: return 128;
        default: return 0;
    }
}

int tensorLanesOf(int computeMajor, int computeMinor) {
    switch (computeMajor) {
        case 7: return 512;
        case 8: return computeMinor == 0 ? 1024 : 512;
        case 9: return 2048;
        case 10: return 4096;
        case 12: return 512;
        default: return 0;
    }
}

int ModuleCode::lowest() const {
    int least = std::numeric_limits<int>::max();
    for (const int compute : machine) least = std::min(least, compute);
    for (const int compute : portable) least = std::min(least, compute);
    return least;
}

bool ModuleCode::hasMachineCodeFor(int compute) const {
    return std::any_of(machine.begin(), machine.end(), [compute](int built) { return built / 10 == compute / 10 && built <= compute; });
}

bool ModuleCode::hasPortableCodeFor(int compute) const {
    return std::any_of(portable.begin(), portable.end(), [compute](int built) { return built <= compute; });
}

void probeDriver(const DriverLibrary& library, const ModuleCode& code, ConvolabGpuProbe& probe) {
    probe = {};
    probe.runtimeVersion = code.runtimeVersion;
    probe.lowestCompute = code.lowest();
    probe.driverVersion = library.version;
    if (library.table == nullptr) {
        probe.state = library.state;
        put(probe.detail, library.reason);
        return;
    }
    const DriverTable& driver = *library.table;
    const auto ended = [&](int result) {
        probe.state = initialState(result);
        if (result == kDriverStub) put(probe.detail, "libcuda.so.1 is the toolkit's stand-in");
        else if (probe.state == kGpuDriverFailed) put(probe.detail, wordFor(driver, result));
        return result != kDriverSuccess;
    };
    if (ended(driver.init(0))) return;
    if (probe.driverVersion / 1000 < code.runtimeVersion / 1000) {
        probe.state = kGpuDriverTooOld;
        return;
    }
    int count = 0;
    if (ended(driver.deviceCount(&count))) return;
    if (count == 0) probe.state = kGpuNoDevice;
    probe.deviceCount = std::min(count, kGpuMostDevices);
    DeviceProbe devices(driver, code, probe.driverVersion);
    for (int i = 0; i < probe.deviceCount; ++i) {
        probe.devices[i].ordinal = i;
        devices.fill(probe.devices[i]);
    }
}

}  // namespace convolab::gpu
