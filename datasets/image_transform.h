#pragma once

#include <cstdint>
#include <span>

#include "core/data/dataset.h"
#include "core/tensor/tensor.h"

namespace convolab {

/// Small changes of an image that a person would not mind, in this order: inversion, scale and rotation about the
/// centre, shift, noise. What comes from outside the image is 0 (black), and everything is clamped to [0, 1].
struct ImageTransform {
    double shiftX = 0.0;    ///< pixels to the right; fractions are interpolated bilinearly
    double shiftY = 0.0;    ///< pixels down
    double rotation = 0.0;  ///< degrees, anticlockwise as seen
    double scale = 1.0;     ///< > 0; 2 = twice as large
    double noise = 0.0;     ///< standard deviation of the Gaussian noise, in pixel units
    bool invert = false;    ///< 1 − x: dark writing on paper becomes light on black
    std::uint64_t seed = 0;  ///< of the noise: f(seed, Analysis, image's index, pixel)

    bool isIdentity() const;
    bool operator==(const ImageTransform&) const = default;
};

/// `image` and `out` are (C, H, W), not the same memory. `index` selects the noise of this image of a split. An identity
/// copies bit for bit.
void transformImage(View<const float> image, const ImageTransform& transform, std::span<float> out, std::int64_t index = 0);

/// The data set seen through the transform, every split; images must be (C, H, W). Thread-safe like every data set.
DatasetPtr transformed(DatasetPtr dataset, const ImageTransform& transform);

}  // namespace convolab
