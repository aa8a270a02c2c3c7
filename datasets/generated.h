#pragma once

#include <cstdint>
#include <functional>
#include <span>

#include "core/data/dataset.h"
#include "core/util/random.h"

namespace convolab {

/// How many images of each split a generated set makes.
struct GeneratedSizes {
    std::int64_t train = 12000;
    std::int64_t validation = 2000;
    std::int64_t test = 2000;
};

/// Paints one image of class `label` into `pixels` (C×H×W, 255 = 1.0), drawing all its chances from `random`.
/// Called from several threads at once.
using ImagePainter = std::function<void(int label, RandomSequence& random, std::span<std::uint8_t> pixels)>;

/// Makes all splits on a few threads. Image i of a split is a pure function of (seed, split, i): neither the
/// sizes nor the threads matter, so a larger set begins with the smaller one. Each block of as many images as
/// classes holds every class once, in shuffled order.
DatasetPtr generateDataset(DatasetInfo info, const GeneratedSizes& sizes, std::uint64_t seed,
                           const ImagePainter& paint);

}  // namespace convolab
