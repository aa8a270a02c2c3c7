#include "datasets/contact_sheet.h"

#include <algorithm>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
#include <string_view>

#include "core/util/atomic_file.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kTile = 64;  // wanted side of a tile in pixels
constexpr int kGap = 4;
constexpr int kLabelHeight = 22;
constexpr int kMaximumColumns = 200;
const cv::Scalar kPaper(30, 26, 24);
const cv::Scalar kInk(225, 220, 215);

/// One image as 8-bit BGR, enlarged by a whole number so that pixels stay visible.
cv::Mat tileOf(const Dataset& dataset, Split split, std::int64_t index, int zoom) {
    const Shape& shape = dataset.info().imageShape;
    std::vector<float> pixels(static_cast<std::size_t>(shape.size()));
    dataset.image(split, index, pixels);
    const auto height = static_cast<int>(shape.height());
    const auto width = static_cast<int>(shape.width());
    const std::int64_t plane = shape.height() * shape.width();
    cv::Mat image(height, width, CV_8UC3);
    for (int y = 0; y < height; ++y) {
        for (int x = 0; x < width; ++x) {
            for (int c = 0; c < 3; ++c) {
                const std::int64_t channel = shape.channels() == 1 ? 0 : 2 - c;
                const float value = pixels[static_cast<std::size_t>(channel * plane + y * width + x)];
                image.at<cv::Vec3b>(y, x)[c] = static_cast<std::uint8_t>(std::clamp(value, 0.0F, 1.0F) * 255.0F + 0.5F);
            }
        }
    }
    cv::Mat enlarged;
    cv::resize(image, enlarged, cv::Size(width * zoom, height * zoom), 0, 0, cv::INTER_NEAREST);
    return enlarged;
}

/// OpenCV's own letters know ASCII only.
std::string plainText(const std::string& text) {
    std::string plain;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (byte >= 32 && byte < 127)
            plain += c;
        else if ((byte & 0xC0U) != 0x80U)
            plain += '?';
    }
    return plain;
}

std::vector<std::vector<std::int64_t>> indicesByClass(const Dataset& dataset, Split split) {
    std::vector<std::vector<std::int64_t>> members(static_cast<std::size_t>(dataset.classes()));
    for (std::int64_t i = 0; i < dataset.size(split); ++i) {
        members[static_cast<std::size_t>(dataset.label(split, i))].push_back(i);
    }
    return members;
}

cv::Mat drawSheet(const Dataset& dataset, Split split, int columns, int rows) {
    const Shape& shape = dataset.info().imageShape;
    const auto members = indicesByClass(dataset, split);
    const int zoom = std::max(1, kTile / static_cast<int>(std::max(shape.height(), shape.width())));
    const int tileWidth = static_cast<int>(shape.width()) * zoom;
    const int tileHeight = static_cast<int>(shape.height()) * zoom;
    const int rowHeight = tileHeight + kLabelHeight + kGap;
    cv::Mat sheet(rows * rowHeight + kGap, columns * (tileWidth + kGap) + kGap, CV_8UC3, kPaper);
    for (int row = 0; row < rows; ++row) {
        const auto& indices = members[static_cast<std::size_t>(row)];
        const int top = kGap + row * rowHeight;
        const int shown = std::min(columns, static_cast<int>(indices.size()));
        for (int column = 0; column < shown; ++column) {
            const cv::Mat tile = tileOf(dataset, split, indices[static_cast<std::size_t>(column)], zoom);
            tile.copyTo(sheet(cv::Rect(kGap + column * (tileWidth + kGap), top, tileWidth, tileHeight)));
        }
        const std::string text = plainText(dataset.info().classNames[static_cast<std::size_t>(row)]) + "   " +
                                 withThousands(static_cast<std::int64_t>(indices.size())) + " images";
        cv::putText(sheet, text, cv::Point(kGap, top + tileHeight + kLabelHeight - 8),
                    cv::FONT_HERSHEY_SIMPLEX, 0.42, kInk, 1, cv::LINE_AA);
    }
    return sheet;
}

}  // namespace

Status writeContactSheet(const Dataset& dataset, Split split, const std::filesystem::path& file, int columns,
                         int rows) {
    const DatasetInfo& info = dataset.info();
    if (!info.imageShape.isImage() || (info.imageShape.channels() != 1 && info.imageShape.channels() != 3)) {
        return Error{ErrorCode::Unsupported,
                     info.title + " holds " + info.imageShape.text() + " values, no pictures",
                     {},
                     "choose a data set with 1 or 3 channels"};
    }
    if (columns < 1 || columns > kMaximumColumns) {
        return Error{ErrorCode::InvalidArgument,
                     std::to_string(columns) + " columns are not possible",
                     {},
                     "choose 1 to 200"};
    }
    if (dataset.size(split) == 0) {
        return Error{ErrorCode::InvalidArgument,
                     "the " + std::string(splitName(split)) + " split of " + info.title + " is empty",
                     {},
                     "choose another split"};
    }
    const int shownClasses = rows <= 0 ? dataset.classes() : std::min(rows, dataset.classes());
    try {
        std::vector<std::uint8_t> png;
        cv::imencode(".png", drawSheet(dataset, split, columns, shownClasses), png);
        return writeFileAtomically(file, {reinterpret_cast<const char*>(png.data()), png.size()});
    } catch (const cv::Exception& failure) {
        return Error{ErrorCode::OutOfMemory,
                     "the contact sheet could not be drawn: " + failure.err,
                     {},
                     "show fewer columns or classes"};
    }
}

}  // namespace convolab
