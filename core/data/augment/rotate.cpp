#include <numbers>
#include <utility>

#include "core/data/augment/resample.h"

namespace convolab {

namespace {

class Rotate : public Augmentation {
  public:
    Rotate() {
        id = "rotate";
        label = "Rotate";
        help = "Turns the image about its centre, either way.";
        options = {{"degrees", "At most", "largest angle", 10.0, 0.0, 180.0, 45.0, "°"}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const double angle = values[0] * std::numbers::pi / 180.0 * static_cast<double>(random.uniform(-1.0F, 1.0F));
        const double sine = std::sin(angle), cosine = std::cos(angle);
        const double centreX = static_cast<double>(image.width - 1) / 2.0, centreY = static_cast<double>(image.height - 1) / 2.0;
        resample(image, [&](std::int64_t x, std::int64_t y) {
            const double right = static_cast<double>(x) - centreX, down = static_cast<double>(y) - centreY;
            return std::pair(centreX + right * cosine - down * sine, centreY + right * sine + down * cosine);
        });
    }
};

}  // namespace

const Augmentation& rotateAugmentation() {
    static const Rotate augmentation;
    return augmentation;
}

}  // namespace convolab
