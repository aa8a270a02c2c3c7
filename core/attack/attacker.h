#pragma once

#include <memory>

#include "core/attack/attack.h"
#include "core/graph/network_spec.h"
#include "core/model/weights.h"

namespace convolab {

/// What became of one image.
struct AttackedImage {
    int label = 0;
    int cleanPrediction = 0;
    int prediction = 0;            ///< on the adversarial image
    bool fooled = false;           ///< untargeted: prediction ≠ label; targeted: prediction = target
    double linf = 0.0, l2 = 0.0;   ///< of r = adversarial − clean
    double relativeL2 = 0.0;       ///< ‖r‖₂ / ‖x‖₂
};

struct AttackOutcome {
    Tensor adversarial;                ///< (n, C, H, W)
    std::vector<AttackedImage> images; ///< n
};

/// Attacks batches of a network with given weights: compiles a differentiable model once, keeps the best of all restarts.
/// One thread at a time.
class Attacker {
  public:
    static Result<std::unique_ptr<Attacker>> create(const NetworkSpec& spec, std::int64_t maximumBatch = 64);
    ~Attacker();

    Status bind(const WeightSet& weights);
    /// An image already wrong counts as fooled and is left unperturbed by untargeted attacks.
    Result<AttackOutcome> run(const AttackSpec& spec, View<const float> images, std::span<const int> labels,
                              std::span<const std::int64_t> ids, const std::function<bool()>& keepGoing = {});
    Model& model();

  private:
    Attacker();
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace convolab
