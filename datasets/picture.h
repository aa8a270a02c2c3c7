#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// A decoded picture of any size, before a network's input is made of it. Interleaved rows, 65535 = 1.0 (8-bit values
/// times 257). Channels: 1 grey, 2 grey and alpha, 3 RGB, 4 RGBA; alpha is not premultiplied.
struct Picture {
    int width = 0;
    int height = 0;
    int channels = 0;
    int bits = 8;           ///< per channel, of the source
    bool animated = false;  ///< this is the first frame of several
    std::vector<std::uint16_t> values;

    bool empty() const { return values.empty(); }
    std::uint16_t at(int x, int y, int channel) const {
        const auto place = static_cast<std::size_t>(y) * static_cast<std::size_t>(width) + static_cast<std::size_t>(x);
        return values[place * static_cast<std::size_t>(channels) + static_cast<std::size_t>(channel)];
    }
};

/// Reads an image file of at most 64 megapixels. An error is a sentence that begins with the file's name. Thread-safe.
Result<Picture> readPicture(const std::filesystem::path& file);

}  // namespace convolab
