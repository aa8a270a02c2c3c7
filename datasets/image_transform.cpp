#include "datasets/image_transform.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "core/data/targets.h"
#include "core/data/augment/resample.h"
#include "core/util/check.h"
#include "core/util/random.h"

namespace convolab {

namespace {

/// From a pixel of the result to the place in the source that it shows.
class InverseMap {
  public:
    InverseMap(const ImageTransform& transform, const Shape& shape)
        : m_centreX(static_cast<double>(shape.width() - 1) / 2.0), m_centreY(static_cast<double>(shape.height() - 1) / 2.0),
          m_shiftX(transform.shiftX), m_shiftY(transform.shiftY) {
        // Quarter turns are exact, so that four of them give the image back bit for bit.
        const double quarters = transform.rotation / 90.0;
        double sine = std::sin(transform.rotation * std::numbers::pi / 180.0);
        double cosine = std::cos(transform.rotation * std::numbers::pi / 180.0);
        if (quarters == std::floor(quarters)) {
            sine = std::round(sine);
            cosine = std::round(cosine);
        }
        m_cosine = cosine / transform.scale;
        m_sine = sine / transform.scale;
    }

    std::pair<double, double> source(std::int64_t x, std::int64_t y) const {
        const double right = static_cast<double>(x) - m_centreX - m_shiftX;
        const double down = static_cast<double>(y) - m_centreY - m_shiftY;
        return {m_centreX + right * m_cosine - down * m_sine, m_centreY + right * m_sine + down * m_cosine};
    }

  private:
    double m_centreX, m_centreY, m_shiftX, m_shiftY, m_cosine = 1.0, m_sine = 0.0;
};

void addNoise(std::span<float> pixels, const ImageTransform& transform, std::int64_t index) {
    RandomSequence random(transform.seed, RandomStreamId::Analysis, static_cast<std::uint64_t>(index) + 1);
    for (float& pixel : pixels) pixel = std::clamp(pixel + static_cast<float>(transform.noise) * random.normal(), 0.0F, 1.0F);
}

class TransformedDataset : public Dataset, public TargetedDataset {
  public:
    TransformedDataset(DatasetPtr inner, const ImageTransform& transform) : m_inner(std::move(inner)), m_transform(transform) {}

    const DatasetInfo& info() const override { return m_inner->info(); }
    const Targets* targets() const override { return targetsOf(*m_inner); }
    std::int64_t size(Split split) const override { return m_inner->size(split); }
    int label(Split split, std::int64_t index) const override { return m_inner->label(split, index); }
    void image(Split split, std::int64_t index, std::span<float> pixels) const override {
        const Shape& shape = m_inner->info().imageShape;
        std::vector<float> buffer(static_cast<std::size_t>(shape.size()));
        m_inner->image(split, index, buffer);
        transformImage({buffer.data(), shape}, m_transform, pixels, index);
    }

  private:
    DatasetPtr m_inner;
    ImageTransform m_transform;
};

}  // namespace

bool ImageTransform::isIdentity() const {
    return shiftX == 0.0 && shiftY == 0.0 && rotation == 0.0 && scale == 1.0 && noise == 0.0 && !invert;
}

void transformImage(View<const float> image, const ImageTransform& transform, std::span<float> out, std::int64_t index) {
    const Shape& shape = image.shape;
    CONVOLAB_CHECK(shape.isImage() && static_cast<std::int64_t>(out.size()) == shape.size(), "an image and room for it");
    CONVOLAB_CHECK(transform.scale > 0.0, "a scale above 0");
    if (transform.isIdentity()) {
        std::copy_n(image.data, shape.size(), out.begin());
        return;
    }
    const InverseMap map(transform, shape);
    const std::int64_t area = shape.height() * shape.width();
    std::vector<float> inverted;
    if (transform.invert) {
        inverted.resize(static_cast<std::size_t>(shape.size()));
        std::transform(image.data, image.data + shape.size(), inverted.begin(), [](float value) { return 1.0F - value; });
    }
    const float* source = transform.invert ? inverted.data() : image.data;
    for (std::int64_t y = 0; y < shape.height(); ++y) {
        for (std::int64_t x = 0; x < shape.width(); ++x) {
            const auto [fromX, fromY] = map.source(x, y);
            for (std::int64_t c = 0; c < shape.channels(); ++c) {
                const float value = bilinear(source + c * area, shape.height(), shape.width(), fromX, fromY);
                out[static_cast<std::size_t>(c * area + y * shape.width() + x)] = std::clamp(value, 0.0F, 1.0F);
            }
        }
    }
    if (transform.noise > 0.0) addNoise(out, transform, index);
}

DatasetPtr transformed(DatasetPtr dataset, const ImageTransform& transform) {
    if (transform.isIdentity()) return dataset;
    CONVOLAB_CHECK(dataset->info().imageShape.isImage(), "images to transform");
    return std::make_shared<TransformedDataset>(std::move(dataset), transform);
}

}  // namespace convolab
