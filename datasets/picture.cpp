#include "datasets/picture.h"

#include <array>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "datasets/image_file.h"
#include "datasets/image_probe.h"
#include "datasets/pictures.h"

namespace convolab {

namespace {

constexpr double kWhite = 65535.0;

/// Every depth as 16 bits with 65535 = 1.0; empty for depths that no picture has.
cv::Mat toSixteenBits(const cv::Mat& image) {
    cv::Mat result;
    switch (image.depth()) {
        case CV_8U:
            image.convertTo(result, CV_16U, 257.0);
            break;
        case CV_16U:
            return image;
        case CV_32F:
        case CV_64F:
            image.convertTo(result, CV_16U, kWhite);
            break;
        default:
            break;
    }
    return result;
}

bool isJpeg(const std::vector<std::uint8_t>& bytes) { return bytes.size() > 2 && bytes[0] == 0xFF && bytes[1] == 0xD8; }

Result<Picture> decode(const std::vector<std::uint8_t>& bytes) {
    const ImageProbe probe = probeImage(bytes);
    // A camera's JPEG says which way is up, and OpenCV listens only if it is not asked for the file as it is.
    const int mode = isJpeg(bytes) ? cv::IMREAD_ANYCOLOR | cv::IMREAD_ANYDEPTH : cv::IMREAD_UNCHANGED;
    const cv::Mat decoded = cv::imdecode(bytes, mode);
    if (decoded.empty()) {
        if (probe.animated) return imageFileError("is animated: save one of its frames as PNG and open that");
        return imageFileError("is no image that can be decoded (PNG, JPEG, BMP, TIFF and WebP can)");
    }
    if (std::int64_t{decoded.cols} * decoded.rows > kMaximumImagePixels) {
        return imageFileError("has more than 64 million pixels");
    }
    cv::Mat image = toSixteenBits(decoded);
    if (image.empty() || image.channels() > 4) return imageFileError("has pixels of a kind that no picture has");
    if (image.channels() == 3) cv::cvtColor(image, image, cv::COLOR_BGR2RGB);
    if (image.channels() == 4) cv::cvtColor(image, image, cv::COLOR_BGRA2RGBA);
    Picture picture{.width = image.cols, .height = image.rows, .channels = image.channels(),
                    .bits = decoded.depth() == CV_8U ? 8 : 16, .animated = probe.animated, .values = {}};
    picture.values.reserve(image.total() * static_cast<std::size_t>(image.channels()));
    for (int row = 0; row < image.rows; ++row) {
        const auto* line = image.ptr<std::uint16_t>(row);
        picture.values.insert(picture.values.end(), line, line + image.cols * image.channels());
    }
    return picture;
}

}  // namespace

std::optional<Error> picturesMissing() { return {}; }

Result<Picture> readPicture(const std::filesystem::path& file) {
    const auto named = [&](Error error) {
        error.message = file.filename().string() + " " + error.message;
        return error;
    };
    const auto bytes = readImageFile(file);
    if (!bytes.ok()) return named(bytes.error());
    try {
        auto picture = decode(*bytes);
        return picture.ok() ? std::move(picture) : named(picture.error());
    } catch (const cv::Exception&) {
        return named(imageFileError("is no image that can be decoded"));
    }
}

}  // namespace convolab
