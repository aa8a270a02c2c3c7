#include <cmath>

#include "core/data/augment/resample.h"

namespace convolab {

namespace {

class Shift : public Augmentation {
  public:
    Shift() {
        id = "shift";
        label = "Shift";
        help = "Moves the image by whole pixels, up to these shares of its width and height.";
        options = {{"x", "Sideways", "most, as a share of the width", 0.1, 0.0, 1.0, 0.5},
                   {"y", "Up and down", "most, as a share of the height", 0.1, 0.0, 1.0, 0.5}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const auto limit = [](double share, std::int64_t size) { return std::llround(share * static_cast<double>(size)); };
        const std::int64_t right = wholeBetween(random, limit(values[0], image.width));
        const std::int64_t down = wholeBetween(random, limit(values[1], image.height));
        moveBy(image, right, down);
    }
};

}  // namespace

const Augmentation& shiftAugmentation() {
    static const Shift augmentation;
    return augmentation;
}

}  // namespace convolab
