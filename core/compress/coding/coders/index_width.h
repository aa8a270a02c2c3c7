#pragma once

#include <cstdint>

#include "core/compress/coding/relative_index.h"

namespace convolab {

// How many bits a relative index should have: tried from 1 to 8, since few mean many fillers and many mean a long code.

int packedIndexWidth(const Gaps& gaps);   ///< at the same number of bits for each symbol
int huffmanIndexWidth(const Gaps& gaps);  ///< under a Huffman code, its table included
std::int64_t packedIndexBits(const Gaps& gaps, int width);

}  // namespace convolab
