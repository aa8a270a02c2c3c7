#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/layers/layer_kind.h"
#include "core/model/model.h"
#include "core/tensor/tensor.h"

namespace convolab {

/// Values between ops are (N, C, H, W) either dense ("block" 1) or with channels in blocks of 8 or 16:
/// [N][⌈C / block⌉][H][W][block]. Lanes beyond C are always zero. Vectors are dense.
/// A negative block −L means L images side by side ("image lanes"): [⌈N / L⌉][C][H][W][L]. Lanes beyond N hold numbers that
/// mean nothing, and gradients of zero. Only networks that lane_choice has picked use it.
inline bool isImageLanes(int block) { return block < 0; }
/// Values side by side: of as many channels, or of as many images.
inline int blockWidth(int block) { return block < 0 ? -block : block; }
inline std::int64_t paddedChannels(std::int64_t channels, int block) {
    return block < 0 ? channels : (channels + block - 1) / block * block;
}
/// Images for which a batch of n has memory.
inline std::int64_t paddedImages(std::int64_t n, int block) { return block < 0 ? (n - block - 1) / -block * -block : n; }
inline std::size_t floatsPerImage(const Shape& shape, int block) {
    return static_cast<std::size_t>(paddedChannels(shape.channels(), block) * shape.height() * shape.width());
}

struct StepContext {
    std::int64_t n = 0;      ///< images in this batch
    bool training = false;   ///< batch statistics, dropout
    bool backward = false;   ///< a backward pass may follow: keep what it needs
    std::uint64_t seed = 0;
    std::uint64_t step = 0;
};

/// Memory that is only valid within one call of an op; shared by all ops of a model.
struct Scratch {
    AlignedBuffer buffer;
    void require(std::size_t floats) {
        if (floats > buffer.size()) buffer = AlignedBuffer(floats);
    }
    float* data() { return buffer.data(); }
};

struct OpParameter {
    float* value = nullptr;
    float* gradient = nullptr;  ///< null for running statistics and outside training
    Shape shape;
};

/// What the planner knows before it makes an op.
struct OpRequest {
    const LayerKind* kind = nullptr;
    Attributes attributes;                ///< complete
    NodeId node;
    std::vector<Shape> inputs;            ///< per image
    Shape output;
    std::vector<int> offeredBlocks;       ///< how the producers of the inputs lay them out
    std::int64_t maximumBatch = 1;
    bool training = false;                ///< batch statistics, dropout, gradients of parameters
    bool backward = false;                ///< training, or a differentiable inference model (weights are constants)
    std::vector<bool> wantInputGradient;  ///< per input
    Tier fastest = Tier::OneDnn;
    int imageLanes = 0;                   ///< convolutions are to put so many images side by side
    std::optional<float> activationSlope;       ///< fused behind: x > 0 ? x : slope · x
    float activationTop = std::numeric_limits<float>::infinity();  ///< and at most this (relu6); conv2d and batch_norm only
    bool activationMaskedByConsumer = false;    ///< the pooling behind applies that activation's derivative
    std::optional<float> producerSlope;         ///< max_pool: apply this activation's derivative in backward
    std::optional<double> foldedEpsilon;        ///< a batch norm behind is folded into the weights at bind
};

/// One executable operation of a model. The constructor of a concrete op picks its layouts and states its needs; the
/// planner then sets the pointers, calls prepare() for each batch size, and runs it.
class Op {
  public:
    virtual ~Op() = default;
    /// Makes whatever depends on the batch size; called outside the steps that are measured.
    virtual void prepare(std::int64_t n) { static_cast<void>(n); }
    /// Inference models: the weights have changed.
    virtual void bindWeights() {}
    virtual void forward(const StepContext& context) = 0;
    virtual void backward(const StepContext& context) = 0;

    // Stated by the op.
    Tier tier = Tier::Portable;
    std::string implementation;
    std::vector<int> inputBlocks;
    int outputBlock = 1;
    bool backwardReadsInput = true;
    bool backwardReadsOutput = false;
    bool overwritesOutputGradient = false;
    bool aliasesInput = false;      ///< the output is the input's memory; nothing runs
    bool passesGradient = false;    ///< each input's gradient is the output gradient's memory
    std::size_t workspaceFloats = 0;  ///< kept from forward to backward
    std::size_t scratchFloats = 0;

    // Set by the planner.
    std::vector<const float*> inputs;
    float* output = nullptr;
    float* outputGradient = nullptr;
    std::vector<float*> inputGradients;  ///< null: not wanted
    float* workspace = nullptr;
    Scratch* scratch = nullptr;
    std::vector<OpParameter> parameters;        ///< in ParameterSpec order
    std::vector<OpParameter> foldedParameters;  ///< of the folded batch norm: weight, bias, mean, variance
};

/// The fastest op for a layer that the request allows.
std::unique_ptr<Op> makeOp(const OpRequest& request);
/// Rounds values onto a grid, in the layout that they have; straight-through gradient.
std::unique_ptr<Op> makeRoundingOp(const Shape& shape, int block, const RoundedActivation& grid);
/// Changes between dense and blocked layout.
std::unique_ptr<Op> makeReorderOp(const Shape& shape, int fromBlock, int toBlock);

}  // namespace convolab
