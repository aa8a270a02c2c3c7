#include "core/cpu/portable/columns.h"

#include "core/cpu/portable/parallel.h"

namespace convolab {

void Columns::gather(const float* maps, float* columns) const {
    parallelFor(rows, std::max<std::int64_t>(1, kElementGrain / pixels), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t row = begin; row < end; ++row) gatherRow(maps, row, columns + row * pixels);
    });
}

/// What one tap of the kernel sees, for all output pixels.
void Columns::gatherRow(const float* maps, std::int64_t row, float* target) const {
    const Conv2dGeometry& g = m_geometry;
    const std::int64_t v = row % g.kernelW;
    const std::int64_t u = row / g.kernelW % g.kernelH;
    const float* map = maps + row / (g.kernelW * g.kernelH) * g.inHeight * g.inWidth;
    for (std::int64_t oy = 0; oy < g.outHeight; ++oy) {
        const std::int64_t iy = oy * g.strideH + u * g.dilationH - g.top;
        for (std::int64_t ox = 0; ox < g.outWidth; ++ox) {
            const std::int64_t ix = ox * g.strideW + v * g.dilationW - g.left;
            const bool inside = iy >= 0 && iy < g.inHeight && ix >= 0 && ix < g.inWidth;
            *target++ = inside ? map[iy * g.inWidth + ix] : 0.0F;
        }
    }
}

void Columns::scatter(const float* columns, float* maps) const {
    const std::int64_t taps = m_geometry.kernelH * m_geometry.kernelW;
    const std::int64_t plane = m_geometry.inHeight * m_geometry.inWidth;
    const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / (taps * pixels));
    parallelFor(m_geometry.inChannels / m_geometry.groups, grain, [&](std::int64_t begin, std::int64_t end) {
        std::fill(maps + begin * plane, maps + end * plane, 0.0F);
        for (std::int64_t row = begin * taps; row < end * taps; ++row) scatterRow(columns + row * pixels, row, maps);
    });
}

void Columns::scatterRow(const float* source, std::int64_t row, float* maps) const {
    const Conv2dGeometry& g = m_geometry;
    const std::int64_t v = row % g.kernelW;
    const std::int64_t u = row / g.kernelW % g.kernelH;
    float* map = maps + row / (g.kernelW * g.kernelH) * g.inHeight * g.inWidth;
    for (std::int64_t oy = 0; oy < g.outHeight; ++oy) {
        const std::int64_t iy = oy * g.strideH + u * g.dilationH - g.top;
        for (std::int64_t ox = 0; ox < g.outWidth; ++ox, ++source) {
            const std::int64_t ix = ox * g.strideW + v * g.dilationW - g.left;
            if (iy >= 0 && iy < g.inHeight && ix >= 0 && ix < g.inWidth) map[iy * g.inWidth + ix] += *source;
        }
    }
}

}  // namespace convolab
