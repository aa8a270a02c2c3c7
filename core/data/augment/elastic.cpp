#include <utility>

#include "core/data/augment/gaussian.h"
#include "core/data/augment/resample.h"

namespace convolab {

namespace {

/// Along lines of `count` values that lie `stride` apart; what is outside counts as 0.
void blurLine(const float* from, float* to, std::int64_t count, std::int64_t stride, const Gaussian& blur) {
    for (std::int64_t i = 0; i < count; ++i) {
        float sum = blur.weights[0] * from[i * stride];
        for (int d = 1; d <= blur.radius; ++d) {
            const float weight = blur.weights[static_cast<std::size_t>(d)];
            if (i >= d) sum += weight * from[(i - d) * stride];
            if (i + d < count) sum += weight * from[(i + d) * stride];
        }
        to[i * stride] = sum;
    }
}

class Elastic : public Augmentation {
  public:
    Elastic() {
        id = "elastic";
        label = "Elastic";
        help = "Bends the image along a smooth random field, as handwriting varies (Simard, Steinkraus & Platt 2003).";
        options = {{"alpha", "Strength", "what the smoothed field is multiplied by", 34.0, 0.0, 1000.0, 100.0, "px"},
                   {"sigma", "Smooth", "width of the Gaussian that smooths it", 4.0, 0.5, 20.0, 10.0, "px"}};
    }
    void apply(std::span<const double> values, RandomSequence& random, const AugmentedImage& image) const override {
        const Gaussian blur(values[1]);
        // The two planes behind the copy of the image hold the fields; its room serves as the blur's.
        float* across = image.scratch.data() + image.pixels.size();
        float* along = across + image.area();
        float* between = image.scratch.data();
        for (float* field : {across, along}) {
            for (std::int64_t i = 0; i < image.area(); ++i) field[i] = random.uniform(-1.0F, 1.0F);
            for (std::int64_t y = 0; y < image.height; ++y) {
                blurLine(field + y * image.width, between + y * image.width, image.width, 1, blur);
            }
            for (std::int64_t x = 0; x < image.width; ++x) blurLine(between + x, field + x, image.height, image.width, blur);
        }
        resample(image, [&](std::int64_t x, std::int64_t y) {
            const std::int64_t at = y * image.width + x;
            return std::pair(static_cast<double>(x) + values[0] * static_cast<double>(across[at]),
                             static_cast<double>(y) + values[0] * static_cast<double>(along[at]));
        });
    }
};

}  // namespace

const Augmentation& elasticAugmentation() {
    static const Elastic augmentation;
    return augmentation;
}

}  // namespace convolab
