#include "datasets/image_decoder.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include "core/util/text.h"
#include "datasets/image_probe.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kMaximumPixels = 64'000'000;
constexpr std::uintmax_t kMaximumFileBytes = std::uintmax_t{256} << 20;
constexpr int kColourDifference = 12;  // between channels, of 255; JPEG shifts them a little
constexpr double kColourShare = 0.01;  // of the pixels

Error reason(const std::string& text, ErrorCode code = ErrorCode::CorruptFile) {
    return Error{code, text, {}, {}};
}

Result<std::vector<std::uint8_t>> readFile(const fs::path& file) {
    std::error_code failure;
    if (!fs::is_regular_file(file, failure)) return reason("is no regular file", ErrorCode::IoFailure);
    const std::uintmax_t size = fs::file_size(file, failure);
    if (failure) return reason("cannot be read: " + failure.message(), ErrorCode::IoFailure);
    if (size == 0) return reason("is empty");
    if (size > kMaximumFileBytes) return reason("is larger than 256 MiB");
    errno = 0;
    std::ifstream stream(file, std::ios::binary);
    std::vector<std::uint8_t> bytes(size);
    if (!stream || !stream.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(size))) {
        return reason("cannot be read: " + std::string(std::strerror(errno)), ErrorCode::IoFailure);
    }
    return bytes;
}

Status checkProbe(const std::vector<std::uint8_t>& bytes) {
    const ImageProbe probe = probeImage(bytes);
    if (!probe.known) return {};
    if (probe.width > 0 && probe.height > kMaximumPixels / probe.width) {
        return reason("is " + withThousands(probe.width) + "\u00D7" + withThousands(probe.height) +
                      " pixels, more than 64 million");
    }
    if (!probe.complete) return reason("is truncated");
    return {};
}

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
    CONVOLAB_ASSIGN(const std::vector<std::uint8_t> bytes, readFile(file));
    CONVOLAB_RETURN_IF_ERROR(checkProbe(bytes));
    try {
        const cv::Mat image = cv::imdecode(bytes, cv::IMREAD_COLOR);
        if (image.empty()) return reason("is no image that can be decoded");
        if (std::int64_t{image.cols} * image.rows > kMaximumPixels)
            return reason("has more than 64 million pixels");
        return toPlanes(squared(image, side));
    } catch (const cv::Exception&) {
        return reason("is no image that can be decoded");
    }
}

}  // namespace convolab
