#include "core/cpu/onednn/engine.h"

#include <cstdlib>
#include <string_view>

#include "core/cpu/onednn/ops.h"

namespace convolab::onednn {

const dnnl::engine& engine() {
    static const dnnl::engine instance(dnnl::engine::kind::cpu, 0);
    return instance;
}

dnnl::stream& stream() {
    static dnnl::stream instance(engine());
    return instance;
}

namespace {

bool hasAvx512() {
    switch (dnnl::get_effective_cpu_isa()) {
        case dnnl::cpu_isa::sse41:
        case dnnl::cpu_isa::avx:
        case dnnl::cpu_isa::avx2:
        case dnnl::cpu_isa::avx2_vnni:
            return false;
        default:
            return true;
    }
}

}  // namespace

bool available() { return true; }

const char* instructionSet() {
    if (hasAvx512()) return "AVX-512";
    switch (dnnl::get_effective_cpu_isa()) {
        case dnnl::cpu_isa::avx2:
        case dnnl::cpu_isa::avx2_vnni:
            return "AVX2";
        case dnnl::cpu_isa::avx:
            return "AVX";
        default:
            return "SSE4.1";
    }
}

int preferredBlock() {
    static const int block = hasAvx512() ? 16 : 8;
    return block;
}

bool winogradAllowed() {
    static const bool allowed = [] {
        const char* wish = std::getenv("CONVOLAB_CONVOLUTION");
        return wish == nullptr || std::string_view(wish) != "direct";
    }();
    return allowed;
}

bool isReference(const char* implementation) {
    return std::string_view(implementation).find("ref") != std::string_view::npos;
}

dnnl::memory::desc imageDescription(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w, int block) {
    using Tag = dnnl::memory::format_tag;
    const Tag tag = block == 16 ? Tag::nChw16c : (block == 8 ? Tag::nChw8c : Tag::nchw);
    return {{n, c, h, w}, dnnl::memory::data_type::f32, tag};
}

void gemm(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
          const float* b, float* c) {
    const dnnl_status_t status = dnnl_sgemm(transposeA ? 'T' : 'N', transposeB ? 'T' : 'N', m, n, k, 1.0F, a,
                                            transposeA ? m : k, b, transposeB ? k : n, 0.0F, c, n);
    CONVOLAB_CHECK(status == dnnl_success, "oneDNN refused a matrix product");
}

}  // namespace convolab::onednn
