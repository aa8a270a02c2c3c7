#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "core/data/dataset.h"
#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/util/result.h"

namespace convolab {

/// Gets a share in [0, 1]; returns false to cancel.
using Progress = std::function<bool(double)>;

struct Prediction {
    int label = 0;
    int predicted = 0;
    float probability = 0.0F;  ///< of `predicted`
};

/// A network's answers for the first images of a split, in order.
struct PredictionTable {
    Split split = Split::Test;
    int classes = 0;
    std::vector<Prediction> rows;  ///< row i: image i of the split

    std::int64_t correct() const;
    double accuracy() const;
    std::vector<std::int64_t> wrong() const;  ///< indices, in order
    std::vector<std::int64_t> cell(int label, int predicted) const;
    std::vector<std::vector<std::int64_t>> confusion() const;  ///< [label][predicted]
};

/// At most `limit` images (0: all). `dataset` must fit the input (core/data `fitted`). A cancelled call returns an Error
/// with ErrorCode::Cancelled.
Result<PredictionTable> predictSplit(const NetworkSpec& spec, const WeightSet& weights, const Dataset& dataset, Split split,
                                     std::int64_t limit = 0, const Progress& progress = {});

}  // namespace convolab
