#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "core/attack/attacker.h"
#include "core/data/dataset.h"
#include "core/inspect/activations.h"

namespace convolab {

/// One image under one attack, as it is asked for.
struct AttackTask {
    std::shared_ptr<const Tensor> image;  ///< in the network's input shape, in [0, 1]
    std::optional<int> label;             ///< absent: the clean prediction counts as the label
    std::int64_t id = 0;                  ///< which random numbers
    AttackSpec spec;
    bool preview = false;                 ///< FGSM with the same budget in place of the method
};

/// What became of it. Immutable, any thread.
struct AttackPicture {
    AttackSpec spec;
    bool preview = false;
    bool labelled = true;
    AttackedImage outcome;
    Tensor adversarial;  ///< in the network's input shape
    ActivationSnapshotPtr clean, attacked, noise;
    std::map<NodeId, double> divergence;       ///< ‖Δa‖ / ‖a‖ per layer
    std::map<NodeId, double> noiseDivergence;  ///< of random noise with the same budget
    double seconds = 0.0;

    std::vector<float> perturbation() const;  ///< adversarial − clean
    bool alreadyWrong() const { return outcome.cleanPrediction != outcome.label; }
};
using AttackPicturePtr = std::shared_ptr<const AttackPicture>;

/// This image over ε: what the network makes of it.
struct EpsilonSweep {
    AttackSpec spec;                  ///< of the attack; its ε means nothing
    int label = 0, adversarialClass = -1;  ///< the class that it becomes first, or that comes closest
    std::vector<double> epsilons, labelShare, adversarialShare;  ///< probabilities
    std::optional<double> flipsAt;    ///< smallest ε found that changes the class, to a 16th of a step
    bool coarse = false;              ///< finer ones follow
};
using EpsilonSweepPtr = std::shared_ptr<const EpsilonSweep>;

/// The smallest perturbation that DeepFool finds.
struct SmallestPerturbation {
    bool found = false;
    int prediction = 0;
    double linf = 0.0, l2 = 0.0, relativeL2 = 0.0;
};

/// Means over a few images of a split, beside the one that is shown.
struct SampleDivergence {
    std::map<NodeId, double> mean;
    std::int64_t images = 0;   ///< that were right before
    Split split = Split::Test;
    double rho = 0.0;          ///< ρ̂: mean ‖r‖₂ / ‖x‖₂ of DeepFool's perturbations
    std::int64_t rhoImages = 0;
};
using SampleDivergencePtr = std::shared_ptr<const SampleDivergence>;

using KeepGoing = std::function<bool()>;

/// The models with which images are attacked and looked at, compiled once per network. Knows no Qt; one thread at a time.
/// Every function returns an error with ErrorCode::Cancelled soon after `keepGoing` says no.
class AttackBench {
  public:
    static constexpr std::int64_t kBatch = 32;

    /// Compiles where `network` is another object than before, binds where `weights` are.
    Status prepare(std::shared_ptr<const NetworkSpec> network, WeightSetPtr weights);

    Result<AttackPicturePtr> picture(const AttackTask& task, const KeepGoing& keepGoing);
    /// `coarse` gets every fourth ε as soon as they are there. May be empty.
    Result<EpsilonSweepPtr> sweep(const AttackTask& task, const std::vector<double>& epsilons, const KeepGoing& keepGoing,
                                  const std::function<void(EpsilonSweepPtr)>& coarse = {});
    Result<SmallestPerturbation> smallest(const AttackTask& task, const KeepGoing& keepGoing);
    Result<SampleDivergencePtr> sample(const Dataset& dataset, Split split, std::int64_t count, const AttackSpec& spec,
                                       const KeepGoing& keepGoing);

  private:
    struct Attacked {
        std::shared_ptr<Tensor> adversarial;
        AttackedImage outcome;
    };
    Result<Attacked> attackOne(const AttackTask& task, const AttackSpec& spec, int label, const KeepGoing& keepGoing);
    Result<std::vector<float>> probabilities(View<const float> images);
    Result<int> labelOf(const AttackTask& task);
    Result<std::vector<float>> sharesAt(const AttackTask& task, double epsilon, int label, const KeepGoing& keepGoing);

    std::shared_ptr<const NetworkSpec> m_network;
    WeightSetPtr m_weights;
    std::unique_ptr<Attacker> m_attacker;
    std::unique_ptr<ActivationProbe> m_probe;
};

/// FGSM with the budget and goal of `spec`: what stands in while a hand moves.
AttackSpec previewOf(const AttackSpec& spec);
/// Is this attack what its own preview shows?
bool isItsOwnPreview(const AttackSpec& spec);

}  // namespace convolab
