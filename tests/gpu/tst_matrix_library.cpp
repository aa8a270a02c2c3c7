// cuBLASLt without cuBLASLt: a table of functions that keeps what it is told and multiplies by columns as the library's
// documentation says. What is asked of it must give what the call means; every refusal is an answer in words.
#include <QtTest>
#include <algorithm>
#include <deque>
#include <vector>

#include "gpu/libraries/libraries.h"

using namespace convolab::gpu;

namespace {

struct FakeLayout {
    int type;
    std::uint64_t rows, columns;
    std::int64_t leading;
};

struct FakeProduct {
    int computeType = 0;
    std::int32_t transposeA = 0, transposeB = 0;
    std::uint32_t epilogue = kBlasPlainEpilogue;
    const float* bias = nullptr;
};

struct FakePreference {
    std::uint64_t workspace = 0;
    std::uint32_t alignment[4] = {256, 256, 256, 256};
};

struct FakeBlas {
    int handles = 0, products = 0, layouts = 0, preferences = 0;  // made and not destroyed
    int heuristics = 0, multiplications = 0;
    int failCreate = 0, failMultiply = 0, found = 1;
    FakePreference preference;  // of the latest heuristic
    int computeType = 0, factorType = -1;
    void* stream = nullptr;
    void* workspace = nullptr;
} fake;

template <class T>
T& of(void* pointer) {
    return *static_cast<T*>(pointer);
}

template <class T>
int keep(void* target, const void* value, std::size_t bytes) {
    if (bytes != sizeof(T)) return 7;  // CUBLAS_STATUS_INVALID_VALUE
    std::memcpy(target, value, bytes);
    return 0;
}

float at(const void* values, const FakeLayout& layout, bool transposed, std::size_t row, std::size_t column) {
    if (transposed) std::swap(row, column);
    const std::size_t place = row + column * static_cast<std::size_t>(layout.leading);
    if (layout.type == 14) return fromBf16(static_cast<const std::uint16_t*>(values)[place]);  // CUDA_R_16BF
    if (layout.type == 2) return fromFp16(static_cast<const std::uint16_t*>(values)[place]);   // CUDA_R_16F
    return static_cast<const float*>(values)[place];
}

int multiply(void* handle, void* product, const void* alpha, const void* a, void* aLayout, const void* b, void* bLayout, const void* beta, const void* c,
             void* cLayout, void* d, void* dLayout, const std::uint64_t* algorithm, void* workspace, std::size_t, void* stream) {
    if (fake.failMultiply != 0) return fake.failMultiply;
    const auto& p = of<FakeProduct>(product);
    const auto &la = of<FakeLayout>(aLayout), &lb = of<FakeLayout>(bLayout), &ld = of<FakeLayout>(dLayout);
    const std::size_t depth = p.transposeA != 0 ? la.rows : la.columns;
    const bool fits = handle == &fake && c == d && cLayout == dLayout && algorithm[0] == 77 && *static_cast<const float*>(alpha) == 1.0F && *static_cast<const float*>(beta) == 0.0F &&
                      (p.transposeA != 0 ? la.columns : la.rows) == ld.rows && (p.transposeB != 0 ? lb.columns : lb.rows) == depth &&
                      (p.transposeB != 0 ? lb.rows : lb.columns) == ld.columns && la.type == lb.type && ld.type == kBlasTypeFloat32 &&
                      (la.type == kBlasTypeFloat32 || p.computeType == kBlasFloat32);
    if (!fits) return 7;
    for (std::size_t row = 0; row < ld.rows; ++row) {
        for (std::size_t column = 0; column < ld.columns; ++column) {
            float sum = 0.0F;
            for (std::size_t k = 0; k < depth; ++k) sum += at(a, la, p.transposeA != 0, row, k) * at(b, lb, p.transposeB != 0, k, column);
            if ((p.epilogue & kBlasBiasEpilogue) != 0) sum += p.bias[row];
            if ((p.epilogue & kBlasReluEpilogue) != 0) sum = std::max(sum, 0.0F);
            static_cast<float*>(d)[row + column * static_cast<std::size_t>(ld.leading)] = sum;
        }
    }
    ++fake.multiplications;
    fake.computeType = p.computeType;
    fake.factorType = la.type;
    fake.stream = stream;
    fake.workspace = workspace;
    return 0;
}

const BlasTable kFakeTable{
    .version = [] { return std::size_t{130100}; },
    .statusName = [](int status) -> const char* { return status == 15 ? "CUBLAS_STATUS_NOT_SUPPORTED" : status == 3 ? "CUBLAS_STATUS_ALLOC_FAILED" : nullptr; },
    .create = [](void** handle) { *handle = &fake; fake.handles += fake.failCreate == 0 ? 1 : 0; return fake.failCreate; },
    .destroy = [](void*) { --fake.handles; return 0; },
    .createProduct = [](void** product, int computeType, int scaleType) { *product = new FakeProduct{.computeType = computeType}; ++fake.products; return scaleType == kBlasTypeFloat32 ? 0 : 7; },
    .destroyProduct = [](void* product) { delete &of<FakeProduct>(product); --fake.products; return 0; },
    .setProduct = [](void* product, int attribute, const void* value, std::size_t bytes) {
        auto& p = of<FakeProduct>(product);
        switch (attribute) {
            case kBlasTransposeA: return keep<std::int32_t>(&p.transposeA, value, bytes);
            case kBlasTransposeB: return keep<std::int32_t>(&p.transposeB, value, bytes);
            case kBlasEpilogue: return keep<std::uint32_t>(&p.epilogue, value, bytes);
            case kBlasBias: return keep<const float*>(&p.bias, value, bytes);
            default: return 7;
        }
    },
    .createLayout = [](void** layout, int type, std::uint64_t rows, std::uint64_t columns, std::int64_t leading) { *layout = new FakeLayout{type, rows, columns, leading}; ++fake.layouts; return 0; },
    .destroyLayout = [](void* layout) { delete &of<FakeLayout>(layout); --fake.layouts; return 0; },
    .createPreference = [](void** preference) { *preference = new FakePreference; ++fake.preferences; return 0; },
    .destroyPreference = [](void* preference) { delete &of<FakePreference>(preference); --fake.preferences; return 0; },
    .setPreference = [](void* preference, int attribute, const void* value, std::size_t bytes) {
        auto& p = of<FakePreference>(preference);
        if (attribute == kBlasMostWorkspace) return keep<std::uint64_t>(&p.workspace, value, bytes);
        return keep<std::uint32_t>(&p.alignment[attribute - kBlasAlignmentA], value, bytes);
    },
    .heuristic = [](void*, void*, void*, void*, void* c, void* d, void* preference, int wanted, BlasHeuristic* results, int* found) {
        ++fake.heuristics;
        fake.preference = of<FakePreference>(preference);
        *results = {.algorithm = {77}, .workspaceBytes = 0, .state = 0, .waves = 1.0F, .reserved = {}};
        *found = fake.found;
        return c == d && wanted == 1 ? 0 : 7;
    },
    .multiply = multiply,
};

struct Matrices {
    alignas(256) float left[12], right[20], bias[8], results[16], expected[16];
    MatrixCall call;

