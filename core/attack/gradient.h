#pragma once

#include <vector>

#include "core/attack/attack.h"

namespace convolab {

/// What an attack climbs: each image's own cross-entropy of its label, untargeted; minus that of the target, targeted.
/// Made once per batch; one call is one forward and one backward pass in evaluation mode.
class AttackGoal {
  public:
    AttackGoal(const AttackSpec& spec, const AttackBatch& batch);

    /// The gradient of the goal at `images` (n, C, H, W), valid until the model is used again. Cancelled: an error.
    Result<View<const float>> gradient(View<const float> images);

  private:
    const AttackBatch& m_batch;
    std::vector<int> m_classes;
    double m_sign;
    Tensor m_logitsGradient;  // (n, classes)
};

/// Whose cross-entropy that is, per image.
std::vector<int> goalClasses(const AttackSpec& spec, std::span<const int> labels);
/// The goal itself, per image, from logits (n, classes).
std::vector<double> goalValues(const AttackSpec& spec, View<const float> logits, std::span<const int> labels);
/// The class with the largest value, per image; the first of equals.
std::vector<int> predictedClasses(View<const float> logits);

Status goOn(const AttackBatch& batch);  ///< an error with ErrorCode::Cancelled once keepGoing says so

}  // namespace convolab
