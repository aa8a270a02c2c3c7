#pragma once

#include <memory>

#include "core/attack/attacker.h"
#include "core/data/dataset.h"
#include "core/train/history.h"
#include "core/train/recipe.h"

namespace convolab {

/// What adversarial training adds to a training loop: attacks a batch before it is trained on, and measures on a fixed
/// sample what the attacks leave. Works on a differentiable model of its own, bound to the weights of the moment; draws
/// from the stream Attack by (seed, step, image in the batch), so that it repeats bit for bit. One thread at a time.
class AdversarialTraining {
  public:
    /// `recipe.adversarial` is set and valid; `dataset` fits. `largestBatch` as in the training.
    static Result<std::unique_ptr<AdversarialTraining>> create(const NetworkSpec& spec, const Dataset& dataset,
                                                               const Recipe& recipe, std::int64_t largestBatch,
                                                               const CompileModel& compile = Model::compile);

    /// The batch (n, C, H, W) with its first ⌈mix · n⌉ images attacked; valid until the next call. `step` of `totalSteps`
    /// (from 0) is about to be made: random numbers and the warm-up of ε depend on it. A model that ascends by itself
    /// keeps the attacked images where it computes: the next step takes them from there, and the batch is returned as it came.
    Result<View<const float>> attack(Model& live, View<const float> images, std::span<const int> labels,
                                     std::int64_t step, std::int64_t totalSteps);
    /// Step and epoch are left to the caller.
    Result<RobustMetrics> measure(Model& live);

  private:
    AdversarialTraining() = default;
    Result<std::int64_t> correctUnder(const AttackSpec& attack);
    void bind(Model& live);

    Recipe m_recipe;
    std::unique_ptr<Attacker> m_attacker;
    Tensor m_batch;                   // (largest batch, C, H, W)
    std::vector<std::int64_t> m_ids;  // 0, 1, …
    Tensor m_sample;                  // images that robustness is measured on
    std::vector<int> m_sampleLabels;
};

}  // namespace convolab
