// A small image for mosaics: grey (1 channel), RGB (3) or RGBA (4), 8 bits, rows from the top. Drawn nearest-neighbour.
#pragma once

#include <cstdint>
#include <vector>

namespace convolab {

struct PixelImage {
    int width = 0, height = 0, channels = 1;
    std::vector<std::uint8_t> pixels;  // (H, W, channels)
    std::uint64_t version = 0;         // the upload is skipped while key, size and a version other than 0 stay the same
};

}  // namespace convolab
