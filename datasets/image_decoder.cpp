#include "datasets/image_decoder.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "datasets/image_file.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr int kColourDifference = 12;  // between channels, of 255; JPEG shifts them a little
constexpr double kColourShare = 0.01;  // of the pixels

cv::Mat squared(const cv::Mat& image, int side) {
    const int edge = std::min(image.cols, image.rows);
    const cv::Rect middle((image.cols - edge) / 2, (image.rows - edge) / 2, edge, edge);
    cv::Mat result;
    cv::resize(image(middle), result, cv::Size(side, side), 0, 0,
               edge > side ? cv::INTER_AREA : cv::INTER_LINEAR);
    return result;
}

DecodedImage toPlanes(const cv::Mat& image) {
    const auto count = static_cast<std::size_t>(image.rows) * static_cast<std::size_t>(image.cols);
    DecodedImage result;
    result.pixels.resize(3 * count);
    std::size_t coloured = 0;
    std::size_t i = 0;
    for (int y = 0; y < image.rows; ++y) {
        for (int x = 0; x < image.cols; ++x, ++i) {
            const auto& bgr = image.at<cv::Vec3b>(y, x);
            for (std::size_t c = 0; c < 3; ++c) result.pixels[c * count + i] = bgr[2 - static_cast<int>(c)];
            const auto [low, high] = std::minmax({bgr[0], bgr[1], bgr[2]});
            if (high - low > kColourDifference) ++coloured;
        }
    }
    result.isGrey = static_cast<double>(coloured) < kColourShare * static_cast<double>(count);
    return result;
}

}  // namespace

Result<DecodedImage> decodeImageFile(const fs::path& file, int side) {
    CONVOLAB_ASSIGN(const std::vector<std::uint8_t> bytes, readImageFile(file));
    try {
        const cv::Mat image = cv::imdecode(bytes, cv::IMREAD_COLOR);
        if (image.empty()) return imageFileError("is no image that can be decoded");
        if (std::int64_t{image.cols} * image.rows > kMaximumImagePixels)
            return imageFileError("has more than 64 million pixels");
        return toPlanes(squared(image, side));
    } catch (const cv::Exception&) {
        return imageFileError("is no image that can be decoded");
    }
}

}  // namespace convolab
