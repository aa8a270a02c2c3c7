#pragma once

#include <cstdint>
#include <span>

namespace convolab {

/// What the first bytes of an image file say, before anything is decoded.
struct ImageProbe {
    bool known = false;      ///< PNG, JPEG or BMP; of other formats only `animated` is told
    bool complete = false;   ///< the end mark of the format is there
    bool animated = false;   ///< several frames: an animated PNG or WebP, or any GIF
    std::int64_t width = 0;  ///< pixels; 0 where the header was not understood
    std::int64_t height = 0;
};

/// Never reads outside `bytes`, whatever they hold.
ImageProbe probeImage(std::span<const std::uint8_t> bytes);

}  // namespace convolab
