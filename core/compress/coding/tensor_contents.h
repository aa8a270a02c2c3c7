#pragma once

#include <vector>

#include "core/compress/coding/packed_file.h"

namespace convolab {

/// The network's tensors in the order of its ParameterLayout. Refuses weights that are not the spec's, or not those of their
/// codebook.
Result<std::vector<TensorContent>> tensorContents(const PackedNetwork& network);

}  // namespace convolab
