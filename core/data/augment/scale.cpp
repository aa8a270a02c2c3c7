#include <utility>

#include "core/data/augment/resample.h"
#include "core/util/text.h"

namespace convolab {

namespace {

class Scale : public Augmentation {
  public:
    Scale() {
        id = "scale";
        label = "Scale";
        help = "Enlarges or shrinks the image about its centre.";
        options = {{"from", "From", "smallest size; 1 = as it is", 0.9, 0.1, 4.0, 1.0, "×"},
                   {"to", "To", "largest size", 1.1, 0.1, 4.0, 2.0, "×"}};
    }
    Status check(std::span<const double> values) const override {
        if (values[0] <= values[1]) return {};
        return Error{ErrorCode::InvalidArgument, "scale goes from " + formatNumber(values[0]) + " to " + formatNumber(values[1]), {},
                     "give the smaller size first"};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const double size = values[0] + (values[1] - values[0]) * static_cast<double>(random.uniform());
        const double centreX = static_cast<double>(image.width - 1) / 2.0, centreY = static_cast<double>(image.height - 1) / 2.0;
        resample(image, [&](std::int64_t x, std::int64_t y) {
            return std::pair(centreX + (static_cast<double>(x) - centreX) / size, centreY + (static_cast<double>(y) - centreY) / size);
        });
    }
};

}  // namespace

const Augmentation& scaleAugmentation() {
    static const Scale augmentation;
    return augmentation;
}

}  // namespace convolab
