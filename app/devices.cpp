#include "app/devices.h"

#include <fstream>

#include "core/cpu/compute_team.h"

namespace convolab {

namespace {

std::string processorName() {
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line)) {
        if (!line.starts_with("model name")) continue;
        const auto colon = line.find(": ");
        if (colon != std::string::npos) return line.substr(colon + 2);
    }
    return "processor";
}

}  // namespace

std::vector<Device> devices() {
    const int threads = computeThreads();
    const std::string count = std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    const std::string set = instructionSet();
    return {
        {"cpu", "CPU · " + count, processorName() + " · " + count + " · " + set + " · oneDNN", set, threads}};
}

Result<Device> findDevice(const std::string& id) {
    const auto all = devices();
    for (const Device& device : all) {
        if (device.id == id) return device;
    }
    return Error{
        ErrorCode::DeviceUnavailable, "there is no device \"" + id + "\" here", {}, "use --device cpu"};
}

}  // namespace convolab
