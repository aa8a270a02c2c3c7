// Draws ImGui's triangles into an image on the CPU. Axis-aligned rectangles, glyphs at their own size and images take short
// cuts; everything else is filled scanline by scanline with interpolated colour, which draws ImGui's anti-aliased fringes as a
// graphics processor does (pixel centres, no overlap at shared edges). Textures are drawn on axis-aligned rectangles only.
#pragma once

#include "widgets/imgui/pixel_image.h"

#include <cstdint>
#include <vector>

class QImage;
struct ImDrawData;

namespace convolab {

// What an ImTextureID points to when the raster draws.
struct RasterTexture {
    int width = 0, height = 0;
    const std::uint8_t* alpha = nullptr;  // the font atlas: coverage, (H, W)
    std::vector<std::uint32_t> argb;      // an image: 0xAARRGGBB, not premultiplied, (H, W)
};

RasterTexture makeRasterTexture(const PixelImage& image);

// target is Format_RGB32 of the draw data's size in device pixels; what it held before stays where nothing is drawn.
void rasterize(const ImDrawData& data, QImage& target);

}  // namespace convolab
