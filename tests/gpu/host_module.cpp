// A whole module whose only device is this processor in plain loops: what the program does with a GPU can be tried without
// one. CONVOLAB_EMULATED_BYTES: so much memory; CONVOLAB_EMULATED_STEPS: the device is lost after so many training steps;
// CONVOLAB_EMULATED_DEVICES: so many of them; CONVOLAB_EMULATED_NCCL=0: they cannot work together.
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
    found->deviceCount = static_cast<std::int32_t>(numberOf("CONVOLAB_EMULATED_DEVICES", 1));
    for (std::int32_t i = 0; i < found->deviceCount; ++i) {
        ConvolabGpuDevice& device = found->devices[i];
        device.ordinal = i;
        device.totalBytes = device.freeBytes = numberOf("CONVOLAB_EMULATED_BYTES", std::uint64_t{1} << 30);
        std::strcpy(device.name, "Host emulation: this processor in plain loops, no GPU");
    }
}

void libraries(ConvolabGpuLibrary (*found)[kGpuLibraries]) {
    if (numberOf("CONVOLAB_EMULATED_NCCL", 1) != 0) return;
    std::strcpy((*found)[2].name, "NCCL");
    std::strcpy((*found)[2].problem, "libnccl.so.2 is missing or cannot be loaded");
    std::strcpy((*found)[2].instead, "single GPUs");
}

/// Of a training step that begins; false: the device is lost.
bool mayBegin(ConvolabGpuFailure* failure) {
    static std::atomic<std::uint64_t> begun = 0;
    if (begun++ < numberOf("CONVOLAB_EMULATED_STEPS", ~std::uint64_t{0})) return true;
    *failure = {.state = kGpuDriverFailed, .neededBytes = 0, .freeBytes = 0, .batchThatFits = 0, .detail = "the emulation was told to fail"};
    return false;
}

std::int32_t trainStep(ConvolabGpuSession* session, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* key,
                       const ConvolabGpuUpdate* update, ConvolabGpuLoss* loss, ConvolabGpuFailure* failure) {
    return mayBegin(failure) ? testing::hostModule().session.trainStep(session, images, labels, n, key, update, loss, failure) : 0;
}

std::int32_t start(ConvolabGpuSession* session, ConvolabGpuFailure* failure) {
    return mayBegin(failure) ? testing::hostModule().session.start(session, failure) : 0;
}

std::int32_t open(const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, ConvolabGpuSession** session, ConvolabGpuFailure* failure) {
    testing::hostDevice().memoryBytes = numberOf("CONVOLAB_EMULATED_BYTES", std::uint64_t{1} << 30);
    return testing::hostModule().session.open(network, options, session, failure);
}

std::int32_t openGroup(const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, const std::int32_t* ordinals, std::int32_t count,
                       ConvolabGpuSession** session, ConvolabGpuFailure* failure) {
    testing::hostDevice().memoryBytes = numberOf("CONVOLAB_EMULATED_BYTES", std::uint64_t{1} << 30);
    return testing::hostModule().session.openGroup(network, options, ordinals, count, session, failure);
}

}  // namespace

extern "C" __attribute__((visibility("default"))) const ConvolabGpuModule* convolab_gpu_module() {
    static const ConvolabGpuModule table = [] {
        ConvolabGpuModule made = testing::hostModule();
        made.programVersion = PROGRAM_VERSION;
        made.probe = probe;
        made.libraries = libraries;
        made.session.open = open;
        made.session.openGroup = openGroup;
        made.session.trainStep = trainStep;
        made.session.start = start;
        return made;
    }();
    return &table;
}
