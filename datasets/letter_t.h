#pragma once

#include <array>
#include <cstdint>

#include "datasets/generated.h"

namespace convolab {

/// 5 × 5, rows from the top: the top row and the middle column are 1, nine pixels.
inline constexpr std::array<std::uint8_t, 25> kLetterT{1, 1, 1, 1, 1,
                                                       0, 0, 1, 0, 0,
                                                       0, 0, 1, 0, 0,
                                                       0, 0, 1, 0, 0,
                                                       0, 0, 1, 0, 0};

inline constexpr GeneratedSizes kLetterTSizes{.train = 100, .validation = 100, .test = 100};

/// What a perceptron has to tell from a T: 1×5×5, pixels 0 or 1, class 1 (one output, target 1) is the T. Of each four
/// images the first is the T, the second has one wrong pixel (all 25 in turn), two are random patterns, a pure function
/// of (seed, split, index). A perceptron that is right on the T and its 25 neighbours is right on all 2²⁵ patterns: each of
/// its weights must have the sign of its pixel, so that a second wrong pixel only takes it further below the threshold.
DatasetPtr makeLetterT(std::uint64_t seed, const GeneratedSizes& sizes = kLetterTSizes);

}  // namespace convolab
