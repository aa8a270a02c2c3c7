#pragma once

#include <cstdint>
#include <span>

#include "core/util/random.h"
#include "datasets/generated.h"

namespace convolab {

inline constexpr int kDigitSide = 28;

/// The built-in set of handwritten-looking digits: 28×28 grey, ten classes, ink bright on dark as in MNIST.
/// Each image is a style of the digit (see digit_strokes.h) whose control points are shaken, bent by a smooth
/// random field, rotated, sheared, scaled and shifted, drawn with a pen of random width and pressure, and
/// overlaid with noise. Only +, −, ×, ÷ and square roots are used, so that the pixels are the same on every
/// machine.
DatasetPtr makeDigits(std::uint64_t seed, const GeneratedSizes& sizes = {});

/// One image of makeDigits: `pixels` is 28×28.
void paintDigit(int digit, RandomSequence& random, std::span<std::uint8_t> pixels);

}  // namespace convolab
