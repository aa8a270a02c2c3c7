#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

/// NumPy's format, version 1.0: little-endian float32, C order, shape as the view's
/// (https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html).
std::string npyText(View<const float> values);
/// The same for whole numbers, int64 with one axis: labels.
std::string npyText(std::span<const std::int64_t> values);
/// Replaces `file` atomically; the error says what stood in the way.
Status writeNpy(const std::filesystem::path& file, View<const float> values);
Status writeNpy(const std::filesystem::path& file, std::span<const std::int64_t> values);

}  // namespace convolab
