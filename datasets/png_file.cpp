#include "datasets/png_file.h"

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "core/util/atomic_file.h"
#include "core/util/check.h"

namespace convolab {

Status writePng(const std::filesystem::path& file, int width, int height, std::span<const std::uint8_t> rgb) {
    const auto bytes = std::size_t{3} * static_cast<std::size_t>(width) * static_cast<std::size_t>(height);
    CONVOLAB_CHECK(width > 0 && height > 0 && rgb.size() == bytes, "a picture has three bytes per pixel");
    try {
        const cv::Mat picture(height, width, CV_8UC3, const_cast<std::uint8_t*>(rgb.data()));
        cv::Mat bgr;
        cv::cvtColor(picture, bgr, cv::COLOR_RGB2BGR);
        std::vector<std::uint8_t> png;
        cv::imencode(".png", bgr, png);
        return writeFileAtomically(file, {reinterpret_cast<const char*>(png.data()), png.size()});
    } catch (const cv::Exception& failure) {
        return Error{ErrorCode::OutOfMemory,
                     "the picture " + file.string() + " could not be encoded: " + failure.err,
                     {},
                     {}};
    }
}

}  // namespace convolab
