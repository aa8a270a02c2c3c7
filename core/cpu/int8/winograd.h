#pragma once

#include "core/cpu/int8/packing.h"

namespace convolab::int8 {

// Convolutions of 3 × 3 by Winograd's F(2 × 2, 3 × 3) (Lavin and Gray, "Fast Algorithms for Convolutional Neural
// Networks", 2016): an output of 2 × 2 from 16 products in place of 36. Exact in integers: an input tile becomes values of
// at most 4 · 255, a kernel, scaled by 4, values of at most 9 · 128, both 16 bits; sums are 32 bits and wrap around, which
// does no harm, since the end result, four times the dot product, fits them.

/// Can it, and exactly? 3 × 3, stride 1, no dilation, one group, and 4 · 255 · Σ |w| below 2^31 for each output.
bool winogradFits(const Convolution& convolution);
/// Is it expected to be faster than the products one by one, packed as `blocks` for AVX2? It is not where few channels or
/// outputs share a transform, or where pruning left few products.
bool winogradPays(const Convolution& convolution, const std::vector<PackedBlock>& blocks);
/// For a convolution that winogradFits, on a processor with AVX2.
std::unique_ptr<IntegerOp> makeWinogradOp(const Convolution& convolution);

}  // namespace convolab::int8
