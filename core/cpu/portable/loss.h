#pragma once

#include <span>

#include "core/model/model.h"
#include "core/tensor/tensor.h"

namespace convolab {

/// Loss of one batch: `values` and `gradient` are (n, classes); the gradient of the mean loss is written unless its
/// data is null. CrossEntropy: mean over images of log Σ exp(v) − v[label], on logits. MeanSquaredError: mean over
/// images and classes of (v − one-hot)². `targets` (cross-entropy only) spread and weigh. `correct` counts arg max = label
/// (the first maximum wins). `rows` (squared error only, labels × outputs) stand in place of the one-hot rows; `correct` then
/// counts the images whose own row is the nearest.
LossResult computeLoss(LossKind kind, const View<const float>& values, std::span<const int> labels,
                       const View<float>& gradient, const LossTargets& targets = {}, std::span<const float> rows = {});

}  // namespace convolab
