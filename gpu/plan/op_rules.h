#pragma once

#include <vector>

#include "core/backend/gpu_network.h"
#include "gpu/launch/launch.h"
#include "gpu/plan/product_choice.h"

namespace convolab::gpu {

/// Where the data of one operation lie in the device's memory.
struct OpMemory {
    std::vector<const float*> inputs;
    float* output = nullptr;
    const float* outputGradient = nullptr;
    std::vector<float*> inputGradients;  ///< null: not wanted
    std::byte* workspace = nullptr;      ///< kept from forward to backward
    std::byte *halfKept = nullptr, *halfForward = nullptr, *halfBackward = nullptr;  ///< HalfSizes
    const std::int32_t* table = nullptr;
    const float* constants = nullptr;
    const std::int8_t* bytes = nullptr;
    const float* parameters[2] = {};     ///< null: the layer has none
    float* gradients[2] = {};            ///< null too where the weights are constants
    float* statistics[2] = {};
    const StepState* state = nullptr;
    float* scratch = nullptr;            ///< kSplitBytes, shared by all operations
};

/// One pass of one operation, to which launches are appended.
struct OpRun {
    const ConvolabGpuOp& op;
    const OpMemory& at;
    Index n;         ///< images
    bool training;   ///< batch statistics, dropout
    std::vector<Launch>& launches;
    Kernels kernels = Kernels::Automatic;
    std::uint32_t libraries = 0;  ///< LibraryBits that may be called
    bool relu = false;            ///< behind the forward pass, in the same kernel
    FactorType factors = FactorType::Float32;  ///< of convolutions and dense layers
    bool chained = false;         ///< a chain does the last kernel of the forward pass
    const ChainGradient* behind = nullptr;  ///< the output's gradient is that of the chain's end, which this goes through
    bool followed = false;        ///< a backward pass may come although nothing is trained: what it needs is kept

    template <class Body>
    void add(const Body& body, Index count) const {
        launches.push_back(launchOf(body, count));
    }
};

struct HalfSizes;

/// What one kind needs. Functions may be null where there is nothing to do.
struct OpRules {
    void (*forward)(const OpRun& run) = nullptr;
    void (*backward)(const OpRun& run) = nullptr;  ///< writes the wanted gradients of parameters and inputs
    std::size_t (*workspaceBytes)(const ConvolabGpuOp& op, Index n) = nullptr;
    HalfSizes (*halfBytes)(const ConvolabGpuOp& op, Index n, std::uint32_t libraries) = nullptr;  ///< with factors of 16 bits
    std::size_t (*valueBytes)(const ConvolabGpuOp& op) = nullptr;  ///< of one value of the output; null: 4
    bool usesScratch = false;
    bool takesRelu = false;       ///< forward obeys OpRun::relu
    bool backwardReadsInput = false;
    bool backwardReadsOutput = false;
    bool aliasesInput = false;    ///< the output is the input's memory
    bool passesGradient = false;  ///< the gradient of each input is that of the output
    Index mostInputs = 1 << 20;
};

const OpRules& rulesOf(std::int32_t kind);  ///< ConvolabGpuKind

/// Tables and constants as the launches expect them in the device's memory.
struct OpTables {
    std::vector<std::int32_t> table;
    std::vector<float> constants;
    std::vector<std::int8_t> bytes = {};
};
OpTables tablesOf(const ConvolabGpuOp& op);

inline Index sizeOf(const ConvolabGpuShape& shape) { return shape.channels * shape.height * shape.width; }
inline Index planeOf(const ConvolabGpuShape& shape) { return shape.height * shape.width; }
inline Maps mapsOf(const ConvolabGpuShape& shape) { return {shape.channels, shape.height, shape.width}; }

// One set of rules per family.
extern const OpRules kInputRules, kConvolutionRules, kTransposedConvolutionRules, kTableConvolutionRules, kMaxPoolRules,
    kAveragePoolRules, kSubsamplingRules, kDenseRules, kRbfRules, kActivationRules, kPreluRules, kSoftmaxRules, kLogSoftmaxRules,
    kBatchNormRules, kSetNormRules, kLrnRules, kDropoutRules, kMixRules, kAddRules, kMultiplyRules, kConcatRules, kRoundRules;
extern const OpRules kQuantizeRules, kDequantizeRules, kInt8ConvolutionRules, kInt8MaxPoolRules, kInt8AveragePoolRules, kInt8AddRules, kInt8LookupRules,
    kInt8ConcatRules, kInt8FlattenRules;
/// Of kMixRules: the table and the same turned around, for the gradient.
OpTables mixTables(const ConvolabGpuOp& op);
/// Of kInt8ConvolutionRules: the biases, then what Int8Product adds in their place.
OpTables int8ConvolutionTables(const ConvolabGpuOp& op);

}  // namespace convolab::gpu
