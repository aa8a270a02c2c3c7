#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/compress/plan.h"
#include "core/compress/pruning_run.h"
#include "core/compress/sharing/scalar_kmeans.h"
#include "core/train/recipe.h"

namespace convolab {

enum class CompressionAction {
    Prune,  ///< the plan's sparsities become masks, at once or gradually while it trains (core/compress/pruning_run.h)
    Train,  ///< fine-tunes inside what holds by now: pruned weights stay 0, shared ones equal, every pass sees the grids
    Share,  ///< the plan's k-means layers get codebooks
    Quantize,  ///< the plan's uniform layers go onto grids, activations onto calibrated ones: it runs in integers from then on
    Code,   ///< how far the file goes: dense, sparse, packed or huffman
};
const char* compressionActionName(CompressionAction action);  ///< "prune", "train", "share", "quantize", "code"

struct CompressionStep {
    CompressionAction action = CompressionAction::Prune;
    /// Prune: sparsities and granularities; Share: bits of its k-means layers; Quantize: bits of its uniform layers, and how.
    CompressionPlan plan = {};
    /// Train; Prune: none sets the weights to 0 and that is all. Its data set is whatever the run is given.
    std::optional<Recipe> training = {};
    PruningSchedule schedule = PruningSchedule::OneShot;  ///< this and the next three: Prune with a training
    double initialSparsity = 0.0;
    std::int64_t pruneEvery = 0;
    double rampShare = 2.0 / 3.0;
    CodebookStart start = CodebookStart::Linear;  ///< Share
    std::string coder = "huffman";                ///< Code: id in the registry of coders
    bool operator==(const CompressionStep&) const = default;

    PruningSettings pruning() const;  ///< of Prune with a training
};

/// A whole compression, so that it can be done again: what Deep Compression does in three stages (Han et al. 2016). The same
/// recipe, weights, data and device give the same file.
struct CompressionRecipe {
    std::string name;  ///< "Deep Compression of conv20-conv50"
    std::vector<CompressionStep> steps;
    bool operator==(const CompressionRecipe&) const = default;
};

/// No steps, pruning behind sharing or quantising, both of these in one recipe, two codings, a coding of integers (packed
/// files hold codebooks and float32), a plan or training that is refused: a sentence that names the step.
Status validateCompressionRecipe(const CompressionRecipe& recipe, const NetworkSpec& spec);

/// Readable JSON: {"format": 1, "name", "steps": [{"step": "prune", "plan": {…}, "schedule": "gradual", "training": {…}},
/// {"step": "share", "plan": {…}, "start": "linear"}, …]}. Unknown keys, steps and layers are errors that name the nearest word.
std::string compressionRecipeToJson(const CompressionRecipe& recipe, const NetworkSpec& spec);
Result<CompressionRecipe> compressionRecipeFromJson(std::string_view json, const NetworkSpec& spec);

const char* pruningScheduleName(PruningSchedule schedule);  ///< "one-shot", "gradual"

}  // namespace convolab
