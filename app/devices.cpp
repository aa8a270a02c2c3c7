#include "app/devices.h"

#include <algorithm>
#include <charconv>
#include <fstream>

#include "app/device_groups.h"
#include "core/backend/gpu_loader.h"
#include "core/backend/gpu_model.h"
#include "core/cpu/compute_team.h"
#include "core/cpu/onednn/ops.h"
#include "core/util/text.h"

namespace convolab {

namespace {

const std::string kCpu = "cpu", kCuda = "cuda", kEmulated = "emulated";

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

Device deviceOf(const GpuDevice& gpu) {
    const std::string compute = std::to_string(gpu.computeMajor) + "." + std::to_string(gpu.computeMinor);
    const std::string ordinal = ":" + std::to_string(gpu.ordinal);
    if (!gpu.problem && gpu.computeMajor == 0) {
        return {.id = kEmulated + ordinal, .name = "Host emulation", .description = gpu.name, .instructionSet = {}, .threads = 1,
                .problem = gpu.problem, .ordinal = gpu.ordinal, .emulated = true};
    }
    return {.id = kCuda + ordinal,
            .name = "CUDA · " + gpu.name,
            .description = gpu.name + " · " + std::to_string(gpu.multiprocessors) + " multiprocessors · " +
                           formatBytes(static_cast<double>(gpu.totalBytes)) + " · compute capability " + compute,
            .instructionSet = compute,
            .threads = gpu.multiprocessors,
            .problem = gpu.problem,
            .ordinal = gpu.ordinal,
            .peak = gpu.peak,
            .computeMajor = gpu.computeMajor,
            .computeMinor = gpu.computeMinor};
}

/// Of "cuda:1"; of "emulated:0" too, as results call it.
std::optional<int> ordinalOf(const std::string& id) {
    const std::size_t colon = id.find(':');
    if (colon == std::string::npos || (id.substr(0, colon) != kCuda && id.substr(0, colon) != kEmulated)) return {};
    int value = 0;
    const char* end = id.data() + id.size();
    const auto read = std::from_chars(id.data() + colon + 1, end, value);
    return read.ec == std::errc{} && read.ptr == end && value >= 0 ? std::optional(value) : std::nullopt;
}

}  // namespace

std::vector<Device> devices() {
    const int threads = computeThreads();
    const std::string count = std::to_string(threads) + (threads == 1 ? " thread" : " threads");
    const std::string set = instructionSet();
    return {
        {kCpu, "CPU · " + count, processorName() + " · " + count + " · " + set + " · " + onednn::fastestTier(), set, threads}};
}

std::vector<Device> gpuDevices() {
    const GpuFindings found = findGpus();
    if (found.problem) {
        return {{.id = kCuda, .name = "CUDA", .description = "NVIDIA GPU", .instructionSet = {}, .threads = 0, .problem = found.problem}};
    }
    std::vector<Device> list;
    for (const GpuDevice& gpu : found.devices) list.push_back(deviceOf(gpu));
    return list;
}

Status checkDeviceWord(const std::string& id) {
    if (id == kCpu || id == kCuda || ordinalOf(id)) return {};
    if (namesSeveral(id)) return checkGroupWord(id);
    const std::string nearest = nearestWord(id, {kCpu, kCuda});
    return Error{ErrorCode::InvalidArgument,
                 "unknown device \"" + id + "\"",
                 {},
                 "did you mean \"" + nearest + "\"? There are cpu, cuda (the first GPU), cuda:N and cuda:all; \"convolab devices\" lists them"};
}

Result<Device> findDevice(const std::string& id) {
    CONVOLAB_RETURN_IF_ERROR(checkDeviceWord(id));
    if (id == kCpu) return devices().front();
    return namesSeveral(id) ? findGroup(id, gpuDevices()) : findGpu(id, gpuDevices());
}

Result<Device> findGpu(const std::string& id, const std::vector<Device>& gpus) {
    std::size_t index = 0;
    if (const auto ordinal = ordinalOf(id)) {
        while (index < gpus.size() && gpus[index].ordinal != *ordinal) ++index;
        if (index == gpus.size() && gpus.front().id != kCuda) {
            return Error{ErrorCode::DeviceUnavailable, "there is no " + id + ": GPUs are counted from 0, and there are " + std::to_string(gpus.size()), {}, "use --device cuda:0"};
        }
        if (index == gpus.size()) index = 0;  // there is none at all; the entry says why
    } else {
        while (index < gpus.size() && gpus[index].problem) ++index;  // the first that works
        if (index == gpus.size()) index = 0;
    }
    if (gpus[index].problem) return *gpus[index].problem;
    return gpus[index];
}

std::optional<Error> precisionProblem(const Device& device, ConvolabGpuPrecision precision) {
    const Precision& wanted = precisionOf(precision);
    if (device.ordinal < 0) return precisionProblemOfCpu(wanted);
    return precisionProblem(wanted, device.name, device.computeMajor, device.computeMinor);
}

Result<Device> inPrecision(Device device, ConvolabGpuPrecision precision) {
    if (const auto problem = precisionProblem(device, precision)) return *problem;
    device.precision = precision;
    return device;
}

Result<Device> findDevice(const std::string& id, const std::string& precision) {
    CONVOLAB_ASSIGN(Device device, findDevice(id));
    CONVOLAB_ASSIGN(const ConvolabGpuPrecision wanted, parsePrecision(precision));
    return inPrecision(std::move(device), wanted);
}

std::string runName(const Device& device) {
    return device.precision == kGpuFloat32 ? device.id : device.id + " " + precisionOf(device.precision).word;
}

ConvolabGpuPrecision precisionOfRun(const std::string& runName) {
    const auto parsed = parsePrecision(runName.substr(std::min(runName.size(), runName.rfind(' ') + 1)));
    return parsed.ok() ? *parsed : kGpuFloat32;
}

std::string precisionSuffix(const Device& device) {
    return device.precision == kGpuFloat32 ? std::string{} : std::string(" · ") + precisionOf(device.precision).title;
}

std::string lossScalingText(const LossScaling& scaling) {
    const std::string scale = "loss scale " + formatNumber(scaling.scale) + " · ";
    if (scaling.skippedSteps == 0) return scale + "no step skipped";
    return scale + withThousands(scaling.skippedSteps) + (scaling.skippedSteps == 1 ? " step" : " steps") + " skipped, whose gradients were not finite in fp16";
}

std::string deviceOptionsText(const Device& device) {
    if (device.ordinal < 0) return {};
    return " --device " + device.id + (device.precision == kGpuFloat32 ? std::string{} : std::string(" --precision ") + precisionOf(device.precision).word);
}

TrainingDevice trainingDevice(const Device& device) {
    if (device.ordinal < 0) return {};
    const GpuSettings settings{.ordinals = device.ordinals.empty() ? std::vector{device.ordinal} : device.ordinals, .precision = device.precision};
    return {runName(device), [settings](const NetworkSpec& spec, const CompileOptions& options) -> Result<std::unique_ptr<Model>> {
                const auto& module = gpuModule();
                if (!module.ok()) return module.error();
                return compileOnGpu(**module, settings, spec, options);
            }};
}

}  // namespace convolab
