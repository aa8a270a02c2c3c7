#pragma once

#include <map>
#include <memory>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/model/compile_model.h"
#include "core/model/weights.h"
#include "core/tensor/tensor.h"

namespace convolab {

/// What one image does in a network, copied out: immutable, readable from any thread.
struct ActivationSnapshot {
    Tensor image;                       ///< (C, H, W), as given, in [0, 1]
    std::map<NodeId, Tensor> outputs;   ///< per layer, (C, H, W) or (n); evaluation mode
    std::vector<float> logits;          ///< one per class; empty if the output is an image
    std::vector<float> probabilities;   ///< softmax of the logits
    int predicted = -1;                 ///< arg max of the logits
    WeightSetPtr weights;               ///< that made it
    double seconds = 0.0;               ///< of the forward pass, without waiting for a training to let it in
};
using ActivationSnapshotPtr = std::shared_ptr<const ActivationSnapshot>;

/// Softmax in double, shifted by the largest logit.
std::vector<float> softmaxOf(std::span<const float> logits);

/// An inference model whose layers are all readable. Compile once per structure, bind when the weights change, run per
/// image. One thread at a time; takes the compute team like every model.
class ActivationProbe {
  public:
    /// `layers` empty: every layer that the output needs, the input node (normalised pixels) included.
    static Result<std::unique_ptr<ActivationProbe>> create(const NetworkSpec& spec, std::vector<NodeId> layers = {}, const CompileModel& compile = Model::compile);
    ~ActivationProbe();

    Status bind(WeightSetPtr weights);
    /// `image` (C, H, W) must have the input's shape; an error names both otherwise. A device that fails throws DeviceLost.
    Result<ActivationSnapshotPtr> run(View<const float> image);

  private:
    ActivationProbe();
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

/// ‖a − b‖₂ / ‖a‖₂ per layer of two snapshots of one network (0 where a is all zero and b equals it).
std::map<NodeId, double> layerDivergence(const ActivationSnapshot& clean, const ActivationSnapshot& other);

}  // namespace convolab
