// The module's one door: the table of functions that core/backend loads.
#include <cuda_runtime_api.h>

#include <sstream>
#include <string>
#include <vector>

#include "core/backend/gpu_module.h"
#include "gpu/driver/probe.h"
#include "gpu/libraries/libraries.h"
#include "gpu/session/cuda_executor.h"
#include "gpu/session/session_table.h"

namespace convolab::gpu {

namespace {

/// "75,80"
std::vector<int> capabilities(const char* list) {
    std::vector<int> result;
    std::istringstream stream(list);
    for (std::string item; std::getline(stream, item, ',');) result.push_back(std::stoi(item));
    return result;
}

void probe(ConvolabGpuProbe* found) {
    const ModuleCode code{.runtimeVersion = CUDART_VERSION,
                          .machine = capabilities(CONVOLAB_CUDA_MACHINE_CODE),
                          .portable = capabilities(CONVOLAB_CUDA_PORTABLE_CODE)};
    probeDriver(driverLibrary(), code, *found);
}

template <std::size_t room>
void put(char (&target)[room], const std::string& text) {
    target[text.copy(target, room - 1)] = '\0';
}

void libraries(ConvolabGpuLibrary (*found)[kGpuLibraries]) {
    const BlasLibrary& blas = blasLibrary(CUDART_VERSION / 1000);
    const DnnLibrary& dnn = dnnLibrary();
    const auto fill = [](ConvolabGpuLibrary& library, const char* name, const auto& opened, const char* instead) {
        library = {};
        put(library.name, name);
        library.version = opened.table != nullptr ? opened.version : 0;
        put(library.problem, opened.problem);
        put(library.instead, instead);
    };
    fill((*found)[0], "cuBLASLt", blas, "the program's own matrix products");
    fill((*found)[1], "cuDNN", dnn, "the program's own convolutions");
    fill((*found)[2], "NCCL", ncclLibrary(), "single GPUs");
}

const ConvolabGpuModule kTable{.interfaceVersion = kGpuInterfaceVersion,
                               .tableBytes = sizeof(ConvolabGpuModule),
                               .programVersion = CONVOLAB_VERSION,
                               .probe = probe,
                               .libraries = libraries,
                               .session = sessionCalls<makeCudaExecutor, makeNcclCommunicator>(),
                               .inspection = inspectionCalls()};

}  // namespace

}  // namespace convolab::gpu

extern "C" __attribute__((visibility("default"))) const ConvolabGpuModule* convolab_gpu_module() { return &convolab::gpu::kTable; }
