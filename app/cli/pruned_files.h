#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "core/compress/sharing/codebook.h"
#include "core/compress/to_dense.h"
#include "core/train/training_loop.h"

namespace convolab {

/// A pruned (and perhaps thinned) network as it is written.
struct PrunedNetwork {
    NetworkSpec spec;
    WeightSet weights;
    History history;              ///< of the fine-tuning; may be empty
    std::string state = "done";   ///< of the run in the document
    double validationAccuracy = -1.0;
    double testAccuracy = -1.0;   ///< below 0: not measured
    Codebooks codebooks = {};     ///< layers whose weights the ONNX file holds as codes and a table
};

/// A new document whose network and best weights are these, and the same as ONNX beside it, with the sparsity of each layer
/// in its metadata. Returns the files.
Result<std::vector<std::filesystem::path>> writePruned(const std::filesystem::path& file, const PrunedNetwork& network,
                                                       const Recipe& recipe, const Dataset& dataset);

}  // namespace convolab
