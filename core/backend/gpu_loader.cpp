#include "core/backend/gpu_loader.h"

#include <dlfcn.h>

#include <cstdlib>
#include <memory>

#include "core/backend/gpu_text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

const char* namedModule() {
    const char* name = std::getenv("CONVOLAB_GPU_MODULE");
    return name == nullptr || *name == '\0' ? nullptr : name;
}

/// Only the first member has the same place in every version.
Status checkVersion(const ConvolabGpuModule* table, const fs::path& file) {
    if (table == nullptr) return gpuModuleUnloadable(file, "its table of functions is missing");
    if (table->interfaceVersion != kGpuInterfaceVersion) return gpuModuleOfOtherVersion(file, table->interfaceVersion, CONVOLAB_VERSION);
    if (table->tableBytes != sizeof(ConvolabGpuModule)) return gpuModuleOfOtherVersion(file, table->interfaceVersion, {});
    const std::string built = table->programVersion;
    if (built != CONVOLAB_VERSION) return gpuModuleOfOtherVersion(file, table->interfaceVersion, built);
    return {};
}

Result<const ConvolabGpuModule*> loadFile(const fs::path& file) {
    void* library = ::dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) return gpuModuleUnloadable(file, ::dlerror());
    const auto entry = reinterpret_cast<ConvolabGpuEntry>(::dlsym(library, kGpuEntry));
    if (entry == nullptr) return gpuModuleUnloadable(file, std::string("it has no ") + kGpuEntry);
    const ConvolabGpuModule* table = entry();
    CONVOLAB_RETURN_IF_ERROR(checkVersion(table, file));
    return table;
}

GpuDevice deviceOf(const ConvolabGpuProbe& probe, const ConvolabGpuDevice& found) {
    GpuDevice device{.ordinal = found.ordinal,
                     .name = found.name,
                     .computeMajor = found.computeMajor,
                     .computeMinor = found.computeMinor,
                     .multiprocessors = found.multiprocessors,
                     .totalBytes = found.totalBytes,
                     .freeBytes = found.freeBytes,
                     .clockKilohertz = found.clockKilohertz,
                     .lanes = found.lanes,
                     .peak = {.flops = found.operationsPerSecond, .tf32Flops = found.tf32OperationsPerSecond,
                              .halfFlops = found.halfOperationsPerSecond, .bytes = found.bytesPerSecond},
                     .problem = {}};
    if (found.state != kGpuReady) device.problem = gpuDeviceProblem(probe, found);
    return device;
}

std::vector<GpuLibrary> librariesOf(const ConvolabGpuModule& module) {
    ConvolabGpuLibrary found[kGpuLibraries] = {};
    module.libraries(&found);
    std::vector<GpuLibrary> libraries;
    for (const ConvolabGpuLibrary& library : found) {
        libraries.push_back({.name = library.name, .version = library.version, .problem = {}});
        if (library.version == 0) libraries.back().problem = gpuLibraryProblem(library);
    }
    return libraries;
}

}  // namespace

std::vector<fs::path> gpuModulePlaces() {
    if (const char* name = namedModule()) return {name};
    std::error_code failure;
    const fs::path folder = fs::read_symlink("/proc/self/exe", failure).parent_path();
    const fs::path above = folder.parent_path();
    return {folder / kGpuModuleFile, above / "bin" / kGpuModuleFile, above / "lib" / kGpuModuleFile};
}

Result<const ConvolabGpuModule*> loadGpuModule(const std::vector<fs::path>& places) {
    std::error_code failure;
    for (const fs::path& place : places) {
        if (fs::exists(place, failure)) return loadFile(place);
    }
    return gpuModuleMissing(places.size() == 1 ? places.front() : fs::path{});
}

const Result<const ConvolabGpuModule*>& gpuModule() {
    static const Result<const ConvolabGpuModule*> loaded = loadGpuModule(gpuModulePlaces());
    return loaded;
}

GpuFindings probeGpus(const ConvolabGpuModule& module) {
    const auto probe = std::make_unique<ConvolabGpuProbe>();
    module.probe(probe.get());
    GpuFindings findings{.problem = {}, .devices = {}, .driverVersion = probe->driverVersion, .runtimeVersion = probe->runtimeVersion};
    if (probe->state != kGpuReady || probe->deviceCount <= 0) {
        findings.problem = gpuProblem(*probe);
        return findings;
    }
    for (int i = 0; i < probe->deviceCount && i < kGpuMostDevices; ++i) findings.devices.push_back(deviceOf(*probe, probe->devices[i]));
    findings.libraries = librariesOf(module);
    return findings;
}

GpuFindings findGpus() {
    const auto& module = gpuModule();
    if (!module.ok()) return {.problem = module.error(), .devices = {}, .driverVersion = 0, .runtimeVersion = 0};
    return probeGpus(**module);
}

}  // namespace convolab
