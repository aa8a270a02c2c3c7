#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/compress/masks.h"
#include "core/compress/plan.h"
#include "core/compress/sharing/codebook.h"
#include "core/data/dataset.h"

namespace convolab {

/// What a plan makes of one layer.
struct LayerFigures {
    NodeId layer;
    std::string name;
    LayerCompression plan;
    std::int64_t weights = 0;     ///< of its weight tensor
    std::int64_t kept = 0;        ///< of them, not pruned
    std::int64_t bytes = 0;       ///< in the packed file, biases included; an estimate, within a few per cent
    std::int64_t denseBytes = 0;  ///< the same as float32
    double sparsity() const { return weights > 0 ? 1.0 - static_cast<double>(kept) / static_cast<double>(weights) : 0.0; }
};

/// … and of the network.
struct PlanFigures {
    std::vector<LayerFigures> layers;  ///< in execution order
    std::int64_t weights = 0, kept = 0;
    std::int64_t bytes = 0, denseBytes = 0;  ///< of the packed file (estimated likewise), and 4 for each parameter
    std::vector<std::int64_t> stages;        ///< of the packed file up to each of weightCoders(), estimated; the first: dense
    std::int64_t macs = 0, nonZeroMacs = 0;
    double sparsity() const { return weights > 0 ? 1.0 - static_cast<double>(kept) / static_cast<double>(weights) : 0.0; }
    double bits() const;   ///< the mean over kept weights
    double ratio() const { return bytes > 0 ? static_cast<double>(denseBytes) / static_cast<double>(bytes) : 0.0; }
    const LayerFigures* find(NodeId layer) const;
};

/// What a plan is laid over.
struct PlanGround {
    std::shared_ptr<const NetworkSpec> network;
    WeightSetPtr base;   ///< the document's
    WeightSetPtr tuned;  ///< fine-tuned under this plan's pruning; null: not
    bool operator==(const PlanGround&) const = default;
};

/// A plan laid over a network's weights: the network itself stays as it is. Immutable, any thread.
struct LaidPlan {
    PlanGround ground;
    CompressionPlan plan;
    MasksPtr masks;
    WeightSetPtr pruned;   ///< cut, otherwise as they were: what rounding and sharing are compared with
    WeightSetPtr shared;   ///< … and with their codebooks: what an integer network is made from
    WeightSetPtr weights;  ///< … and on their grids: what the plan leaves, as float32
    Codebooks codebooks;   ///< of the layers that the plan shares
    PlanFigures figures;
    const WeightSet& start() const { return ground.tuned ? *ground.tuned : *ground.base; }
};
using LaidPlanPtr = std::shared_ptr<const LaidPlan>;

/// `before`: an earlier one, of which everything is taken over that is still true.
Result<LaidPlanPtr> layPlan(const PlanGround& ground, const CompressionPlan& plan, const LaidPlanPtr& before = {});

/// The pruning of two plans is the same: bits, levels and ranges aside.
bool samePruning(const CompressionPlan& a, const CompressionPlan& b);
/// Fine-tuned weights are still of use under a plan that prunes the same: no layer whose weights lie on the levels of `before`
/// gets other ones. What was rounded for 4 bits has lost what 8 bits could keep.
bool staysTuned(const WeightSet& tuned, const CompressionPlan& before, const CompressionPlan& after, const NetworkSpec& network);
/// The plan's network computes in integers: layers on uniform grids, between activations that have grids, too.
bool usesIntegers(const CompressionPlan& plan);

/// How the numbers of a network were computed when its accuracy was measured.
enum class Arithmetic {
    Float32,
    Rounded,   ///< weights on grids or codebooks, float32 arithmetic
    Integers,  ///< the integer network
};
Arithmetic arithmeticOf(const CompressionPlan& plan);

/// Right answers on a split, or on a sample of it that is balanced by class.
struct PlanAccuracy {
    Split split = Split::Validation;
    std::int64_t correct = 0, images = 0;
    std::int64_t ofAll = 0;  ///< images that the split has
    Arithmetic arithmetic = Arithmetic::Float32;
    double share() const { return images > 0 ? static_cast<double>(correct) / static_cast<double>(images) : 0.0; }
    bool whole() const { return images == ofAll; }
    bool operator==(const PlanAccuracy&) const = default;
};

}  // namespace convolab
