#pragma once

#include <span>
#include <string>
#include <vector>

#include "core/compress/coding/bit_stream.h"
#include "core/compress/coding/weight_coder.h"

// What the coders share: the centroids, the kept weights, their words.

namespace convolab {

Error damagedTensor(const std::string& what);

/// Kept weights of a codebook, a byte each.
std::vector<std::uint8_t> keptOf(const Codebook& codebook);
/// Their codes, in order.
std::vector<std::uint8_t> codesOf(const Codebook& codebook);

/// bits, number of centroids, centroids.
void writeCentroids(BitWriter& writer, const Codebook& codebook, CodedBits& spent);
/// Without codes. The number fits the bits.
Result<Codebook> readCentroids(BitReader& reader);
/// Codes that the codebook has, at these positions.
Result<TensorContent> contentOf(Codebook codebook, std::int64_t count, std::span<const std::int64_t> positions,
                                std::span<const std::uint8_t> codes);

/// 1 … 8, or 0 for "every weight is kept".
Result<int> readIndexBits(BitReader& reader, std::int64_t kept, std::int64_t count);

}  // namespace convolab
