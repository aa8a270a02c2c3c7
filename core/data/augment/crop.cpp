#include <algorithm>

#include "core/data/augment/resample.h"

namespace convolab {

namespace {

/// A cut of the image's own size out of the padded image is a shift by at most the padding.
class Crop : public Augmentation {
  public:
    Crop() {
        id = "crop";
        label = "Random crop";
        help = "Pads with zeros and cuts the image's size out at a random place (He et al. 2016, CIFAR).";
        options = {{"padding", "Padding", "on each side", 4.0, 0.0, 64.0, 16.0, "px", true}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const auto padding = static_cast<std::int64_t>(values[0]);
        const std::int64_t right = wholeBetween(random, padding);
        const std::int64_t down = wholeBetween(random, padding);
        moveBy(image, right, down);
    }
};

}  // namespace

const Augmentation& cropAugmentation() {
    static const Crop augmentation;
    return augmentation;
}

}  // namespace convolab
