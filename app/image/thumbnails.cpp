#include "app/image/thumbnails.h"

#include <QCoreApplication>
#include <vector>

#include "widgets/pictures/pixel_picture.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

QString text(const char* source) { return QCoreApplication::translate("Thumbnails", source); }

}  // namespace

Thumbnail datasetThumbnail(const CurrentImage& image, Split split, std::int64_t index) {
    const DatasetPtr dataset = image.dataset();
    if (!dataset || index < 0 || index >= dataset->size(split)) return {};
    std::vector<float> pixels(static_cast<std::size_t>(dataset->info().imageShape.size()));
    dataset->image(split, index, pixels);
    const QString name = image.className(dataset->label(split, index));
    return {.picture = pixelPicture({pixels.data(), image.pictureShape()}), .caption = name, .wrong = false,
            .accessible = text("%1 image %2: %3").arg(QString::fromUtf8(splitName(split)), QString::fromStdString(countText(index)), name)};
}

Thumbnail wrongThumbnail(const CurrentImage& image, Split split, std::int64_t index, const Prediction& prediction) {
    Thumbnail shown = datasetThumbnail(image, split, index);
    const QString label = image.className(prediction.label);
    const QString taken = image.className(prediction.predicted);
    shown.caption = label + QStringLiteral(" \u2192 ") + taken;
    shown.wrong = prediction.label != prediction.predicted;
    shown.accessible += text(", taken for %1 (%2)").arg(taken, QString::fromStdString(percentText(prediction.probability, 1)));
    return shown;
}

}  // namespace convolab
