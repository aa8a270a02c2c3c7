#include "datasets/image_for_network.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr float kWhite = 65535.0F;

/// The largest centred part with the aspect of the target.
cv::Rect centredCrop(int width, int height, const Shape& target) {
    const double aspect = static_cast<double>(target.width()) / static_cast<double>(target.height());
    const int w = std::clamp(static_cast<int>(std::lround(height * aspect)), 1, width);
    const int h = std::clamp(static_cast<int>(std::lround(width / aspect)), 1, height);
    return {(width - w) / 2, (height - h) / 2, w, h};
}

/// The crop as floats in [0, 1] without alpha: one channel or three.
cv::Mat onBlack(const cv::Mat& crop) {
    const bool alpha = crop.channels() == 2 || crop.channels() == 4;
    const int colours = alpha ? crop.channels() - 1 : crop.channels();
    cv::Mat result(crop.rows, crop.cols, CV_32FC(colours));
    for (int y = 0; y < crop.rows; ++y) {
        const auto* from = crop.ptr<std::uint16_t>(y);
        auto* to = result.ptr<float>(y);
        for (int x = 0; x < crop.cols; ++x, from += crop.channels()) {
            for (int c = 0; c < colours; ++c, ++to) {
                *to = static_cast<float>(from[c]) / kWhite;
                if (alpha) *to *= static_cast<float>(from[colours]) / kWhite;
            }
        }
    }
    return result;
}

cv::Mat scaledTo(const cv::Mat& image, const Shape& target) {
    const cv::Size size(static_cast<int>(target.width()), static_cast<int>(target.height()));
    if (image.size() == size) return image;
    cv::Mat result;
    cv::resize(image, result, size, 0, 0, image.cols > size.width || image.rows > size.height ? cv::INTER_AREA : cv::INTER_LINEAR);
    return result;
}

Tensor toPlanes(const cv::Mat& image, const Shape& shape) {
    Tensor result(shape);
    const std::int64_t area = shape.height() * shape.width();
    const int channels = image.channels();
    for (int y = 0; y < image.rows; ++y) {
        const auto* line = image.ptr<float>(y);
        for (int x = 0; x < image.cols; ++x) {
            for (int c = 0; c < channels; ++c) {
                result.data()[c * area + std::int64_t{y} * image.cols + x] = std::clamp(line[x * channels + c], 0.0F, 1.0F);
            }
        }
    }
    return result;
}

std::string sizeText(std::int64_t width, std::int64_t height) {
    return withThousands(width) + "\u00D7" + withThousands(height);
}

std::string kindText(const Picture& picture) {
    std::string text = picture.channels <= 2 ? "grey" : "RGB";
    if (picture.bits > 8) text = "16-bit " + text;
    if (picture.channels == 2 || picture.channels == 4) text += " with alpha";
    return text;
}

Status checkShapes(const Picture& picture, const Shape& input, const Shape& content) {
    if (picture.empty()) return Error{ErrorCode::InvalidArgument, "the picture is empty", {}, {}};
    if (!input.isImage() || (input.channels() != 1 && input.channels() != 3)) {
        return Error{ErrorCode::ShapeMismatch, "the network's input is " + input.text() + ", a picture has 1 or 3 channels",
                     {}, "set the input's channels to 1 or 3 to see pictures with it"};
    }
    CONVOLAB_CHECK(content.channels() == input.channels() && content.height() <= input.height() && content.width() <= input.width(),
                   "content " + content.text() + " does not fit " + input.text());
    return {};
}

}  // namespace

Tensor paddedTo(const Tensor& content, const Shape& input) {
    const Shape& from = content.shape();
    if (from == input) return content.clone();
    Tensor result(input);
    const std::int64_t top = (input.height() - from.height()) / 2;
    const std::int64_t left = (input.width() - from.width()) / 2;
    for (std::int64_t c = 0; c < from.channels(); ++c) {
        for (std::int64_t y = 0; y < from.height(); ++y) {
            std::copy_n(content.data() + (c * from.height() + y) * from.width(), from.width(),
                        result.data() + (c * input.height() + y + top) * input.width() + left);
        }
    }
    return result;
}

Result<NetworkImage> imageForNetwork(const Picture& picture, const Shape& input, const Shape& content) {
    const Shape& target = content.rank() == 0 ? input : content;
    CONVOLAB_RETURN_IF_ERROR(checkShapes(picture, input, target));
    std::vector<std::string> steps;
    if (picture.animated) steps.emplace_back("first frame");
    const cv::Mat whole(picture.height, picture.width, CV_16UC(picture.channels),
                        const_cast<std::uint16_t*>(picture.values.data()));
    const cv::Rect middle = centredCrop(picture.width, picture.height, target);
    if (middle.width != picture.width || middle.height != picture.height) steps.emplace_back("cropped to the centre");
    if (picture.channels == 2 || picture.channels == 4) steps.emplace_back("laid on black");
    cv::Mat image = scaledTo(onBlack(whole(middle)), target);
    if (middle.width != target.width() || middle.height != target.height()) {
        steps.push_back("scaled to " + sizeText(target.width(), target.height()));
    }
    if (image.channels() == 3 && target.channels() == 1) {
        cv::cvtColor(image, image, cv::COLOR_RGB2GRAY);
        steps.emplace_back("turned grey");
    } else if (image.channels() == 1 && target.channels() == 3) {
        cv::cvtColor(image, image, cv::COLOR_GRAY2RGB);
        steps.emplace_back("its grey given to all three colours");
    }
    if (target != input) steps.push_back("padded to " + sizeText(input.width(), input.height()));
    NetworkImage result{.pixels = paddedTo(toPlanes(image, target), input), .how = {}};
    if (!steps.empty()) {
        result.how = sizeText(picture.width, picture.height) + " " + kindText(picture) + ": " + join(steps, ", ");
    }
    return result;
}

}  // namespace convolab
