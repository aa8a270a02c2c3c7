#pragma once

#include <memory>

#include "core/attack/attack.h"
#include "core/graph/network_spec.h"
#include "core/model/compile_model.h"
#include "core/model/weights.h"

namespace convolab {

/// What became of one image.
struct AttackedImage {
    int label = 0;
    int cleanPrediction = 0;
    int prediction = 0;            ///< on the adversarial image
    bool fooled = false;           ///< untargeted: prediction ≠ label; targeted: prediction = target
    bool perturbed = false;        ///< attacked at all: those that are fooled already are not
    bool gradientVanished = false; ///< exactly 0 in every step: the attack was blind
    double linf = 0.0, l2 = 0.0;   ///< of r = adversarial − clean
    double relativeL2 = 0.0;       ///< ‖r‖₂ / ‖x‖₂
};

struct AttackOutcome {
    Tensor adversarial;                ///< (n, C, H, W)
    std::vector<AttackedImage> images; ///< n
};

/// Attacks batches of a network with given weights: compiles a differentiable model once, keeps the best of all restarts.
/// One thread at a time. On a device that fails, all but create() throw DeviceLost.
class Attacker {
  public:
    static Result<std::unique_ptr<Attacker>> create(const NetworkSpec& spec, std::int64_t maximumBatch = 64, const CompileModel& compile = Model::compile);
    ~Attacker();

    Status bind(const WeightSet& weights);
    /// An image already wrong (targeted: already taken for the target) counts as fooled and is left unperturbed. Errors:
    /// a spec that validateAttack refuses, images outside [0, 1], a target that is an image's own label, cancelled.
    Result<AttackOutcome> run(const AttackSpec& spec, View<const float> images, std::span<const int> labels,
                              std::span<const std::int64_t> ids, const std::function<bool()>& keepGoing = {});
    Model& model();

  private:
    Attacker();
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace convolab
