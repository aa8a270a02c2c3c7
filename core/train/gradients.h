#pragma once

#include <span>
#include <vector>

#include "core/model/weights.h"

namespace convolab {

// What a recipe does to gradients between the backward pass and the update. All spans are flat buffers in the network's
// parameter layout; the same bits for any number of threads.

/// Adds the gradient of λ₁ Σ |w| + λ₂ Σ w², that is λ₁ sign(w) + 2 λ₂ w, for weights: not for biases, scales and shifts.
void addPenalties(const ParameterLayout& layout, std::span<const float> parameters, std::span<float> gradients, double l1,
                  double l2);

/// Each gradient cut off at ± limit (PyTorch's clip_grad_value_).
void clipValues(std::span<float> gradients, double limit);

/// Shortens the gradients, taken as one vector, to length `limit` where they are longer (Pascanu et al. 2013; PyTorch's
/// clip_grad_norm_). Returns the length before. `sums` is room that is kept between calls.
double clipNorm(std::span<float> gradients, double limit, std::vector<double>& sums);

/// average ← decay · average + (1 − decay) · values.
void updateAverage(std::span<float> average, std::span<const float> values, double decay);

}  // namespace convolab
