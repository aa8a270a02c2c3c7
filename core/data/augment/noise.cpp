#include "core/data/augmentation.h"

namespace convolab {

namespace {

class Noise : public Augmentation {
  public:
    Noise() {
        id = "noise";
        label = "Noise";
        help = "Adds Gaussian noise to each value on its own.";
        options = {{"deviation", "Deviation", "standard deviation; 1 = from black to white", 0.05, 0.0, 1.0, 0.5}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const auto deviation = static_cast<float>(values[0]);
        for (float& pixel : image.pixels) pixel += deviation * random.normal();
    }
};

}  // namespace

const Augmentation& noiseAugmentation() {
    static const Noise augmentation;
    return augmentation;
}

}  // namespace convolab
