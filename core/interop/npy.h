#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

/// Writes an array as NumPy's .npy (format 1.0, C order, little-endian; numpy.lib.format): what numpy.load reads.
Status writeNpy(const std::filesystem::path& file, View<const float> values);             ///< float32
Status writeNpy(const std::filesystem::path& file, std::span<const std::int64_t> values);  ///< int64, one axis

}  // namespace convolab
