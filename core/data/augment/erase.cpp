#include <algorithm>
#include <cmath>

#include "core/data/augmentation.h"

namespace convolab {

namespace {

class Erase : public Augmentation {
  public:
    Erase() {
        id = "erase";
        label = "Erase";
        help = "Blackens a square with its centre anywhere in the image (cutout, DeVries & Taylor 2017).";
        options = {{"size", "Side", "of the square, as a share of the image's shorter side", 0.4, 0.0, 1.0, 1.0},
                   {"probability", "How often", "as a share of the images", 0.5}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const bool here = random.uniform() < static_cast<float>(values[1]);
        const auto centreX = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(image.width)));
        const auto centreY = static_cast<std::int64_t>(random.below(static_cast<std::uint32_t>(image.height)));
        if (!here) return;
        const std::int64_t side = std::llround(values[0] * static_cast<double>(std::min(image.width, image.height)));
        const std::int64_t left = std::max<std::int64_t>(0, centreX - side / 2);
        const std::int64_t right = std::min(image.width, centreX - side / 2 + side);
        const std::int64_t top = std::max<std::int64_t>(0, centreY - side / 2);
        const std::int64_t bottom = std::min(image.height, centreY - side / 2 + side);
        for (std::int64_t c = 0; c < image.channels; ++c) {
            for (std::int64_t y = top; y < bottom; ++y) {
                float* row = image.pixels.data() + c * image.area() + y * image.width;
                if (right > left) std::fill(row + left, row + right, 0.0F);
            }
        }
    }
};

}  // namespace

const Augmentation& eraseAugmentation() {
    static const Erase augmentation;
    return augmentation;
}

}  // namespace convolab