    // 3 × 5 results over a depth of 4
    Matrices(bool leftByDepth, bool rightByDepth, bool biased, bool relu) {
        for (int i = 0; i < 12; ++i) left[i] = static_cast<float>(i * 7 % 11) - 5.0F;
        for (int i = 0; i < 20; ++i) right[i] = static_cast<float>(i * 5 % 13) - 6.0F;
        for (int i = 0; i < 8; ++i) bias[i] = static_cast<float>(10 * i) - 20.0F;
        std::ranges::fill(results, 99.0F);
        std::ranges::fill(expected, 99.0F);
        call = {3, 5, 4, leftByDepth, rightByDepth, relu, left, right, biased ? bias : nullptr, expected};
        for (Index i = 0; i < 15; ++i) call(i);
        call.results = results;
    }
    bool agrees() const { return std::ranges::equal(results, expected); }
};

}  // namespace

class TestMatrixLibrary : public QObject {
    Q_OBJECT

  private slots:
    void init() { fake = {}; }
    void cleanup() { QCOMPARE(fake.handles + fake.products + fake.layouts + fake.preferences, 0); }

    void everyOrderInMemory() {
        MatrixLibrary library(kFakeTable, Precision::Float32, &fake, 4096);
        QVERIFY(library.start().ok());
        for (int form = 0; form < 16; ++form) {
            Matrices m((form & 1) != 0, (form & 2) != 0, (form & 4) != 0, (form & 8) != 0);
            const Outcome outcome = library.run(m.call, this);
            QVERIFY2(outcome.ok() && m.agrees(), (std::to_string(form) + " " + outcome.words).c_str());
        }
        QCOMPARE(fake.computeType, kBlasFloat32);
        QCOMPARE(fake.stream, static_cast<void*>(this));
        QCOMPARE(fake.workspace, static_cast<void*>(&fake));
        QCOMPARE(fake.preference.workspace, std::uint64_t{4096});
    }

