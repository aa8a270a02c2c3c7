#pragma once

#include <vector>

#include "core/attack/attacker.h"
#include "core/data/dataset.h"
#include "core/inspect/predictions.h"

namespace convolab {

/// A split (or its first `limit` images) under one attack. Counts, so that an interval can be given.
struct RobustnessResult {
    AttackSpec attack;
    Split split = Split::Test;
    std::int64_t images = 0;
    std::int64_t cleanCorrect = 0;
    std::int64_t robustCorrect = 0;    ///< of all images, right before and after: already wrong = fooled
    std::int64_t fooled = 0;           ///< of those correct before; targeted: those that reached the target
    std::int64_t leftOut = 0;          ///< of the sample, because their label is the target; not in `images`
    std::int64_t gradientVanished = 0; ///< attacked with a gradient of exactly 0 in every step
    double meanLinf = 0.0, meanL2 = 0.0, maxLinf = 0.0, maxL2 = 0.0;  ///< over the perturbed images
    double rho = 0.0;                  ///< ρ̂ = mean ‖r‖₂ / ‖x‖₂ over images fooled by a smallest-perturbation method, else 0
    double seconds = 0.0;
    bool cancelled = false;            ///< counts what was done

    double cleanAccuracy() const;
    double robustAccuracy() const;
    double successRate() const;        ///< fooled / cleanCorrect; 0 when none was correct
    /// What a reader has to know beside the numbers, a sentence each: images left out, masked gradients, cancelled.
    std::vector<std::string> notes() const;
};

/// Which images: the first `limit` (0: all) or, where `indices` is not empty, exactly those of the split (core/data
/// balancedSample makes a fair choice).
struct RobustnessSample {
    Split split = Split::Test;
    std::int64_t limit = 0;
    std::vector<std::int64_t> indices = {};
};

/// Called after each batch with its outcome: collects examples, draws the growing curve. May be empty.
using OutcomeSink = std::function<void(std::span<const std::int64_t> indices, const AttackOutcome&)>;

/// `dataset` must fit the network (core/data `fitted`). Cancelling keeps what was done (`cancelled`); `progress` is asked
/// at least once per call of the model. `compile` decides where it runs; a device that fails is an error. Images whose label is the target are left out; if that leaves none: an error.
Result<RobustnessResult> measureRobustness(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                           const AttackSpec& attack, const RobustnessSample& sample,
                                           const Progress& progress = {}, const OutcomeSink& sink = {},
                                           const CompileModel& compile = Model::compile);

struct CurvePoint {
    double epsilon = 0.0;
    RobustnessResult result;
};
/// One attack over several ε; ε = 0 is the clean accuracy. `onPoint` as each is done. Cancelling keeps the points that
/// were done and, marked `cancelled`, the one that was begun if it has any image.
Result<std::vector<CurvePoint>> robustnessCurve(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset,
                                                AttackSpec attack, std::span<const double> epsilons,
                                                const RobustnessSample& sample, const Progress& progress = {},
                                                const std::function<void(const CurvePoint&)>& onPoint = {},
                                                const CompileModel& compile = Model::compile);

/// A sentence where a weak attack flatters: at one ε, FGSM leaves far more accuracy than an iterative attack, or more
/// steps of the same method still lower it (both by more than 5 points and more than chance); empty otherwise.
std::string flatteryNote(const std::vector<std::pair<AttackSpec, std::vector<CurvePoint>>>& curves);

}  // namespace convolab
