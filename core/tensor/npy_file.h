#pragma once

#include <filesystem>

#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

/// Writes a tensor as NumPy's .npy (format 1.0: float32, little-endian, C order, its shape): numpy.load reads it.
Status writeNpy(const std::filesystem::path& file, const View<const float>& values);

}  // namespace convolab
