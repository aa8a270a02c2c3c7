#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/attack/attack.h"
#include "core/data/augmentation.h"
#include "core/model/model.h"
#include "core/util/result.h"

namespace convolab {

/// Parts are written NAME[:key=value,…] on the command line: "sgd:momentum=0.9,nesterov=true".
struct OptimizerSpec {
    std::string kind = "adam";      ///< id in the optimizer registry: sgd, adam, adamw, rmsprop, adagrad
    double momentum = 0.9;          ///< sgd
    bool nesterov = false;          ///< sgd
    double beta1 = 0.9;             ///< adam, adamw
    double beta2 = 0.999;
    double epsilon = 1e-8;          ///< all but sgd
    double alpha = 0.99;            ///< rmsprop: memory of the mean squared gradient
    double rmspropMomentum = 0.0;   ///< rmsprop; apart from sgd's, since 0 is the usual choice
    bool centered = false;          ///< rmsprop
    double rateDecay = 0.0;         ///< adagrad: η / (1 + (t − 1) · this)
    bool operator==(const OptimizerSpec&) const = default;
};

struct ScheduleSpec {
    std::string kind = "constant";  ///< constant, step, multi_step, exponential, cosine, one_cycle, plateau
    std::int64_t warmupSteps = 0;   ///< linear from 0, before any of them
    double stepEpochs = 10;         ///< step: every so many epochs …
    double factor = 0.1;            ///< … multiply by this; multi_step, plateau: at each drop
    double finalShare = 0.0;        ///< cosine, one_cycle: ends at this share of the rate; plateau: never falls below it
    std::vector<double> milestones = {2.0, 4.0};  ///< multi_step: epochs of the drops, ascending
    double decay = 0.9;             ///< exponential: what an epoch multiplies the rate by
    double riseShare = 0.3;         ///< one_cycle: share of the run in which the rate rises …
    double startShare = 0.04;       ///< … from this share of it
    std::int64_t patience = 5;      ///< plateau: validations without improvement that are let pass
    double threshold = 1e-4;        ///< plateau: an improvement is more than this share of the best loss
    std::int64_t cooldown = 0;      ///< plateau: validations after a drop that are not counted
    bool operator==(const ScheduleSpec&) const = default;
};

/// Adversarial training (Madry et al. 2018; with FGSM from a random start: Wong et al. 2020): images are attacked before
/// they are trained on, by the network as it is at that step, in evaluation mode. The attack has no seed of its own: it
/// draws from the run's by step and image.
struct AdversarialSpec {
    AttackSpec attack;
    double mix = 1.0;  ///< share of each batch that is attacked, above 0
    /// ε and the step size grow evenly from 0 over this share of the run, in [0, 1]. One-step attacks need it where ε is
    /// large: at full size from the start, the network learns to hide its gradient (catastrophic overfitting).
    double warmup = 0.0;
    bool operator==(const AdversarialSpec&) const = default;
};

/// What an image of each class counts in the loss (PyTorch's cross_entropy `weight`: the mean is weighted as well).
struct ClassWeights {
    bool balanced = false;            ///< images / (classes · images of the class), counted in the training set
    std::vector<double> values = {};  ///< else one number per class; empty: all count the same
    bool isOn() const { return balanced || !values.empty(); }
    bool operator==(const ClassWeights&) const = default;
};

/// Everything besides the network that decides a run. The same recipe, network, data and device give the same curve.
struct Recipe {
    std::string dataset = "digits";
    std::int64_t batchSize = 64;
    std::int64_t epochs = 5;
    std::optional<std::int64_t> steps;     ///< instead of epochs
    OptimizerSpec optimizer;
    double rate = 1e-3;
    double weightDecay = 0.0;              ///< λ w added to the gradient of every parameter; decoupled for adamw
    double l1 = 0.0;                       ///< penalty λ Σ |w| over the weights (not biases, scales and shifts)
    double l2 = 0.0;                       ///< penalty λ Σ w² over the same: adds 2 λ w to their gradients
    double clipNorm = 0.0;                 ///< gradients are shortened to this length; 0 = off
    double clipValue = 0.0;                ///< each gradient is cut off at ± this, before the length is; 0 = off
    double averaging = 0.0;                ///< decay of the exponential moving average of the weights; 0 = off
    ScheduleSpec schedule;
    LossKind loss = LossKind::CrossEntropy;
    double labelSmoothing = 0.0;           ///< share of the target spread evenly over all classes; cross-entropy only
    ClassWeights classWeights = {};        ///< cross-entropy only
    std::uint64_t seed = 42;
    std::int64_t validationEvery = 0;      ///< steps; 0 = a fifth of an epoch
    bool keepBest = true;                  ///< by validation accuracy; in adversarial training by that under PGD
    std::int64_t earlyStopping = 0;        ///< ends after so many validations without a lower loss; 0 = off
    std::optional<AdversarialSpec> adversarial = {};
    std::vector<AugmentationSpec> augmentations = {};  ///< of the training images, in this order
    bool operator==(const Recipe&) const = default;
};

Status validateRecipe(const Recipe& recipe);  ///< batch 0, negative or NaN rate, epochs 0 …: a sentence each
std::string recipeToJson(const Recipe& recipe);
Result<Recipe> recipeFromJson(std::string_view json);
Result<OptimizerSpec> parseOptimizer(std::string_view text, OptimizerSpec base = {});
Result<ScheduleSpec> parseSchedule(std::string_view text, ScheduleSpec base = {});
/// The other way round: NAME with the options that differ from their defaults.
std::string optimizerText(const OptimizerSpec& spec);
std::string scheduleText(const ScheduleSpec& spec);
/// "pgd:eps=0.3,steps=7,step=0.1[,mix=0.5][,warmup=0.5]", "fgsm:eps=0.3,step=0.375,random_start=true"; and back.
Result<AdversarialSpec> parseAdversarial(std::string_view text);
std::string adversarialText(const AdversarialSpec& spec);
Status validateAdversarial(const AdversarialSpec& spec);
/// "balanced", "none" or "1,2,0.5"; and back.
Result<ClassWeights> parseClassWeights(std::string_view text);
std::string classWeightsText(const ClassWeights& weights);

/// `recipe` with what a running training takes over from `live` at its next step: rate, momentum, decay and penalties,
/// clipping, smoothing and class weights, early stopping, augmentation.
Recipe withLiveFields(Recipe recipe, const Recipe& live);

}  // namespace convolab
