#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

/// Which implementation runs a layer. Slower tiers step in where a faster one has nothing.
enum class Tier { Reference, Portable, OneDnn };
const char* tierName(Tier tier);  ///< "reference", "portable", "oneDNN"

enum class LossKind { CrossEntropy, MeanSquaredError };

/// A grid of evenly spaced values that a training model rounds an activation onto: scale · (q − zeroPoint), lowest ≤ q ≤
/// highest, whole numbers all but the scale.
struct RoundedActivation {
    float scale = 1.0F;
    float zeroPoint = 0.0F;
    float lowest = 0.0F;
    float highest = 255.0F;
};

struct CompileOptions {
    std::int64_t maximumBatch = 64;
    bool training = false;              ///< with backward pass and loss
    Tier fastestTier = Tier::OneDnn;    ///< tests ask for slower ones
    std::vector<NodeId> taps;           ///< outputs to keep readable (inference models only); never changes rounding of a training
    bool inputGradient = false;         ///< also compute the gradient of the loss with respect to the images
    /// Inference model with a backward pass to the images: evaluation mode throughout (running statistics, no dropout),
    /// weights are constants, taps are allowed. Excludes `training`.
    bool differentiable = false;
    /// Inference models: stop at this layer; its output (an image or a vector) takes the place of the network's output and
    /// logits. The weights to bind stay those of the whole network. 0: the whole network.
    NodeId end;
    LossKind loss = LossKind::CrossEntropy;
    std::uint64_t seed = 0;             ///< dropout
    /// Training models: the outputs of these layers go onto a grid, in training and evaluation; the gradient passes
    /// straight through inside the grid's range and is 0 outside (Jacob et al. 2018, section 3).
    std::map<NodeId, RoundedActivation> rounded = {};
};

struct LayerPlan {
    NodeId node;
    std::string name;
    Tier tier = Tier::Reference;
    std::string implementation;  ///< "brgconv:avx512_core", "fused into Conv 1"
};

struct LossResult {
    double loss = 0.0;          ///< mean over the n images
    std::int64_t correct = 0;   ///< arg max equals the label
    std::int64_t count = 0;
};

/// What the cross-entropy of trainStep aims at and how its images count (PyTorch's cross_entropy with `weight` and
/// `label_smoothing`, whose mean is divided by the sum of the weights). evaluate() takes no notice of it.
struct LossTargets {
    double smoothing = 0.0;              ///< share of the target spread evenly over all classes, in [0, 1)
    std::vector<float> classWeights = {};  ///< one per class; empty: all 1
};

/// A network compiled for a largest batch: execution order, fusion, memory plan, primitives. After compile, a step
/// allocates nothing of ours. Any n up to maximumBatch runs. Lives on one thread at a time; the parallel loops inside
/// use the compute team (core/cpu/compute_team.h). The last dense layer's output are the logits; a softmax behind it
/// is folded into the cross-entropy (log-sum-exp).
class Model {
  public:
    static Result<std::unique_ptr<Model>> compile(const NetworkSpec& spec, const CompileOptions& options);
    virtual ~Model() = default;

    virtual const std::shared_ptr<const ParameterLayout>& layout() const = 0;
    virtual const Shape& inputShape() const = 0;   ///< per image
    virtual const Shape& outputShape() const = 0;  ///< per image
    virtual const CompileOptions& options() const = 0;
    virtual std::vector<LayerPlan> plan() const = 0;
    virtual std::size_t arenaBytes() const = 0;

    // Live buffers of a training model; an inference model owns a copy made by bind().
    virtual std::span<float> parameters() = 0;
    virtual std::span<float> statistics() = 0;
    virtual std::span<float> gradients() = 0;  ///< empty unless training
    /// Copies the weights in (layouts must be equal). For inference models also folds batch norm and reorders.
    virtual Status bind(const WeightSet& weights) = 0;
    /// The same from another model's live buffers; both must come from the same network.
    virtual void bind(std::span<const float> parameters, std::span<const float> statistics) = 0;
    virtual WeightSet copyWeights(std::int64_t step) const = 0;

    virtual void setLossTargets(LossTargets targets) = 0;  ///< from the next trainStep on
    /// Forward and backward of one batch in training mode; gradients() then hold the gradient of the mean loss.
    /// images (n, C, H, W), n ≤ maximumBatch. `step` selects the dropout masks.
    virtual LossResult trainStep(View<const float> images, std::span<const int> labels, std::uint64_t step) = 0;

    /// Evaluation mode. Returns the network's output (n, classes): probabilities if it ends in a softmax.
    virtual View<const float> forward(View<const float> images) = 0;
    /// After forward: the values before a final softmax (n, classes); the output itself if there is none, or with `end`.
    virtual View<const float> logits() const = 0;
    /// Evaluation mode with loss: forward, then loss and hits against the labels.
    virtual LossResult evaluate(View<const float> images, std::span<const int> labels) = 0;
    /// After forward: the output of a tapped node (n, …).
    virtual View<const float> tap(NodeId node) const = 0;
    /// Differentiable models, after forward: carries d(objective)/d(logits) (n, …, the shape of logits()) back to the
    /// images and the taps. Images of a batch do not influence one another. May be called again for other gradients.
    virtual void backward(View<const float> logitsGradient) = 0;
    /// After trainStep with options().inputGradient: d(mean loss)/d(images); after backward: d(objective)/d(images);
    /// (n, C, H, W), in pixel units (before the input node's normalisation).
    virtual View<const float> inputGradient() const = 0;
    /// After backward: d(objective)/d(output of a tapped node), (n, …).
    virtual View<const float> tapGradient(NodeId node) const = 0;
};

}  // namespace convolab
