// In place of this folder's other files where the program is built without oneDNN: the portable and lanes tiers serve all.
#include <algorithm>
#include <array>
#include <cstdlib>
#include <string_view>

#include "core/cpu/onednn/ops.h"
#include "core/cpu/portable/gemm.h"

namespace convolab {

std::unique_ptr<Op> makeOneDnnConv2dOp(const OpRequest& /*request*/) { return nullptr; }
std::unique_ptr<Op> makeOneDnnDenseOp(const OpRequest& /*request*/) { return nullptr; }

namespace onednn {

namespace {

constexpr std::array kSets{"SSE4.1", "AVX", "AVX2", "AVX-512"};

int setOfProcessor() {
    __builtin_cpu_init();
    const bool avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
    if (avx512) return 3;
    if (__builtin_cpu_supports("avx2")) return 2;
    return __builtin_cpu_supports("avx") ? 1 : 0;
}

int allowedSet() {
    const char* wish = std::getenv("ONEDNN_MAX_CPU_ISA");
    const std::string_view cap = wish == nullptr ? "" : wish;
    if (cap == "SSE41") return 0;
    if (cap == "AVX") return 1;
    return cap.starts_with("AVX2") ? 2 : 3;
}

}  // namespace

bool available() { return false; }

const char* instructionSet() {
    static const int set = std::min(setOfProcessor(), allowedSet());
    return kSets[static_cast<std::size_t>(set)];
}

void gemm(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
          const float* b, float* c) {
    portableGemm(transposeA, transposeB, m, n, k, a, b, c, false);
}

}  // namespace onednn

}  // namespace convolab
