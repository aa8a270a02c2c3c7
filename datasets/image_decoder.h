#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// A square image as a data set keeps it.
struct DecodedImage {
    std::vector<std::uint8_t> pixels;  ///< 3 × side × side: red, green, blue planes
    bool isGrey = false;               ///< hardly a pixel has a colour
};

/// Reads one image file: the largest centred square, area-averaged down (or interpolated up) to side × side.
/// The error's message is the bare reason ("is no image that can be decoded"). Images over 64 megapixels are
/// refused, PNG, JPEG and BMP before they are decoded. Thread-safe.
Result<DecodedImage> decodeImageFile(const std::filesystem::path& file, int side);

}  // namespace convolab
