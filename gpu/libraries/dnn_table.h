#pragma once

#include <cstddef>
#include <string>

namespace convolab::gpu {

/// What one algorithm came to when it was tried (cudnnConvolutionFwdAlgoPerf_t and its two sisters, which are laid out alike).
struct DnnTrial {
    int algorithm;
    int status;
    float milliseconds;
    std::size_t workspaceBytes;
    int determinism;  ///< 1: the same bits at every run
    int mathType;
    int reserved[3];
};

/// The functions of cuDNN 9 that are called, with their own names behind; results are cudnnStatus_t values, enumerations ints,
/// handles and descriptors pointers (cuDNN documentation, "cudnn_cnn library" and "cudnn_ops library").
struct DnnTable {
    std::size_t (*version)() = nullptr;                  // cudnnGetVersion
    const char* (*errorString)(int status) = nullptr;    // cudnnGetErrorString
    int (*create)(void** handle) = nullptr;              // cudnnCreate
    int (*destroy)(void* handle) = nullptr;              // cudnnDestroy
    int (*setStream)(void* handle, void* stream) = nullptr;  // cudnnSetStream
    int (*createTensor)(void** tensor) = nullptr;        // cudnnCreateTensorDescriptor
    int (*destroyTensor)(void* tensor) = nullptr;        // cudnnDestroyTensorDescriptor
    int (*setTensor)(void* tensor, int format, int type, int n, int c, int h, int w) = nullptr;  // cudnnSetTensor4dDescriptor
    int (*createFilter)(void** filter) = nullptr;        // cudnnCreateFilterDescriptor
    int (*destroyFilter)(void* filter) = nullptr;        // cudnnDestroyFilterDescriptor
    int (*setFilter)(void* filter, int type, int format, int k, int c, int h, int w) = nullptr;  // cudnnSetFilter4dDescriptor
    int (*createConvolution)(void** convolution) = nullptr;   // cudnnCreateConvolutionDescriptor
    int (*destroyConvolution)(void* convolution) = nullptr;   // cudnnDestroyConvolutionDescriptor
    int (*setConvolution)(void* convolution, int padHeight, int padWidth, int strideHeight, int strideWidth, int dilationHeight, int dilationWidth,
                          int mode, int type) = nullptr;      // cudnnSetConvolution2dDescriptor
    int (*setGroups)(void* convolution, int groups) = nullptr;    // cudnnSetConvolutionGroupCount
    int (*setMath)(void* convolution, int mathType) = nullptr;    // cudnnSetConvolutionMathType

    // cudnnFindConvolution…AlgorithmEx, cudnnGetConvolution…WorkspaceSize, cudnnConvolution…: forward, data, filter
    int (*tryForward)(void* handle, void* xOf, const void* x, void* wOf, const void* w, void* convolution, void* yOf, void* y, int wanted, int* found,
                      DnnTrial* trials, void* workspace, std::size_t bytes) = nullptr;
    int (*tryData)(void* handle, void* wOf, const void* w, void* dyOf, const void* dy, void* convolution, void* dxOf, void* dx, int wanted, int* found,
                   DnnTrial* trials, void* workspace, std::size_t bytes) = nullptr;
    int (*tryFilter)(void* handle, void* xOf, const void* x, void* dyOf, const void* dy, void* convolution, void* dwOf, void* dw, int wanted, int* found,
                     DnnTrial* trials, void* workspace, std::size_t bytes) = nullptr;
    int (*forwardBytes)(void* handle, void* xOf, void* wOf, void* convolution, void* yOf, int algorithm, std::size_t* bytes) = nullptr;
    int (*dataBytes)(void* handle, void* wOf, void* dyOf, void* convolution, void* dxOf, int algorithm, std::size_t* bytes) = nullptr;
    int (*filterBytes)(void* handle, void* xOf, void* dyOf, void* convolution, void* dwOf, int algorithm, std::size_t* bytes) = nullptr;
    int (*forward)(void* handle, const void* alpha, void* xOf, const void* x, void* wOf, const void* w, void* convolution, int algorithm, void* workspace,
                   std::size_t bytes, const void* beta, void* yOf, void* y) = nullptr;
    int (*data)(void* handle, const void* alpha, void* wOf, const void* w, void* dyOf, const void* dy, void* convolution, int algorithm, void* workspace,
                std::size_t bytes, const void* beta, void* dxOf, void* dx) = nullptr;
    int (*filter)(void* handle, const void* alpha, void* xOf, const void* x, void* dyOf, const void* dy, void* convolution, int algorithm, void* workspace,
                  std::size_t bytes, const void* beta, void* dwOf, void* dw) = nullptr;

