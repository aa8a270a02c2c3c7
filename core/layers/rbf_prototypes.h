#pragma once

#include <cstdint>
#include <vector>

namespace convolab {

/// The fixed centres of an RBF output layer, (units, inputs), each value +1 or −1. With 84 inputs the first ten units are
/// the digits 0 to 9 drawn on 12 rows of 7 pixels (ink +1), as LeNet-5 (1998) has them; its own bitmaps are printed as
/// pictures only, so these are drawn anew. All other units get codes from a fixed random stream, the same in every run.
std::vector<float> rbfPrototypes(std::int64_t units, std::int64_t inputs);

}  // namespace convolab
