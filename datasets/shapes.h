#pragma once

#include <cstdint>
#include <span>

#include "datasets/generated.h"

namespace convolab {

inline constexpr int kShapesSide = 32;
inline constexpr GeneratedSizes kShapesSizes{.train = 10000, .validation = 2000, .test = 2000};

/// The built-in colour set: 32×32, one of ten plane figures (circle, square, triangle, star, cross, ring,
/// hexagon, arrow, heart, crescent) of any size, place, rotation and colour before a background that runs
/// from one colour to another, with smooth edges and noise. As with the digits, every machine draws the same
/// pixels.
DatasetPtr makeShapes(std::uint64_t seed, const GeneratedSizes& sizes = kShapesSizes);

/// One image of makeShapes: `pixels` is 3×32×32.
void paintShape(int figure, RandomSequence& random, std::span<std::uint8_t> pixels);

}  // namespace convolab
