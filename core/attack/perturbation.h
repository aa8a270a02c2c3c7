#pragma once

#include <cstdint>
#include <span>

#include "core/attack/attack.h"

namespace convolab {

/// Where an attack may go from clean images (n, C, H, W) in [0, 1]: the ball of radius ε around each, inside [0, 1].
/// To the last bit of the stored float images: L∞ |x' − x| ≤ float(ε), computed in float; L2 ‖x' − x‖₂ ≤ ε, computed in
/// double by perturbationOf. Keeps a view of `clean`.
class AllowedRegion {
  public:
    AllowedRegion(const AttackSpec& spec, View<const float> clean);

    /// The nearest allowed image (L∞), or the one towards the clean image (L2: scaled, then clipped to the box).
    void project(View<float> images) const;
    /// Uniform in the ball, not yet clipped to the box. Image i draws from f(seed, Attack, draw, ids[i], element).
    void startAtRandom(View<float> images, std::uint64_t seed, std::uint64_t draw,
                       std::span<const std::int64_t> ids) const;

  private:
    void projectL2(const float* clean, float* image) const;

    AttackNorm m_norm;
    double m_epsilon;
    View<const float> m_clean;
    std::int64_t m_pixels;
    Tensor m_low, m_high;  // L∞
};

/// images += step · direction, per image: the sign of the gradient (L∞) or the gradient at length 1 (L2). An image whose
/// gradient is 0 or not finite stays.
void stepAlong(AttackNorm norm, View<const float> gradient, double step, View<float> images);

struct PerturbationSize {
    double linf = 0.0;        ///< computed in float
    double l2 = 0.0;
    double relativeL2 = 0.0;  ///< ‖r‖₂ / ‖x‖₂; 0 for a black image
};
PerturbationSize perturbationOf(std::span<const float> clean, std::span<const float> adversarial);

}  // namespace convolab