    // Sizes are worked out once; layers that share them have biases of their own.
    void onePlanPerSize() {
        MatrixLibrary library(kFakeTable, Precision::Tf32, nullptr, 0);
        QVERIFY(library.start().ok());
        Matrices first(true, true, true, false), second(true, true, true, false);
        for (float& value : second.bias) value += 1.0F;
        for (float& value : second.expected) value += value == 99.0F ? 0.0F : 1.0F;
        QVERIFY(library.prepare(first.call).ok());
        QCOMPARE(fake.multiplications, 0);
        for (int i = 0; i < 3; ++i) QVERIFY(library.run(first.call, nullptr).ok() && library.run(second.call, nullptr).ok());
        QVERIFY(first.agrees() && second.agrees());
        QCOMPARE(fake.heuristics, 1);
        QCOMPARE(fake.computeType, kBlasTf32);
    }

    // ProductFactors of 16 bits, sums and results in float32; a session in TF32 changes nothing about them.
    void factorsOf16Bits() {
        MatrixLibrary library(kFakeTable, Precision::Tf32, nullptr, 0);
        QVERIFY(library.start().ok());
        for (const FactorType type : {FactorType::Bf16, FactorType::Fp16}) {
            Matrices m(true, false, true, true);
            alignas(256) std::uint16_t left[12], right[20];
            for (int i = 0; i < 12; ++i) left[i] = to16(type, m.left[i] += 0.001F);
            for (int i = 0; i < 20; ++i) right[i] = to16(type, m.right[i] *= 1.1F);
            m.call.left = ProductFactors(left, type);
            m.call.right = ProductFactors(right, type);
            m.call.results = m.expected;
            for (Index i = 0; i < 15; ++i) m.call(i);
            m.call.results = m.results;
            const Outcome outcome = library.run(m.call, nullptr);
            QVERIFY2(outcome.ok() && m.agrees(), outcome.words.c_str());
            QCOMPARE(fake.factorType, type == FactorType::Bf16 ? 14 : 2);
            QCOMPARE(fake.computeType, kBlasFloat32);
        }
        QCOMPARE(fake.heuristics, 2);  // types do not share what was worked out
    }

    // The library takes 256 bytes for granted, weights lie anywhere.
    void alignmentIsTold() {
        MatrixLibrary library(kFakeTable, Precision::Float32, nullptr, 0);
        QVERIFY(library.start().ok());
        Matrices m(true, true, false, false);
        QVERIFY(library.prepare(m.call).ok());
        QCOMPARE(fake.preference.alignment[0], 256U);
        m.call.right = ProductFactors(m.right + 1);
        m.call.left = ProductFactors(m.left + 4);
        QVERIFY(library.prepare(m.call).ok());
        QCOMPARE(fake.heuristics, 2);
        QCOMPARE(fake.preference.alignment[0], 4U);   // A is the right factor
        QCOMPARE(fake.preference.alignment[1], 16U);
        QCOMPARE(fake.preference.alignment[2], 256U);
    }

    void refusals() {
        fake.failCreate = 3;
        {
            MatrixLibrary library(kFakeTable, Precision::Float32, nullptr, 0);
            QCOMPARE(library.start().words, std::string("cublasLtCreate: CUBLAS_STATUS_ALLOC_FAILED"));
        }
        fake = {};
        {
            MatrixLibrary library(kFakeTable, Precision::Float32, nullptr, 0);
            QVERIFY(library.start().ok());
            Matrices m(true, false, true, true);
            fake.found = 0;
            QCOMPARE(library.prepare(m.call).words, std::string("cublasLtMatmulAlgoGetHeuristic: no algorithm"));
            fake.found = 1;
            fake.failMultiply = 15;
            QCOMPARE(library.run(m.call, nullptr).words, std::string("cublasLtMatmul: CUBLAS_STATUS_NOT_SUPPORTED"));
            fake.failMultiply = 999;
            QCOMPARE(library.run(m.call, nullptr).words, std::string("cublasLtMatmul: 999"));
        }
    }

    void callsAreFoundAmongLaunches() {
        auto matrices = std::make_unique<MatrixLibrary>(kFakeTable, Precision::Float32, nullptr, 0);
        QVERIFY(matrices->start().ok());
        Libraries libraries{std::move(matrices), nullptr, nullptr}, none;
        QCOMPARE(libraries.available(), std::uint32_t{kMatrixLibrary});
        QCOMPARE(none.available(), std::uint32_t{kNoLibrary});
        Matrices m(true, true, false, false);
        const Launch call = launchOf(m.call, 15), kernel = launchOf(Copy{m.left, m.left}, 12);
        QVERIFY(!libraries.run(kernel, nullptr).has_value());
        QVERIFY(libraries.run(call, nullptr)->ok() && m.agrees());
        QVERIFY(!none.prepare({&call, 1}, nullptr).ok() && none.prepare({&kernel, 1}, nullptr).ok());
        m.results[0] = 99.0F;
        runOnHost({&call, 1});
        QVERIFY(m.agrees());
    }
};

QTEST_GUILESS_MAIN(TestMatrixLibrary)
#include "tst_matrix_library.moc"
