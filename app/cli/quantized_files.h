#pragma once

#include <filesystem>

#include "core/compress/quantization/document_quantization.h"
#include "core/train/training_loop.h"

namespace convolab {

struct QuantizedNetwork {
    NetworkSpec spec;
    WeightSet weights;  ///< float32, perhaps fine-tuned
    History history;    ///< of the fine-tuning; may be empty
    DocumentQuantization quantization;
    double validationAccuracy = -1.0;
};

/// A new document with this network, its best weights, and what makes it a quantised one.
Status writeQuantized(const std::filesystem::path& file, const QuantizedNetwork& network, const Recipe& recipe);

}  // namespace convolab
