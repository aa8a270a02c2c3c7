#pragma once

#include <memory>

#include "core/compress/quantization/integer_network.h"
#include "core/model/model.h"

namespace convolab {

/// A chain of layers of a network as a network of its own: input → layers → output, with their weights.
Result<std::unique_ptr<Model>> compileChain(const NetworkSpec& spec, const WeightSet& weights,
                                            const std::vector<NodeId>& nodes, const Shape& input,
                                            std::int64_t maximumBatch);

}  // namespace convolab
