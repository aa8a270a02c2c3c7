#include "gpu/libraries/matrix_library.h"

namespace convolab::gpu {

/// cuBLAS stores matrices by columns, this program by rows: a matrix of the one is the transposed one of the other. So the
/// library computes resultsᵀ (columns × rows) = rightᵀ · leftᵀ; its A is `right` and its B is `left`.
struct MatrixLibrary::Product {
    const BlasTable& table;
    void *product = nullptr, *a = nullptr, *b = nullptr, *d = nullptr;
    BlasHeuristic chosen{};

    explicit Product(const BlasTable& functions) : table(functions) {}
    Product(const Product&) = delete;
    Product& operator=(const Product&) = delete;
    ~Product() {
        for (void* layout : {a, b, d}) {
            if (layout != nullptr) table.destroyLayout(layout);
        }
        if (product != nullptr) table.destroyProduct(product);
    }
};

namespace {

constexpr std::uint32_t kMostAlignment = 256;  // what the library takes for granted

std::uint32_t alignmentOf(const void* pointer) {
    const auto place = reinterpret_cast<std::uintptr_t>(pointer);
    std::uint32_t alignment = 1;
    while (alignment < kMostAlignment && place % (2 * alignment) == 0) alignment *= 2;
    return alignment;
}

/// Float32 sums and results of 16-bit factors: a combination that cublasLtMatmul has for both types (cuBLAS documentation).
int typeOf(const ProductFactors& factors) {
    if (!factors.stored) return kBlasTypeFloat32;
    return factors.type == FactorType::Bf16 ? kBlasTypeBf16 : kBlasTypeFp16;
}

std::uint32_t epilogueOf(const MatrixCall& call) {
    if (call.bias != nullptr) return call.relu ? kBlasReluBiasEpilogue : kBlasBiasEpilogue;
    return call.relu ? kBlasReluEpilogue : kBlasPlainEpilogue;
}

}  // namespace

MatrixLibrary::MatrixLibrary(const BlasTable& table, Precision precision, void* workspace, std::size_t workspaceBytes)
    : m_table(table), m_precision(precision), m_workspace(workspace), m_workspaceBytes(workspaceBytes) {}

MatrixLibrary::~MatrixLibrary() {
    m_products.clear();
    if (m_handle != nullptr) m_table.destroy(m_handle);
}

Outcome MatrixLibrary::words(int status, const char* function) const {
    if (status == kBlasSuccess) return {};
    const char* name = m_table.statusName(status);
    return {kGpuDriverFailed, std::string(function) + ": " + (name == nullptr ? std::to_string(status) : name)};
}

Outcome MatrixLibrary::start() {
    Outcome outcome = words(m_table.create(&m_handle), "cublasLtCreate");
    if (!outcome.ok()) m_handle = nullptr;
    return outcome;
}

MatrixLibrary::Key MatrixLibrary::keyOf(const MatrixCall& call) {
    const int form = (call.leftByDepth ? 1 : 0) | (call.rightByDepth ? 2 : 0) | typeOf(call.left) << 2;
    return {call.rows, call.columns, call.depth, form, epilogueOf(call), alignmentOf(call.left.values), alignmentOf(call.right.values), alignmentOf(call.bias), alignmentOf(call.results)};
}

#define CONVOLAB_BLAS(call, function)                                                          \
    do {                                                                                       \
        if (Outcome outcome = words(call, function); !outcome.ok()) return outcome;            \
    } while (false)

Outcome MatrixLibrary::describe(const MatrixCall& call, Product& made) const {
    const int compute = m_precision == Precision::Tf32 && !call.left.stored ? kBlasTf32 : kBlasFloat32;
    CONVOLAB_BLAS(m_table.createProduct(&made.product, compute, kBlasTypeFloat32), "cublasLtMatmulDescCreate");
    const auto set = [&](int attribute, const auto& value) { return m_table.setProduct(made.product, attribute, &value, sizeof value); };
    if (call.rightByDepth) CONVOLAB_BLAS(set(kBlasTransposeA, std::int32_t{kBlasTranspose}), "cublasLtMatmulDescSetAttribute");
    if (!call.leftByDepth) CONVOLAB_BLAS(set(kBlasTransposeB, std::int32_t{kBlasTranspose}), "cublasLtMatmulDescSetAttribute");
    CONVOLAB_BLAS(set(kBlasEpilogue, epilogueOf(call)), "cublasLtMatmulDescSetAttribute");
    if (call.bias != nullptr) CONVOLAB_BLAS(set(kBlasBias, call.bias), "cublasLtMatmulDescSetAttribute");
    const int factors = typeOf(call.left);
    const auto layout = [&](void*& matrix, int type, Index rows, Index columns) {
        return m_table.createLayout(&matrix, type, static_cast<std::uint64_t>(rows), static_cast<std::uint64_t>(columns), rows);
    };
    CONVOLAB_BLAS(call.rightByDepth ? layout(made.a, factors, call.depth, call.columns) : layout(made.a, factors, call.columns, call.depth), "cublasLtMatrixLayoutCreate");
    CONVOLAB_BLAS(call.leftByDepth ? layout(made.b, factors, call.depth, call.rows) : layout(made.b, factors, call.rows, call.depth), "cublasLtMatrixLayoutCreate");
    CONVOLAB_BLAS(layout(made.d, kBlasTypeFloat32, call.columns, call.rows), "cublasLtMatrixLayoutCreate");
    return {};
}

Outcome MatrixLibrary::choose(const MatrixCall& call, Product& made) const {
    void* preference = nullptr;
    CONVOLAB_BLAS(m_table.createPreference(&preference), "cublasLtMatmulPreferenceCreate");
    const auto destroy = [this](void* given) { m_table.destroyPreference(given); };
    const std::unique_ptr<void, decltype(destroy)> owner(preference, destroy);
    const auto set = [&](int attribute, const auto& value) { return m_table.setPreference(preference, attribute, &value, sizeof value); };
    const std::uint64_t room = m_workspaceBytes;
    CONVOLAB_BLAS(set(kBlasMostWorkspace, room), "cublasLtMatmulPreferenceSetAttribute");
    // Weights begin where the layer before them ends.
    CONVOLAB_BLAS(set(kBlasAlignmentA, alignmentOf(call.right.values)), "cublasLtMatmulPreferenceSetAttribute");
    CONVOLAB_BLAS(set(kBlasAlignmentB, alignmentOf(call.left.values)), "cublasLtMatmulPreferenceSetAttribute");
    CONVOLAB_BLAS(set(kBlasAlignmentC, alignmentOf(call.results)), "cublasLtMatmulPreferenceSetAttribute");
    CONVOLAB_BLAS(set(kBlasAlignmentD, alignmentOf(call.results)), "cublasLtMatmulPreferenceSetAttribute");
    int found = 0;
    CONVOLAB_BLAS(m_table.heuristic(m_handle, made.product, made.a, made.b, made.d, made.d, preference, 1, &made.chosen, &found), "cublasLtMatmulAlgoGetHeuristic");
    if (found < 1) return {kGpuDriverFailed, "cublasLtMatmulAlgoGetHeuristic: no algorithm"};
    return words(made.chosen.state, "cublasLtMatmulAlgoGetHeuristic");
}

Outcome MatrixLibrary::prepare(const MatrixCall& call) {
    std::unique_ptr<Product>& product = m_products[keyOf(call)];
    if (product != nullptr) return {};
    auto made = std::make_unique<Product>(m_table);
    if (Outcome outcome = describe(call, *made); !outcome.ok()) return outcome;
    if (Outcome outcome = choose(call, *made); !outcome.ok()) return outcome;
    product = std::move(made);
    return {};
}

Outcome MatrixLibrary::run(const MatrixCall& call, void* stream) {
    if (Outcome outcome = prepare(call); !outcome.ok()) return outcome;
    const Product& product = *m_products.at(keyOf(call));
    // Layers of the same size share the descriptor, not the bias.
    if (call.bias != nullptr) CONVOLAB_BLAS(m_table.setProduct(product.product, kBlasBias, &call.bias, sizeof call.bias), "cublasLtMatmulDescSetAttribute");
    const float one = 1.0F, zero = 0.0F;
    CONVOLAB_BLAS(m_table.multiply(m_handle, product.product, &one, call.right.values, product.a, call.left.values, product.b, &zero, call.results, product.d, call.results,
                                   product.d, product.chosen.algorithm, m_workspace, m_workspaceBytes, stream),
                  "cublasLtMatmul");
    return {};
}

#undef CONVOLAB_BLAS

}  // namespace convolab::gpu
