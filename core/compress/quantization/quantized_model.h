#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "core/compress/quantization/integer_network.h"
#include "core/model/model.h"
#include "core/train/training_loop.h"

namespace convolab {

struct QuantizedModelOptions {
    std::int64_t maximumBatch = 64;
    int8::Isa isa = int8::fastestIsa();
    bool keepValues = false;  ///< every layer's output stays readable by valueOf; needs more memory
};

struct QuantizedLayerPlan {
    NodeId node;
    std::string name;
    bool integer = true;
    std::string how;             ///< "8-bit weights, a scale per output"; why it stays float32
    std::string implementation;  ///< "direct, AVX2", "fused into Conv 1"
    bool runs = true;      ///< false: runs as part of another row, or there is nothing to compute
    bool reorders = false; ///< changes the order of values and nothing else
};

/// A row for each step and for each layer that runs as part of one; `implementation` of a step by its place.
std::vector<QuantizedLayerPlan> planOf(const IntegerNetwork& network, const std::function<std::string(std::size_t)>& implementation);

/// A network on the integer grid, ready to run, as Model is for float32: any n up to the maximum, one thread at a time,
/// parallel loops on the compute team.
class QuantizedModel {
  public:
    /// With activations of 32 bits ("weights only") an ordinary Model with the rounded weights computes; `ranges` is then
    /// not read.
    static Result<std::unique_ptr<QuantizedModel>> make(const NetworkSpec& spec, const WeightSet& weights,
                                                        const CompressionPlan& plan, const ActivationRanges& ranges,
                                                        const QuantizedModelOptions& options = {});
    virtual ~QuantizedModel() = default;

    virtual const Shape& inputShape() const = 0;   ///< per image
    virtual const Shape& outputShape() const = 0;  ///< per image
    virtual std::int64_t maximumBatch() const = 0;
    virtual std::vector<QuantizedLayerPlan> plan() const = 0;

    /// Returns the network's output (n, classes): probabilities if it ends in a softmax. images (n, C, H, W).
    virtual View<const float> forward(View<const float> images) = 0;
    /// After forward: the values before a final softmax (n, classes); the output itself if there is none.
    virtual View<const float> logits() const = 0;
    /// Forward, then cross-entropy and hits against the labels.
    virtual LossResult evaluate(View<const float> images, std::span<const int> labels) = 0;

    /// After forward of a model that keeps values: the real values of a layer's output (n, …); empty where the layer runs
    /// as part of another, or in a weights-only model.
    virtual Tensor valueOf(NodeId node) const = 0;
    /// Seconds of each row of plan() in the latest forward; empty in a weights-only model.
    virtual std::vector<double> layerSeconds() const = 0;
};

/// As evaluate() of core/train, in integers. `indices`: images of the split to take; empty: the first `limit` (0: all).
Result<Evaluation> evaluateQuantized(QuantizedModel& model, const Dataset& dataset, Split split, std::int64_t limit = 0,
                                     std::span<const std::int64_t> indices = {},
                                     const std::function<bool(double)>& progress = {});

/// In one sentence why the integers may be slower than float32 on this network and processor; empty if they are not
/// expected to be. `n`: images in a batch.
std::string slowerInIntegers(const IntegerNetwork& network, std::int64_t n, int8::Isa isa = int8::fastestIsa());

}  // namespace convolab
