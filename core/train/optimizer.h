#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/train/recipe.h"
#include "core/train/recipe_option.h"

namespace convolab {

/// What one update reads and writes. All spans are flat buffers in the network's parameter layout.
struct OptimizerStep {
    std::span<float> parameters;
    std::span<const float> gradients;  ///< of the mean loss of the batch
    std::span<float> state;            ///< stateSize() floats, zero before the first step
    double rate = 0.0;                 ///< after the schedule
    double weightDecay = 0.0;
    std::int64_t step = 1;  ///< 1-based, for bias corrections
};

/// A rule that turns gradients into new weights. Each stands in core/train/optimizers/<id>.cpp; one immutable
/// instance lives in the registry. Updates are element-wise: the same bits for any number of threads.
class Optimizer {
  public:
    virtual ~Optimizer() = default;

    std::string id;       ///< "adam"
    std::string label;    ///< "Adam"
    std::string help;     ///< one sentence
    std::string formula;  ///< one line
    std::vector<RecipeOption<OptimizerSpec>> options;
    double OptimizerSpec::*momentum = nullptr;  ///< the field that a momentum slider moves

    virtual std::size_t stateSize(const OptimizerSpec& spec, std::size_t parameterCount) const = 0;
    /// False if a new weight is NaN or infinite: found while the weights are in cache, at no cost.
    virtual bool update(const OptimizerSpec& spec, const OptimizerStep& step) const = 0;
};

const std::vector<const Optimizer*>& optimizers();
const Optimizer* findOptimizer(const std::string& id);

}  // namespace convolab
