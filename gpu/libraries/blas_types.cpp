// Compiled into the module only, where cuBLAS has its headers: blas_table.h says what cublasLt.h says.
#include <cublasLt.h>

#include "gpu/libraries/blas_table.h"
#include "gpu/libraries/plain_types.h"

namespace convolab::gpu {

CONVOLAB_PLAIN(cublasLtHandle_t, void*)
CONVOLAB_PLAIN(cublasLtHandle_t*, void**)
CONVOLAB_PLAIN(cublasLtMatmulDesc_t, void*)
CONVOLAB_PLAIN(cublasLtMatmulDesc_t*, void**)
CONVOLAB_PLAIN(cublasLtMatrixLayout_t, void*)
CONVOLAB_PLAIN(cublasLtMatrixLayout_t*, void**)
CONVOLAB_PLAIN(cublasLtMatmulPreference_t, void*)
CONVOLAB_PLAIN(cublasLtMatmulPreference_t*, void**)
CONVOLAB_PLAIN(cublasLtMatmulHeuristicResult_t*, BlasHeuristic*)
CONVOLAB_PLAIN(const cublasLtMatmulAlgo_t*, const std::uint64_t*)
CONVOLAB_PLAIN(cudaStream_t, void*)

namespace {

CONVOLAB_SAME(BlasTable, version, cublasLtGetVersion);
CONVOLAB_SAME(BlasTable, statusName, cublasLtGetStatusName);
CONVOLAB_SAME(BlasTable, create, cublasLtCreate);
CONVOLAB_SAME(BlasTable, destroy, cublasLtDestroy);
CONVOLAB_SAME(BlasTable, createProduct, cublasLtMatmulDescCreate);
CONVOLAB_SAME(BlasTable, destroyProduct, cublasLtMatmulDescDestroy);
CONVOLAB_SAME(BlasTable, setProduct, cublasLtMatmulDescSetAttribute);
CONVOLAB_SAME(BlasTable, createLayout, cublasLtMatrixLayoutCreate);
CONVOLAB_SAME(BlasTable, destroyLayout, cublasLtMatrixLayoutDestroy);
CONVOLAB_SAME(BlasTable, createPreference, cublasLtMatmulPreferenceCreate);
CONVOLAB_SAME(BlasTable, destroyPreference, cublasLtMatmulPreferenceDestroy);
CONVOLAB_SAME(BlasTable, setPreference, cublasLtMatmulPreferenceSetAttribute);
CONVOLAB_SAME(BlasTable, heuristic, cublasLtMatmulAlgoGetHeuristic);
CONVOLAB_SAME(BlasTable, multiply, cublasLtMatmul);

static_assert(sizeof(BlasHeuristic) == sizeof(cublasLtMatmulHeuristicResult_t) && offsetof(BlasHeuristic, algorithm) == offsetof(cublasLtMatmulHeuristicResult_t, algo) &&
              offsetof(BlasHeuristic, workspaceBytes) == offsetof(cublasLtMatmulHeuristicResult_t, workspaceSize) &&
              offsetof(BlasHeuristic, state) == offsetof(cublasLtMatmulHeuristicResult_t, state));
static_assert(kBlasSuccess == CUBLAS_STATUS_SUCCESS && kBlasFloat32 == CUBLAS_COMPUTE_32F && kBlasTf32 == CUBLAS_COMPUTE_32F_FAST_TF32 &&
              kBlasTypeFloat32 == CUDA_R_32F && kBlasTypeFp16 == CUDA_R_16F && kBlasTypeBf16 == CUDA_R_16BF && kBlasTranspose == CUBLAS_OP_T);
static_assert(kBlasTransposeA == CUBLASLT_MATMUL_DESC_TRANSA && kBlasTransposeB == CUBLASLT_MATMUL_DESC_TRANSB &&
              kBlasEpilogue == CUBLASLT_MATMUL_DESC_EPILOGUE && kBlasBias == CUBLASLT_MATMUL_DESC_BIAS_POINTER);
static_assert(kBlasPlainEpilogue == CUBLASLT_EPILOGUE_DEFAULT && kBlasReluEpilogue == CUBLASLT_EPILOGUE_RELU &&
              kBlasBiasEpilogue == CUBLASLT_EPILOGUE_BIAS && kBlasReluBiasEpilogue == CUBLASLT_EPILOGUE_RELU_BIAS);
static_assert(kBlasMostWorkspace == CUBLASLT_MATMUL_PREF_MAX_WORKSPACE_BYTES && kBlasAlignmentA == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_A_BYTES &&
              kBlasAlignmentB == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_B_BYTES && kBlasAlignmentC == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_C_BYTES &&
              kBlasAlignmentD == CUBLASLT_MATMUL_PREF_MIN_ALIGNMENT_D_BYTES);

}  // namespace

}  // namespace convolab::gpu
