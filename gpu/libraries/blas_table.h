#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace convolab::gpu {

/// What cublasLtMatmulAlgoGetHeuristic answers (cublasLtMatmulHeuristicResult_t).
struct BlasHeuristic {
    std::uint64_t algorithm[8];
    std::size_t workspaceBytes;
    int state;
    float waves;
    int reserved[4];
};

/// The functions of cuBLASLt that are called, with their own names behind; results are cublasStatus_t values, enumerations ints,
/// handles and descriptors pointers (cuBLAS documentation, "Using the cuBLASLt API").
struct BlasTable {
    std::size_t (*version)() = nullptr;                                                                        // cublasLtGetVersion
    const char* (*statusName)(int status) = nullptr;                                                           // cublasLtGetStatusName
    int (*create)(void** handle) = nullptr;                                                                    // cublasLtCreate
    int (*destroy)(void* handle) = nullptr;                                                                    // cublasLtDestroy
    int (*createProduct)(void** product, int computeType, int scaleType) = nullptr;                            // cublasLtMatmulDescCreate
    int (*destroyProduct)(void* product) = nullptr;                                                            // cublasLtMatmulDescDestroy
    int (*setProduct)(void* product, int attribute, const void* value, std::size_t bytes) = nullptr;           // cublasLtMatmulDescSetAttribute
    int (*createLayout)(void** layout, int type, std::uint64_t rows, std::uint64_t columns, std::int64_t leading) = nullptr;  // cublasLtMatrixLayoutCreate
    int (*destroyLayout)(void* layout) = nullptr;                                                              // cublasLtMatrixLayoutDestroy
    int (*createPreference)(void** preference) = nullptr;                                                      // cublasLtMatmulPreferenceCreate
    int (*destroyPreference)(void* preference) = nullptr;                                                      // cublasLtMatmulPreferenceDestroy
    int (*setPreference)(void* preference, int attribute, const void* value, std::size_t bytes) = nullptr;     // cublasLtMatmulPreferenceSetAttribute
    int (*heuristic)(void* handle, void* product, void* a, void* b, void* c, void* d, void* preference, int wanted, BlasHeuristic* results,
                     int* found) = nullptr;                                                                    // cublasLtMatmulAlgoGetHeuristic
    int (*multiply)(void* handle, void* product, const void* alpha, const void* a, void* aLayout, const void* b, void* bLayout, const void* beta,
                    const void* c, void* cLayout, void* d, void* dLayout, const std::uint64_t* algorithm, void* workspace, std::size_t workspaceBytes,
                    void* stream) = nullptr;                                                                   // cublasLtMatmul
};

inline constexpr int kBlasSuccess = 0;
inline constexpr int kBlasFloat32 = 68;         ///< CUBLAS_COMPUTE_32F
inline constexpr int kBlasTf32 = 77;            ///< CUBLAS_COMPUTE_32F_FAST_TF32
inline constexpr int kBlasTypeFloat32 = 0, kBlasTypeFp16 = 2, kBlasTypeBf16 = 14;  ///< CUDA_R_32F, CUDA_R_16F, CUDA_R_16BF
inline constexpr int kBlasTranspose = 1;        ///< CUBLAS_OP_T; 0 is CUBLAS_OP_N
// cublasLtMatmulDescAttributes_t, cublasLtEpilogue_t, cublasLtMatmulPreferenceAttributes_t
inline constexpr int kBlasTransposeA = 3, kBlasTransposeB = 4, kBlasEpilogue = 7, kBlasBias = 8;
inline constexpr std::uint32_t kBlasPlainEpilogue = 1, kBlasReluEpilogue = 2, kBlasBiasEpilogue = 4, kBlasReluBiasEpilogue = 6;
inline constexpr int kBlasMostWorkspace = 1, kBlasAlignmentA = 5, kBlasAlignmentB = 6, kBlasAlignmentC = 7, kBlasAlignmentD = 8;

/// The library as it was found; `table` is null where it cannot be used, and `problem` then says why.
struct BlasLibrary {
    const BlasTable* table = nullptr;
    int version = 0;      ///< 130100 for 13.1.0
    std::string problem;  ///< "libcublasLt.so.13 is missing"
};

/// Opens libcublasLt.so of a CUDA major version, once; it stays open.
const BlasLibrary& blasLibrary(int cudaMajor);

}  // namespace convolab::gpu
