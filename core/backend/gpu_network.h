#pragma once

#include <cstdint>

/// A network as the CUDA module gets it: plain data, every number that a kernel needs and nothing of attributes, names or
/// shape rules. Part of the C interface of gpu_module.h. Pointers belong to the program and must live as long as the call.

extern "C" {

enum ConvolabGpuKind : std::int32_t {
    kGpuAlias,                  ///< the output is the input: flatten, reshape, output, dropout without training
    kGpuInput,                  ///< constants: means, then deviations
    kGpuConvolution,            ///< parameters: weight, bias
    kGpuTransposedConvolution,
    kGpuTableConvolution,       ///< table: [filter][channel] number of the kernel or −1
    kGpuMaxPool,
    kGpuAveragePool,
    kGpuSubsampling,            ///< parameters: factor, offset
    kGpuDense,
    kGpuRbf,                    ///< constants: centres
    kGpuActivation,             ///< function; values[0 … 1] its parameters
    kGpuPrelu,
    kGpuSoftmax,
    kGpuLogSoftmax,
    kGpuBatchNorm,              ///< parameters: scale, shift; running mean, running variance; values: epsilon, momentum
    kGpuSetNorm,                ///< groups: sets per image; parameters: scale, shift; values: epsilon
    kGpuLrn,                    ///< groups: size; values: alpha / size, k, beta
    kGpuDropout,                ///< rate
    kGpuMix,                    ///< table: where each output's entries begin, and the end; then the inputs of the entries;
                                ///< constants: the entries' weights; values: the constant of outputs without entries
    kGpuAdd,
    kGpuMultiply,
    kGpuConcat,
    kGpuRound,                  ///< onto the grid and back to float32; the gradient passes inside the grid's range
    // In integers: int8 values on a grid, the channels of a place side by side, (H, W, C). Not for training.
    kGpuQuantize,               ///< float32 (C, H, W) onto the grid
    kGpuDequantize,             ///< from the grid to float32 (C, H, W)
    kGpuInt8Convolution,        ///< a dense layer too, whose maps are one place each; bytes: weights (filter, kernel height, kernel width,
                                ///< channel of the group), each filter's filled up with zeros to a multiple of 4; table: a bias per
                                ///< filter; constants: a multiplier per filter; inputZero. One that gives float32 must be dense
    kGpuInt8MaxPool,
    kGpuInt8AveragePool,        ///< constants: the multiplier; inputZero
    kGpuInt8Add,                ///< table: the inputs' zeros; constants: their multipliers
    kGpuInt8Lookup,             ///< bytes: the results for −128 … 127, once or for each channel
    kGpuInt8Concat,             ///< bytes: the same for each input
    kGpuInt8Flatten,            ///< to (C, H, W)
};

enum ConvolabGpuFunction : std::int32_t {
    kGpuRelu, kGpuLeakyRelu, kGpuRelu6, kGpuElu, kGpuGelu, kGpuGeluByTanh, kGpuSilu, kGpuSoftplus, kGpuSigmoid, kGpuHardSigmoid,
    kGpuHardSwish, kGpuTanh, kGpuStep,
};

/// Per image; a vector of n values is (n, 1, 1).
struct ConvolabGpuShape {
    std::int64_t channels, height, width;
};

struct ConvolabGpuWindow {
    std::int64_t kernelHeight, kernelWidth;  ///< 0: adaptive pooling
    std::int64_t strideHeight, strideWidth;
    std::int64_t padTop, padLeft;
    std::int64_t dilationHeight, dilationWidth;
};

/// Evenly spaced numbers: real = scale · (q − zero), low ≤ q ≤ high. What arithmetic gives in steps of the scale is multiplied by
/// `slope` where it is negative, clamped, and rounded half to even.
struct ConvolabGpuGrid {
    float scale, slope;
    std::int32_t zero, low, high;
};

struct ConvolabGpuOp {
    std::int32_t kind;      ///< ConvolabGpuKind
    std::int32_t function;  ///< ConvolabGpuFunction
    std::uint64_t node;     ///< NodeId, for dropout's stream
    std::int32_t inputCount;
    const std::int32_t* inputs;           ///< numbers of the ops whose outputs it reads; −1: the images
    const ConvolabGpuShape* inputShapes;
    ConvolabGpuShape output;
    ConvolabGpuWindow window;
    std::int64_t groups;
    std::int32_t countPadding;            ///< of average pooling
    float values[4];
    double rate;
    std::int64_t parameters[4];           ///< offsets, in floats, into the flat buffers of parameters or, from [2] on, of
                                          ///< running statistics; −1: there is none
    std::int64_t parameterSizes[4];
    std::int64_t tableCount, constantCount;
    const std::int32_t* table;
    const float* constants;
    ConvolabGpuGrid grid;                 ///< of the output; of kGpuDequantize: of the input
    std::int32_t inputZero;
    std::int32_t floatOutput;             ///< of kGpuInt8Convolution: sum · multiplier (and slope) as float32, on no grid
    std::int64_t byteCount;
    const std::int8_t* bytes;
};

struct ConvolabGpuNetwork {
    std::int32_t opCount;                 ///< in order of execution
    const ConvolabGpuOp* ops;
    std::int32_t outputOp, lossOp;        ///< whose outputs are the network's output and what the loss reads
    std::int64_t parameterCount, statisticCount;
    std::int64_t classes;                 ///< values that the loss reads, per image
};

enum ConvolabGpuUpdateKind : std::int32_t { kGpuSgd, kGpuMomentum, kGpuNesterov, kGpuAdam, kGpuRmsprop, kGpuAdagrad };

/// One update of all parameters, the factors as the kernel multiplies by them.
struct ConvolabGpuUpdate {
    std::int32_t kind;      ///< ConvolabGpuUpdateKind; AdamW is Adam with shrink
    std::int32_t centered, hasVelocity;  ///< rmsprop; the state is the mean squares, then the means, then the velocities
    float rate, decay;      ///< adam: rate / (1 − β₁ᵗ), and the decay as l2
    float momentum;         ///< sgd, rmsprop; adam: β₁
    float memory;           ///< rmsprop: α; adam: β₂
    float momentumRest, memoryRest;  ///< 1 − momentum and 1 − memory, rounded once
    float secondScale;      ///< adam: √(1 − β₂ᵗ)
    float shrink;           ///< adam
    float epsilon;
};

}  // extern "C"
