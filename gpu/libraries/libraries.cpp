#include "gpu/libraries/libraries.h"

namespace convolab::gpu {

Outcome Libraries::prepare(std::span<const Launch> launches) {
    for (const Launch& launch : launches) {
        const auto call = callOf<MatrixCall>(launch);
        if (!call) continue;
        if (m_matrices == nullptr) return {kGpuDriverFailed, "cuBLASLt is missing"};
        if (Outcome outcome = m_matrices->prepare(*call); !outcome.ok()) return outcome;
    }
    return {};
}

std::optional<Outcome> Libraries::run(const Launch& launch, void* stream) {
    const auto call = callOf<MatrixCall>(launch);
    if (!call) return {};
    if (m_matrices == nullptr) return Outcome{kGpuDriverFailed, "cuBLASLt is missing"};
    return m_matrices->run(*call, stream);
}

}  // namespace convolab::gpu
