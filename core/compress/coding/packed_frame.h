#pragma once

#include <cstdint>

#include "core/compress/coding/packed_size.h"

// What of a packed file is around its tensors; for the .cpp files that count bytes.

namespace convolab {

/// A tensor of so many bytes with its tag and its size.
std::int64_t framedBytes(std::size_t tensorBytes);
/// Everything before the first tensor.
std::int64_t packedHeaderBytes(const NetworkSpec& spec, std::int64_t step);
/// Parameters, kept ones and stages, once the layers, headerBytes and otherBytes are there.
void addUp(PackedSize& size, const ParameterLayout& layout);

}  // namespace convolab
