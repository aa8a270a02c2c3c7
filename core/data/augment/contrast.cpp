#include <numeric>

#include "core/data/augmentation.h"

namespace convolab {

namespace {

class Contrast : public Augmentation {
  public:
    Contrast() {
        id = "contrast";
        label = "Contrast";
        help = "Stretches or squeezes the values about the image's mean.";
        options = {{"amount", "At most", "0.2 = by a factor from 0.8 to 1.2", 0.2, 0.0, 1.0, 1.0}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const float factor = 1.0F + static_cast<float>(values[0]) * random.uniform(-1.0F, 1.0F);
        const double sum = std::accumulate(image.pixels.begin(), image.pixels.end(), 0.0);
        const auto mean = static_cast<float>(sum / static_cast<double>(image.pixels.size()));
        for (float& pixel : image.pixels) pixel = mean + factor * (pixel - mean);
    }
};

}  // namespace

const Augmentation& contrastAugmentation() {
    static const Contrast augmentation;
    return augmentation;
}

}  // namespace convolab
