#pragma once

#include <cstdint>
#include <filesystem>
#include <span>

#include "core/util/result.h"

namespace convolab {

/// Writes interleaved 8-bit RGB, row by row, as a PNG file.
Status writePng(const std::filesystem::path& file, int width, int height, std::span<const std::uint8_t> rgb);

}  // namespace convolab
