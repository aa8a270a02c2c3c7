#include "app/lenses/train/augmented_strip.h"

#include <QPainter>
#include <algorithm>

#include "widgets/pictures/pixel_picture.h"

namespace convolab {

namespace {

constexpr int kSamples = 8, kSide = 33, kGap = 3;

}  // namespace

AugmentedStrip::AugmentedStrip(QWidget* parent) : QWidget(parent) {
    setFixedHeight(2 * kSide + kGap);
    setAccessibleName(tr("Training images, and below each as the network gets it"));
}

QSize AugmentedStrip::sizeHint() const { return {288, 2 * kSide + kGap}; }

void AugmentedStrip::show(const Dataset* dataset, const std::vector<AugmentationSpec>& specs, std::uint64_t seed, std::int64_t epoch) {
    m_originals.clear();
    m_augmented.clear();
    if (dataset != nullptr && dataset->info().picture().isImage()) {
        const Shape& shape = dataset->info().picture();
        Augmenter augmenter(specs, seed, shape);
        std::vector<float> pixels(static_cast<std::size_t>(shape.size()));
        for (std::int64_t i = 0; i < std::min<std::int64_t>(kSamples, dataset->size(Split::Train)); ++i) {
            dataset->image(Split::Train, i, pixels);
            m_originals.push_back(pixelPicture({pixels.data(), shape}));
            augmenter.apply(pixels, epoch, i);
            m_augmented.push_back(pixelPicture({pixels.data(), shape}));
        }
    }
    update();
}

void AugmentedStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const double pitch = static_cast<double>(width() + 2) / kSamples;
    const double side = std::min(pitch - 2, static_cast<double>(kSide));
    for (std::size_t i = 0; i < m_originals.size(); ++i) {
        const double left = static_cast<double>(i) * pitch;
        painter.setOpacity(0.55);  // what the network does not see
        painter.drawImage(QRectF(left, 0, side, side), m_originals[i]);
        painter.setOpacity(1.0);
        painter.drawImage(QRectF(left, height() - side, side, side), m_augmented[i]);
    }
}

}  // namespace convolab
