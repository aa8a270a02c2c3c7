#include "gpu/libraries/libraries.h"

namespace convolab::gpu {

namespace {

Outcome missing(const char* name) { return {kGpuDriverFailed, std::string(name) + " is missing"}; }

}  // namespace

Outcome Libraries::prepare(std::span<const Launch> launches, void* stream) {
    for (const Launch& launch : launches) {
        Outcome outcome;
        if (const auto product = callOf<MatrixCall>(launch)) outcome = matrices != nullptr ? matrices->prepare(*product) : missing("cuBLASLt");
        if (const auto convolution = callOf<ConvolutionCall>(launch)) outcome = convolutions != nullptr ? convolutions->prepare(*convolution, stream) : missing("cuDNN");
        if (const auto pooling = callOf<PoolingCall>(launch)) outcome = layers != nullptr ? layers->prepare(*pooling) : missing("cuDNN");
        if (const auto norm = callOf<BatchNormCall>(launch)) outcome = layers != nullptr ? layers->prepare(*norm) : missing("cuDNN");
        if (!outcome.ok()) return outcome;
    }
    return {};
}

std::optional<Outcome> Libraries::run(const Launch& launch, void* stream) {
    if (const auto product = callOf<MatrixCall>(launch)) return matrices != nullptr ? matrices->run(*product, stream) : missing("cuBLASLt");
    if (const auto convolution = callOf<ConvolutionCall>(launch)) return convolutions != nullptr ? convolutions->run(*convolution, stream) : missing("cuDNN");
    if (const auto pooling = callOf<PoolingCall>(launch)) return layers != nullptr ? layers->run(*pooling, stream) : missing("cuDNN");
    if (const auto norm = callOf<BatchNormCall>(launch)) return layers != nullptr ? layers->run(*norm, stream) : missing("cuDNN");
    return {};
}

std::int32_t unitsOf(const Launch& launch, Precision precision) {
    const auto product = callOf<MatrixCall>(launch);
    const auto convolution = callOf<ConvolutionCall>(launch);
    if (!product && !convolution) return kGpuCudaCores;
    if (product ? product->left.stored : convolution->first.stored) return kGpuTensorHalf;
    return precision == Precision::Tf32 ? kGpuTensorTf32 : kGpuCudaCores;
}

}  // namespace convolab::gpu
