// Compiled into the module only, where cuDNN has its headers: dnn_table.h says what cudnn.h says.
#include <cudnn.h>

#include <cstddef>

#include "gpu/libraries/dnn_table.h"
#include "gpu/libraries/plain_types.h"

namespace convolab::gpu {

CONVOLAB_PLAIN(cudnnHandle_t, void*)
CONVOLAB_PLAIN(cudnnHandle_t*, void**)
CONVOLAB_PLAIN(cudnnTensorDescriptor_t, void*)
CONVOLAB_PLAIN(cudnnTensorDescriptor_t*, void**)
CONVOLAB_PLAIN(cudnnFilterDescriptor_t, void*)
CONVOLAB_PLAIN(cudnnFilterDescriptor_t*, void**)
CONVOLAB_PLAIN(cudnnConvolutionDescriptor_t, void*)
CONVOLAB_PLAIN(cudnnConvolutionDescriptor_t*, void**)
CONVOLAB_PLAIN(cudnnConvolutionFwdAlgoPerf_t*, DnnTrial*)
CONVOLAB_PLAIN(cudnnConvolutionBwdDataAlgoPerf_t*, DnnTrial*)
CONVOLAB_PLAIN(cudnnConvolutionBwdFilterAlgoPerf_t*, DnnTrial*)
CONVOLAB_PLAIN(cudnnPoolingDescriptor_t, void*)
CONVOLAB_PLAIN(cudnnPoolingDescriptor_t*, void**)
CONVOLAB_PLAIN(cudaStream_t, void*)

namespace {

CONVOLAB_SAME(DnnTable, version, cudnnGetVersion);
CONVOLAB_SAME(DnnTable, errorString, cudnnGetErrorString);
CONVOLAB_SAME(DnnTable, create, cudnnCreate);
CONVOLAB_SAME(DnnTable, destroy, cudnnDestroy);
CONVOLAB_SAME(DnnTable, setStream, cudnnSetStream);
CONVOLAB_SAME(DnnTable, createTensor, cudnnCreateTensorDescriptor);
CONVOLAB_SAME(DnnTable, destroyTensor, cudnnDestroyTensorDescriptor);
CONVOLAB_SAME(DnnTable, setTensor, cudnnSetTensor4dDescriptor);
CONVOLAB_SAME(DnnTable, createFilter, cudnnCreateFilterDescriptor);
CONVOLAB_SAME(DnnTable, destroyFilter, cudnnDestroyFilterDescriptor);
CONVOLAB_SAME(DnnTable, setFilter, cudnnSetFilter4dDescriptor);
CONVOLAB_SAME(DnnTable, createConvolution, cudnnCreateConvolutionDescriptor);
CONVOLAB_SAME(DnnTable, destroyConvolution, cudnnDestroyConvolutionDescriptor);
CONVOLAB_SAME(DnnTable, setConvolution, cudnnSetConvolution2dDescriptor);
CONVOLAB_SAME(DnnTable, setGroups, cudnnSetConvolutionGroupCount);
CONVOLAB_SAME(DnnTable, setMath, cudnnSetConvolutionMathType);
CONVOLAB_SAME(DnnTable, tryForward, cudnnFindConvolutionForwardAlgorithmEx);
CONVOLAB_SAME(DnnTable, tryData, cudnnFindConvolutionBackwardDataAlgorithmEx);
CONVOLAB_SAME(DnnTable, tryFilter, cudnnFindConvolutionBackwardFilterAlgorithmEx);
CONVOLAB_SAME(DnnTable, forwardBytes, cudnnGetConvolutionForwardWorkspaceSize);
CONVOLAB_SAME(DnnTable, dataBytes, cudnnGetConvolutionBackwardDataWorkspaceSize);
CONVOLAB_SAME(DnnTable, filterBytes, cudnnGetConvolutionBackwardFilterWorkspaceSize);
CONVOLAB_SAME(DnnTable, forward, cudnnConvolutionForward);
CONVOLAB_SAME(DnnTable, data, cudnnConvolutionBackwardData);
CONVOLAB_SAME(DnnTable, filter, cudnnConvolutionBackwardFilter);
CONVOLAB_SAME(DnnTable, createPooling, cudnnCreatePoolingDescriptor);
CONVOLAB_SAME(DnnTable, destroyPooling, cudnnDestroyPoolingDescriptor);
CONVOLAB_SAME(DnnTable, setPooling, cudnnSetPooling2dDescriptor);
CONVOLAB_SAME(DnnTable, pool, cudnnPoolingForward);
CONVOLAB_SAME(DnnTable, poolGradient, cudnnPoolingBackward);
CONVOLAB_SAME(DnnTable, deriveChannels, cudnnDeriveBNTensorDescriptor);
CONVOLAB_SAME(DnnTable, normTraining, cudnnBatchNormalizationForwardTraining);
CONVOLAB_SAME(DnnTable, normInference, cudnnBatchNormalizationForwardInference);
CONVOLAB_SAME(DnnTable, normGradient, cudnnBatchNormalizationBackward);

template <class Perf>
constexpr bool sameTrial = sizeof(DnnTrial) == sizeof(Perf) && offsetof(DnnTrial, algorithm) == offsetof(Perf, algo) && offsetof(DnnTrial, status) == offsetof(Perf, status) &&
                           offsetof(DnnTrial, milliseconds) == offsetof(Perf, time) && offsetof(DnnTrial, workspaceBytes) == offsetof(Perf, memory) &&
                           offsetof(DnnTrial, determinism) == offsetof(Perf, determinism);
static_assert(sameTrial<cudnnConvolutionFwdAlgoPerf_t> && sameTrial<cudnnConvolutionBwdDataAlgoPerf_t> && sameTrial<cudnnConvolutionBwdFilterAlgoPerf_t>);
static_assert(kDnnSuccess == CUDNN_STATUS_SUCCESS && kDnnFloat32 == CUDNN_DATA_FLOAT && kDnnFp16 == CUDNN_DATA_HALF && kDnnBf16 == CUDNN_DATA_BFLOAT16 && kDnnNchw == CUDNN_TENSOR_NCHW &&
              kDnnCrossCorrelation == CUDNN_CROSS_CORRELATION && kDnnDefaultMath == CUDNN_DEFAULT_MATH && kDnnFmaMath == CUDNN_FMA_MATH &&
              kDnnTensorMath == CUDNN_TENSOR_OP_MATH &&
              kDnnDeterministic == CUDNN_DETERMINISTIC);
static_assert(kDnnAverageWithPadding == CUDNN_POOLING_AVERAGE_COUNT_INCLUDE_PADDING && kDnnAverageWithoutPadding == CUDNN_POOLING_AVERAGE_COUNT_EXCLUDE_PADDING &&
              kDnnDeterministicMaximum == CUDNN_POOLING_MAX_DETERMINISTIC && kDnnPropagateNan == CUDNN_PROPAGATE_NAN &&
              kDnnNormOfChannels == CUDNN_BATCHNORM_SPATIAL && static_cast<double>(kDnnLeastEpsilon) >= CUDNN_BN_MIN_EPSILON);

}  // namespace

}  // namespace convolab::gpu
