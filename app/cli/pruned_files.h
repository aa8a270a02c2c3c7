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

/// A new document whose network and best weights are these, or a packed file if `file` is called so, and the same as ONNX
/// beside it. Returns the files.
Result<std::vector<std::filesystem::path>> writePruned(const std::filesystem::path& file, const PrunedNetwork& network,
                                                       const Recipe& recipe, const Dataset& dataset);

/// The ONNX file alone, with the sparsity of each layer in its metadata; no file in a program built without ONNX.
Result<std::vector<std::filesystem::path>> writePrunedOnnx(const std::filesystem::path& file, const PrunedNetwork& network,
                                                           const Dataset& dataset);

}  // namespace convolab
