#include "datasets/drawing.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "datasets/image_for_network.h"

namespace convolab {

namespace {

constexpr std::int64_t kField = 28;
constexpr int kBox = 20;
constexpr double kCentre = 14.0;  // counted from 0: the mean over MNIST, whose images lie within half a pixel of it

/// The ink as floats in [0, 1], cut out of the pad; empty for an empty pad.
cv::Mat inkOf(const Picture& pad) {
    const cv::Mat whole(pad.height, pad.width, CV_16U, const_cast<std::uint16_t*>(pad.values.data()));
    const cv::Rect box = cv::boundingRect(whole > 0);
    cv::Mat ink;
    if (!box.empty()) whole(box).convertTo(ink, CV_32F, 1.0 / 65535.0);
    return ink;
}

cv::Mat fittedIntoBox(const cv::Mat& ink) {
    const double scale = static_cast<double>(kBox) / std::max({ink.cols, ink.rows, kBox});
    const auto scaled = [scale](int extent) { return std::max(1, static_cast<int>(std::lround(extent * scale))); };
    cv::Mat result;
    cv::resize(ink, result, cv::Size(scaled(ink.cols), scaled(ink.rows)), 0, 0, cv::INTER_AREA);
    return result;
}

/// In pixels from the first one's middle. By hand: cv::moments takes a picture of two columns for a list of points.
std::pair<double, double> centreOfMass(const cv::Mat& digit) {
    double sum = 0.0, x = 0.0, y = 0.0;
    for (int row = 0; row < digit.rows; ++row) {
        for (int column = 0; column < digit.cols; ++column) {
            const double ink = digit.at<float>(row, column);
            sum += ink;
            x += ink * column;
            y += ink * row;
        }
    }
    return {x / sum, y / sum};
}

/// Where the box begins on the field so that its centre of mass comes to the field's centre, as near as whole pixels allow.
std::int64_t placed(double mass, int extent) {
    const auto start = static_cast<std::int64_t>(std::lround(kCentre - mass));
    return std::clamp<std::int64_t>(start, 0, kField - extent);
}

Tensor centredDigit(const cv::Mat& ink) {
    Tensor field(Shape{1, kField, kField});
    if (ink.empty()) return field;
    const cv::Mat digit = fittedIntoBox(ink);
    const auto [massX, massY] = centreOfMass(digit);
    const std::int64_t left = placed(massX, digit.cols);
    const std::int64_t top = placed(massY, digit.rows);
    for (int y = 0; y < digit.rows; ++y) {
        for (int x = 0; x < digit.cols; ++x) {
            field.data()[(top + y) * kField + left + x] = std::clamp(digit.at<float>(y, x), 0.0F, 1.0F);
        }
    }
    return field;
}

Tensor withChannels(const Tensor& grey, std::int64_t channels) {
    Tensor result(Shape{channels, grey.shape().height(), grey.shape().width()});
    for (std::int64_t c = 0; c < channels; ++c) std::copy_n(grey.data(), grey.size(), result.data() + c * grey.size());
    return result;
}

}  // namespace

bool isDigitSet(const std::string& datasetId) { return datasetId == "mnist" || datasetId == "digits"; }

Result<Tensor> drawingForNetwork(const Picture& pad, bool digits, const Shape& input, const Shape& content) {
    if (digits && input.isImage() && input.height() >= kField && input.width() >= kField) {
        return paddedTo(withChannels(centredDigit(inkOf(pad)), input.channels()), input);
    }
    CONVOLAB_ASSIGN(auto fitted, imageForNetwork(pad, input, content));
    return std::move(fitted.pixels);
}

}  // namespace convolab
