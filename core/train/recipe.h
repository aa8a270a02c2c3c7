#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/attack/attack.h"
#include "core/model/model.h"
#include "core/util/result.h"

namespace convolab {

/// Parts are written NAME[:key=value,…] on the command line: "sgd:momentum=0.9,nesterov=true".
struct OptimizerSpec {
    std::string kind = "adam";  ///< id in the optimizer registry: sgd, adam, adamw
    double momentum = 0.9;      ///< sgd
    bool nesterov = false;      ///< sgd
    double beta1 = 0.9;         ///< adam, adamw
    double beta2 = 0.999;
    double epsilon = 1e-8;
    bool operator==(const OptimizerSpec&) const = default;
};

struct ScheduleSpec {
    std::string kind = "constant";  ///< constant, step, cosine
    std::int64_t warmupSteps = 0;   ///< linear from 0, before any of them
    double stepEpochs = 10;         ///< step: every so many epochs …
    double factor = 0.1;            ///< … multiply by this
    double finalShare = 0.0;        ///< cosine: ends at this share of the rate
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

/// Everything besides the network that decides a run. The same recipe, network, data and device give the same curve.
struct Recipe {
    std::string dataset = "digits";
    std::int64_t batchSize = 64;
    std::int64_t epochs = 5;
    std::optional<std::int64_t> steps;     ///< instead of epochs
    OptimizerSpec optimizer;
    double rate = 1e-3;
    double weightDecay = 0.0;              ///< L2 (λ w added to the gradient); decoupled for adamw
    ScheduleSpec schedule;
    LossKind loss = LossKind::CrossEntropy;
    std::uint64_t seed = 42;
    std::int64_t validationEvery = 0;      ///< steps; 0 = a fifth of an epoch
    bool keepBest = true;                  ///< by validation accuracy; in adversarial training by that under PGD
    std::optional<AdversarialSpec> adversarial = {};
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

}  // namespace convolab
