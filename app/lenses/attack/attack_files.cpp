#include "app/lenses/attack/attack_files.h"

#include <QBuffer>
#include <QDir>
#include <QImage>

#include "app/lenses/attack/attack_presenters.h"
#include "core/tensor/npy.h"
#include "core/util/atomic_file.h"

namespace convolab {

namespace {

QImage imageOf(const PixelImage& pixels) {
    const QImage::Format format = pixels.channels == 1 ? QImage::Format_Grayscale8 : QImage::Format_RGB888;
    return QImage(pixels.pixels.data(), pixels.width, pixels.height, pixels.width * pixels.channels, format).copy();
}

Status writePng(const std::filesystem::path& file, const QImage& image) {
    QByteArray bytes;
    QBuffer buffer(&bytes);
    buffer.open(QIODevice::WriteOnly);
    if (!image.save(&buffer, "PNG")) return Error{ErrorCode::Internal, "cannot write \"" + file.string() + "\" as PNG", {}, {}};
    return writeFileAtomically(file, {bytes.constData(), static_cast<std::size_t>(bytes.size())});
}

QString nameOf(const QString& stem, const char* part, const char* ending) {
    return stem + QLatin1Char('-') + QLatin1String(part) + QLatin1Char('.') + QLatin1String(ending);
}

}  // namespace

Result<QStringList> saveAttackNumbers(const AttackPicture& picture, const QString& folder, const QString& stem) {
    const std::vector<float> r = picture.perturbation();
    const Shape& shape = picture.adversarial.shape();
    QStringList names;
    const std::pair<const char*, const float*> parts[] = {
        {"clean", picture.clean->image.data()}, {"r", r.data()}, {"adversarial", picture.adversarial.data()}};
    for (const auto& [part, values] : parts) {
        names << nameOf(stem, part, "npy");
        CONVOLAB_RETURN_IF_ERROR(writeNpy(QDir(folder).filePath(names.back()).toStdString(), {values, shape}));
    }
    return names;
}

Result<QStringList> saveAttackPictures(const AttackPicture& picture, const Shape& pictureShape, double factor, const QString& folder,
                                       const QString& stem) {
    ImageWords words;
    words.picture = pictureShape;
    const PerturbationPicture values = perturbationPicture(&picture, words);
    QStringList names;
    const std::pair<const char*, PixelImage> parts[] = {
        {"clean", pixelsOf(values.clean)}, {"r", differencePixels(values.perturbation, factor)}, {"adversarial", pixelsOf(values.adversarial)}};
    for (const auto& [part, pixels] : parts) {
        names << nameOf(stem, part, "png");
        CONVOLAB_RETURN_IF_ERROR(writePng(QDir(folder).filePath(names.back()).toStdString(), imageOf(pixels)));
    }
    return names;
}

}  // namespace convolab
