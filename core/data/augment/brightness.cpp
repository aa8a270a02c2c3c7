#include "core/data/augmentation.h"

namespace convolab {

namespace {

class Brightness : public Augmentation {
  public:
    Brightness() {
        id = "brightness";
        label = "Brightness";
        help = "Adds the same random amount to every pixel.";
        options = {{"amount", "At most", "added or taken away; 1 = from black to white", 0.2, 0.0, 1.0, 0.5}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const float amount = static_cast<float>(values[0]) * random.uniform(-1.0F, 1.0F);
        for (float& pixel : image.pixels) pixel += amount;
    }
};

}  // namespace

const Augmentation& brightnessAugmentation() {
    static const Brightness augmentation;
    return augmentation;
}

}  // namespace convolab
