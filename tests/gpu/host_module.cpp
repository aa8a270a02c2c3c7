// A whole module whose only device is this processor in plain loops: what the program does with a GPU can be tried without
// one. CONVOLAB_EMULATED_BYTES: so much memory; CONVOLAB_EMULATED_STEPS: the device is lost after so many training steps.
#include <atomic>
#include <cstdlib>
#include <cstring>

#include "tests/gpu/host_device.h"

namespace {

using namespace convolab;

std::uint64_t numberOf(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void probe(ConvolabGpuProbe* found) {
    *found = {};
    found->driverVersion = found->runtimeVersion = 13000;
    found->deviceCount = 1;
    ConvolabGpuDevice& device = found->devices[0];
    device.totalBytes = device.freeBytes = numberOf("CONVOLAB_EMULATED_BYTES", std::uint64_t{1} << 30);
    std::strcpy(device.name, "Host emulation: this processor in plain loops, no GPU");
}

std::int32_t trainStep(ConvolabGpuSession* session, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* key,
                       const ConvolabGpuUpdate* update, ConvolabGpuLoss* loss, ConvolabGpuFailure* failure) {
    const auto real = testing::hostModule().session.trainStep;
    static std::atomic<std::uint64_t> done = 0;
    if (done++ < numberOf("CONVOLAB_EMULATED_STEPS", ~std::uint64_t{0})) return real(session, images, labels, n, key, update, loss, failure);
    *failure = {.state = kGpuDriverFailed, .neededBytes = 0, .freeBytes = 0, .batchThatFits = 0, .detail = "the emulation was told to fail"};
    return 0;
}

std::int32_t open(const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, ConvolabGpuSession** session, ConvolabGpuFailure* failure) {
    testing::hostDevice().memoryBytes = numberOf("CONVOLAB_EMULATED_BYTES", std::uint64_t{1} << 30);
    return testing::hostModule().session.open(network, options, session, failure);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ConvolabGpuModule* convolab_gpu_module() {
    static const ConvolabGpuModule table = [] {
        ConvolabGpuModule made = testing::hostModule();
        made.programVersion = PROGRAM_VERSION;
        made.probe = probe;
        made.session.open = open;
        made.session.trainStep = trainStep;
        return made;
    }();
    return &table;
}
