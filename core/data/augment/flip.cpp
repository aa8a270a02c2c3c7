#include <algorithm>

#include "core/data/augmentation.h"

namespace convolab {

namespace {

class Flip : public Augmentation {
  public:
    Flip() {
        id = "flip";
        label = "Flip";
        help = "Mirrors the image; wrong where left and right matter, as in digits.";
        options = {{"horizontal", "Left–right", "how often, as a share of the images", 0.5},
                   {"vertical", "Upside down", "how often, as a share of the images", 0.0}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const bool sideways = random.uniform() < static_cast<float>(values[0]);
        const bool over = random.uniform() < static_cast<float>(values[1]);
        for (std::int64_t c = 0; c < image.channels; ++c) {
            float* plane = image.pixels.data() + c * image.area();
            for (std::int64_t y = 0; sideways && y < image.height; ++y) {
                std::reverse(plane + y * image.width, plane + (y + 1) * image.width);
            }
            for (std::int64_t y = 0; over && y < image.height / 2; ++y) {
                std::swap_ranges(plane + y * image.width, plane + (y + 1) * image.width,
                                 plane + (image.height - 1 - y) * image.width);
            }
        }
    }
};

}  // namespace

const Augmentation& flipAugmentation() {
    static const Flip augmentation;
    return augmentation;
}

}  // namespace convolab
