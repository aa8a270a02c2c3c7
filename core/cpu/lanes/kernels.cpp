#include "core/cpu/lanes/kernels.h"

#include <string_view>

#include "core/cpu/compute_team.h"

namespace convolab::lanes {

const Kernels* kernelsOf(int lanes) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (lanes == 8 && __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return &kKernelsAvx2;
    if (lanes == 16 && __builtin_cpu_supports("avx512f")) return &kKernelsAvx512;
#endif
    static_cast<void>(lanes);
    return nullptr;
}

const Kernels* kernels() {
    const std::string_view set = instructionSet();
    if (set == "AVX-512") return kernelsOf(16);
    return set == "AVX2" ? kernelsOf(8) : nullptr;
}

}  // namespace convolab::lanes
