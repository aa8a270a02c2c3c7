#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/compress/coding/packed_size.h"
#include "core/compress/compression_recipe.h"
#include "core/compress/quantization/document_quantization.h"
#include "core/train/training_loop.h"

namespace convolab {

/// What a stage weighs and how well the network still does: dense, pruned, shared, coded; or dense, pruned, quantised.
struct CompressionStage {
    std::string name;
    std::int64_t bytes = 0;
    double accuracy = 0.0;    ///< on the validation images (the test images of a data set without)
    std::int64_t images = 0;
};

struct CompressionResult {
    PackedNetwork network;  ///< as it was read back from `file`; quantised: with float32 weights
    std::string file;       ///< the bytes of the packed file; empty if quantised
    PackedSize size;        ///< quantised: what estimatedSize counts for its grids
    /// Of a recipe that quantises: what its document holds beside the weights, to run in integers.
    std::optional<DocumentQuantization> quantization;
    std::vector<CompressionStage> stages;
    std::int64_t parametersKept = 0;
    double sparsity = 0.0;  ///< share of the weights (biases and batch norm not counted) that are 0
};

/// Called on the thread of the run. All may be empty.
struct CompressionWatch {
    /// `share` of the whole in [0, 1] and what is being done; false cancels.
    std::function<bool(double share, const std::string& what)> progress;
    std::function<void(const CompressionStage&)> stage;
    /// Behind every step of a training: its weights, and where they are shared, the codebooks as they began
    /// (withTrainedCentroids gives them as they are).
    std::function<void(const TrainingLoop&, const Codebooks&)> trained;
    /// Behind every step of a pruning that trains.
    std::function<void(const PruningRun&)> pruned;
};

/// Does what the recipe says, on the calling thread. `dataset` fits the network; best weights of a training are judged on its
/// validation images, before the first step too. The file is written to memory and read back: the result is what was read.
Result<CompressionResult> runCompression(const NetworkSpec& spec, const WeightSet& weights, DatasetPtr dataset,
                                         const CompressionRecipe& recipe, const CompressionWatch& watch = {});

/// Right answers and loss on all images of a split, in integers where the result runs so. `progress` as for evaluate().
Result<Evaluation> evaluateCompressed(const NetworkSpec& spec, const WeightSet& weights, const std::optional<DocumentQuantization>& quantization,
                                      const Dataset& dataset, Split split, const std::function<bool(double)>& progress = {});

}  // namespace convolab
