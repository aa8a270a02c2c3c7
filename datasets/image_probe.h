#pragma once

#include <cstdint>
#include <span>

namespace convolab {

/// What the first bytes of an image file say, before anything is decoded.
struct ImageProbe {
    bool known = false;      ///< PNG, JPEG or BMP; other formats are left to the decoder
    bool complete = false;   ///< the end mark of the format is there
    std::int64_t width = 0;  ///< pixels; 0 where the header was not understood
    std::int64_t height = 0;
};

/// Never reads outside `bytes`, whatever they hold.
ImageProbe probeImage(std::span<const std::uint8_t> bytes);

}  // namespace convolab