    int (*createPooling)(void** pooling) = nullptr;      // cudnnCreatePoolingDescriptor
    int (*destroyPooling)(void* pooling) = nullptr;      // cudnnDestroyPoolingDescriptor
    int (*setPooling)(void* pooling, int mode, int nan, int windowHeight, int windowWidth, int padHeight, int padWidth, int strideHeight, int strideWidth) =
        nullptr;                                         // cudnnSetPooling2dDescriptor
    int (*pool)(void* handle, void* pooling, const void* alpha, void* xOf, const void* x, const void* beta, void* yOf, void* y) = nullptr;  // cudnnPoolingForward
    int (*poolGradient)(void* handle, void* pooling, const void* alpha, void* yOf, const void* y, void* dyOf, const void* dy, void* xOf, const void* x,
                        const void* beta, void* dxOf, void* dx) = nullptr;                 // cudnnPoolingBackward
    int (*deriveChannels)(void* channels, void* xOf, int mode) = nullptr;                  // cudnnDeriveBNTensorDescriptor
    // cudnnBatchNormalizationForwardTraining, …ForwardInference, …Backward
    int (*normTraining)(void* handle, int mode, const void* alpha, const void* beta, void* xOf, const void* x, void* yOf, void* y, void* channels, const void* scale,
                        const void* shift, double factor, void* runningMean, void* runningVariance, double epsilon, void* mean, void* inverse) = nullptr;
    int (*normInference)(void* handle, int mode, const void* alpha, const void* beta, void* xOf, const void* x, void* yOf, void* y, void* channels, const void* scale,
                         const void* shift, const void* runningMean, const void* runningVariance, double epsilon) = nullptr;
    int (*normGradient)(void* handle, int mode, const void* alphaData, const void* betaData, const void* alphaParameters, const void* betaParameters, void* xOf,
                        const void* x, void* dyOf, const void* dy, void* dxOf, void* dx, void* channels, const void* scale, void* dscale, void* dshift,
                        double epsilon, const void* mean, const void* inverse) = nullptr;
};

inline constexpr int kDnnSuccess = 0;
inline constexpr int kDnnFloat32 = 0, kDnnFp16 = 2, kDnnBf16 = 9;  ///< CUDNN_DATA_FLOAT, CUDNN_DATA_HALF, CUDNN_DATA_BFLOAT16
inline constexpr int kDnnNchw = 0;              ///< CUDNN_TENSOR_NCHW
inline constexpr int kDnnCrossCorrelation = 1;  ///< CUDNN_CROSS_CORRELATION: kernels are not turned around
inline constexpr int kDnnDefaultMath = 0, kDnnFmaMath = 3;  ///< CUDNN_DEFAULT_MATH may round factors to TF32, CUDNN_FMA_MATH does not
inline constexpr int kDnnTensorMath = 1;        ///< CUDNN_TENSOR_OP_MATH: tensor cores for factors of 16 bits
inline constexpr int kDnnDeterministic = 1;     ///< CUDNN_DETERMINISTIC
inline constexpr int kDnnAverageWithPadding = 1, kDnnAverageWithoutPadding = 2, kDnnDeterministicMaximum = 3;  ///< cudnnPoolingMode_t
inline constexpr int kDnnPropagateNan = 1;      ///< CUDNN_PROPAGATE_NAN
inline constexpr int kDnnNormOfChannels = 1;    ///< CUDNN_BATCHNORM_SPATIAL: any range of values, and the same bits at every run
inline constexpr float kDnnLeastEpsilon = 0.0F; ///< CUDNN_BN_MIN_EPSILON
inline constexpr int kDnnMostTrials = 16;       ///< more than the library has algorithms

struct DnnLibrary {
    const DnnTable* table = nullptr;
    int version = 0;      ///< 91900 for 9.19.0
    std::string problem;
};

/// Opens libcudnn.so.9, once; it stays open.
const DnnLibrary& dnnLibrary();

}  // namespace convolab::gpu
