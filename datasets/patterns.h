#pragma once

#include "datasets/generated.h"

namespace convolab {

// Sets of a few cases, each of which is the whole truth: training, validation and test hold the same ones, and an image
// is an input as the textbooks write it, of zeros and ones. `sizes` repeats the cases in their order, as often as wanted.

inline constexpr GeneratedSizes kXorSizes{.train = 4, .validation = 4, .test = 4};
inline constexpr GeneratedSizes kThermometerSizes{.train = 8, .validation = 8, .test = 8};
inline constexpr GeneratedSizes kCodesSizes{.train = 8, .validation = 8, .test = 8};

/// Exclusive or: 1×1×2, (0, 0), (0, 1), (1, 0), (1, 1); class 1 where the two differ.
DatasetPtr makeXor(const GeneratedSizes& sizes = kXorSizes);

/// Eight codes: 1×1×8, of which one value is 1; the class is its place. With the mean squared error against one unit per
/// class, a network learns to give back what it was given.
DatasetPtr makeCodes(const GeneratedSizes& sizes = kCodesSizes);

/// The eight patterns of a thermometer: 1×1×8, 00000000, 00000001, 00000011 … 01111111; the class is the number of ones, and
/// the targets are the patterns themselves: what an autoencoder has to give back.
DatasetPtr makeThermometer(const GeneratedSizes& sizes = kThermometerSizes);

}  // namespace convolab
