#include "widgets/imgui/raster.h"

#include <QImage>

#include <imgui.h>

#include <algorithm>
#include <cmath>

namespace convolab {
namespace {

struct Box {
    int left, top, right, bottom;  // right and bottom exclusive
};

struct Source {
    std::uint32_t rb, g, alpha;
};

struct Corner {
    float x, y, u, v;
    ImU32 color;
};

Source unpack(ImU32 color) { return {(color & 0xFF) << 16 | ((color >> 16) & 0xFF), color & 0xFF00, color >> 24}; }

void blend(std::uint32_t& target, Source source, std::uint32_t alpha) {
    const std::uint32_t scaled = alpha + (alpha >> 7);  // 0..256
    const std::uint32_t rb = target & 0xFF00FF, g = target & 0xFF00;
    target = 0xFF000000u | ((rb + (((source.rb - rb) * scaled) >> 8)) & 0xFF00FF) | ((g + (((source.g - g) * scaled) >> 8)) & 0xFF00);
}

// ceil(coordinate - 0.5): the first pixel whose middle lies at or after the coordinate. Without SSE 4.1, ceil is a call.
int pixelEdge(float coordinate) {
    const float shifted = coordinate - 0.5f;
    const int truncated = static_cast<int>(shifted);
    return truncated + (shifted > static_cast<float>(truncated));
}

class Raster {
public:
    Raster(QImage& target, ImVec2 origin, ImVec2 scale)
        : m_bits(reinterpret_cast<std::uint32_t*>(target.bits())), m_stride(target.bytesPerLine() / 4), m_width(target.width()),
          m_height(target.height()), m_origin(origin), m_scale(scale) {}

    void drawCommand(const ImDrawList& list, const ImDrawCmd& command) {
        const auto edge = [](float value, float origin, float scale) { return static_cast<int>((value - origin) * scale); };
        m_clip = {std::max(0, edge(command.ClipRect.x, m_origin.x, m_scale.x)), std::max(0, edge(command.ClipRect.y, m_origin.y, m_scale.y)),
                  std::min(m_width, edge(command.ClipRect.z, m_origin.x, m_scale.x)),
                  std::min(m_height, edge(command.ClipRect.w, m_origin.y, m_scale.y))};
        if (m_clip.left >= m_clip.right || m_clip.top >= m_clip.bottom)
            return;
        m_texture = static_cast<const RasterTexture*>(command.GetTexID());
        const ImDrawIdx* index = list.IdxBuffer.Data + command.IdxOffset;
        const ImDrawIdx* end = index + command.ElemCount;
        const ImDrawVert* vertices = list.VtxBuffer.Data + command.VtxOffset;
        while (index < end) {
            if (index + 6 <= end && drawQuad(vertices, index)) {
                index += 6;
                continue;
            }
            drawTriangle(corner(vertices[index[0]]), corner(vertices[index[1]]), corner(vertices[index[2]]));
            index += 3;
        }
    }

private:
    Corner corner(const ImDrawVert& vertex) const {
        return {(vertex.pos.x - m_origin.x) * m_scale.x, (vertex.pos.y - m_origin.y) * m_scale.y, vertex.uv.x, vertex.uv.y, vertex.col};
    }

    bool drawQuad(const ImDrawVert* vertices, const ImDrawIdx* index) {
        if (index[3] != index[0] || index[4] != index[2])
            return false;
        const ImDrawVert &a = vertices[index[0]], &b = vertices[index[1]], &c = vertices[index[2]], &d = vertices[index[5]];
        const bool aligned = a.pos.y == b.pos.y && b.pos.x == c.pos.x && c.pos.y == d.pos.y && d.pos.x == a.pos.x;
        if (!aligned || a.col != b.col || a.col != c.col || a.col != d.col)
            return false;
        Corner first = corner(a), last = corner(c);
        const bool flat = a.uv.x == c.uv.x && a.uv.y == c.uv.y;
        if (first.x > last.x || first.y > last.y) {
            if (!flat)
                return false;
            if (first.x > last.x)
                std::swap(first.x, last.x);
            if (first.y > last.y)
                std::swap(first.y, last.y);
        }
        if (flat)
            fillRect(first, last);
        else if (m_texture && m_texture->alpha)
            drawGlyph(first, last);
        else if (m_texture)
            drawImage(first, last);
        return true;
    }

    Box covered(const Corner& first, const Corner& last) const {
        const auto edge = [](float value) { return pixelEdge(std::clamp(value, -1e6f, 1e6f)); };
        return {std::max(m_clip.left, edge(first.x)), std::max(m_clip.top, edge(first.y)), std::min(m_clip.right, edge(last.x)),
                std::min(m_clip.bottom, edge(last.y))};
    }

    void fillRect(const Corner& first, const Corner& last) {
        const auto [left, top, right, bottom] = covered(first, last);
        const Source source = unpack(first.color);
        if (left >= right || source.alpha == 0)
            return;
        for (int y = top; y < bottom; ++y)
            fillRow(left, right, y, source);
    }

    void drawGlyph(const Corner& first, const Corner& last) {
        const auto texels = [](float uv, int size) { return uv * static_cast<float>(size); };
        const float u0 = texels(first.u, m_texture->width), v0 = texels(first.v, m_texture->height);
        const float uSize = texels(last.u, m_texture->width) - u0, vSize = texels(last.v, m_texture->height) - v0;
        const bool same = std::abs(last.x - first.x - uSize) < 0.51f && std::abs(last.y - first.y - vSize) < 0.51f;
        const int left = same ? static_cast<int>(std::lround(first.x)) : pixelEdge(first.x);
        const int top = same ? static_cast<int>(std::lround(first.y)) : pixelEdge(first.y);
        const int right = same ? left + static_cast<int>(std::lround(uSize)) : pixelEdge(last.x);
        const int bottom = same ? top + static_cast<int>(std::lround(vSize)) : pixelEdge(last.y);
        const float uStep = same ? 1 : uSize / (last.x - first.x), vStep = same ? 1 : vSize / (last.y - first.y);
        const Source source = unpack(first.color);
        for (int y = std::max(top, m_clip.top); y < std::min(bottom, m_clip.bottom); ++y) {
            const int v = std::clamp(static_cast<int>(v0 + (static_cast<float>(y - top) + 0.5f) * vStep), 0, m_texture->height - 1);
            const std::uint8_t* coverage = m_texture->alpha + v * m_texture->width;
            std::uint32_t* row = m_bits + y * m_stride;
            for (int x = std::max(left, m_clip.left); x < std::min(right, m_clip.right); ++x) {
                const int u = std::clamp(static_cast<int>(u0 + (static_cast<float>(x - left) + 0.5f) * uStep), 0, m_texture->width - 1);
                if (coverage[u])
                    blend(row[x], source, coverage[u] * source.alpha / 255);
            }
        }
    }

    void drawImage(const Corner& first, const Corner& last) {
        const auto [left, top, right, bottom] = covered(first, last);
        const float uStep = (last.u - first.u) / (last.x - first.x) * static_cast<float>(m_texture->width);
        const float vStep = (last.v - first.v) / (last.y - first.y) * static_cast<float>(m_texture->height);
        const float u0 = first.u * static_cast<float>(m_texture->width), v0 = first.v * static_cast<float>(m_texture->height);
        const std::uint32_t alpha = first.color >> 24;
        for (int y = top; y < bottom; ++y) {
            const int v = std::clamp(static_cast<int>(v0 + (static_cast<float>(y) + 0.5f - first.y) * vStep), 0, m_texture->height - 1);
            const std::uint32_t* texels = m_texture->argb.data() + static_cast<std::size_t>(v) * static_cast<std::size_t>(m_texture->width);
            std::uint32_t* row = m_bits + y * m_stride;
            for (int x = left; x < right; ++x) {
                const int u = std::clamp(static_cast<int>(u0 + (static_cast<float>(x) + 0.5f - first.x) * uStep), 0, m_texture->width - 1);
                const std::uint32_t texel = texels[u], combined = (texel >> 24) * alpha / 255;
                if (combined == 255)
                    row[x] = texel;
                else
                    blend(row[x], {texel & 0xFF00FF, texel & 0xFF00, 255}, combined);
            }
        }
    }

    // Where the edge from the upper to the lower corner crosses a row's middle; the same for both triangles that share it.
    struct Edge {
        float top, bottom, x, slope;
        Edge(const Corner& a, const Corner& b) {
            const Corner &upper = a.y <= b.y ? a : b, &lower = a.y <= b.y ? b : a;
            top = upper.y;
            bottom = lower.y;
            slope = bottom > top ? (lower.x - upper.x) / (bottom - top) : 0;
            x = upper.x - top * slope;
        }
        bool crosses(float y) const { return y >= top && y < bottom; }
        float at(float y) const { return x + y * slope; }
    };

    // A channel as a plane over the triangle: its value at the middle of pixel (0, 0) and its steps.
    struct Plane {
        float origin, dx, dy;
        Plane(const Corner& a, const Corner& b, const Corner& c, float area, int shift) {
            const auto channel = [shift](const Corner& corner) { return static_cast<float>((corner.color >> shift) & 0xFF); };
            const float ab = channel(b) - channel(a), ac = channel(c) - channel(a);
            dx = (ab * (c.y - a.y) - ac * (b.y - a.y)) / area;
            dy = (ac * (b.x - a.x) - ab * (c.x - a.x)) / area;
            origin = channel(a) + (0.5f - a.x) * dx + (0.5f - a.y) * dy;
        }
        float at(int x, int y) const { return origin + static_cast<float>(x) * dx + static_cast<float>(y) * dy; }
    };

    // Calls span(left, right, y) for each row of the triangle.
    template <typename Span>
    void forEachSpan(const Corner& a, const Corner& b, const Corner& c, int top, int bottom, const Span& span) {
        const Edge edges[3] = {{a, b}, {b, c}, {c, a}};
        for (int y = top; y < bottom; ++y) {
            const float middle = static_cast<float>(y) + 0.5f;
            float from = 1e6f, to = -1e6f;
            for (const Edge& edge : edges) {
                if (!edge.crosses(middle))
                    continue;
                const float x = edge.at(middle);
                from = std::min(from, x);
                to = std::max(to, x);
            }
            const int left = std::max(m_clip.left, pixelEdge(std::max(from, -1e6f)));
            const int right = std::min(m_clip.right, pixelEdge(to));
            if (left < right)
                span(left, right, y);
        }
    }

    void drawTriangle(const Corner& a, const Corner& b, const Corner& c) {
        const auto bounded = [](float value) { return std::clamp(value, -1e6f, 1e6f); };
        const int top = std::max(m_clip.top, pixelEdge(bounded(std::min({a.y, b.y, c.y}))));
        const int bottom = std::min(m_clip.bottom, pixelEdge(bounded(std::max({a.y, b.y, c.y}))));
        const float area = (b.x - a.x) * (c.y - a.y) - (c.x - a.x) * (b.y - a.y);
        if (top >= bottom || area == 0 || ((a.color | b.color | c.color) >> 24) == 0)
            return;
        const bool oneHue = ((a.color ^ b.color) & 0xFFFFFF) == 0 && ((a.color ^ c.color) & 0xFFFFFF) == 0;
        const Source source = unpack(a.color);
        if (a.color == b.color && a.color == c.color) {
            forEachSpan(a, b, c, top, bottom, [&](int left, int right, int y) { fillRow(left, right, y, source); });
        } else if (oneHue) {
            const Plane plane(a, b, c, area, 24);
            forEachSpan(a, b, c, top, bottom, [&](int left, int right, int y) {
                std::uint32_t* row = m_bits + y * m_stride;
                float alpha = plane.at(left, y) + 0.5f;
                for (int x = left; x < right; ++x, alpha += plane.dx)
                    blend(row[x], source, static_cast<std::uint32_t>(std::clamp(alpha, 0.0f, 255.0f)));
            });
        } else {
            const Plane planes[4] = {{a, b, c, area, 0}, {a, b, c, area, 8}, {a, b, c, area, 16}, {a, b, c, area, 24}};
            forEachSpan(a, b, c, top, bottom, [&](int left, int right, int y) { shadeRow(left, right, y, planes); });
        }
    }

    void fillRow(int left, int right, int y, Source source) {
        std::uint32_t* row = m_bits + y * m_stride;
        if (source.alpha == 255)
            std::fill(row + left, row + right, 0xFF000000u | source.rb | source.g);
        else
            std::for_each(row + left, row + right, [&](std::uint32_t& pixel) { blend(pixel, source, source.alpha); });
    }

    void shadeRow(int left, int right, int y, const Plane (&planes)[4]) {
        std::uint32_t* row = m_bits + y * m_stride;
        for (int x = left; x < right; ++x) {
            ImU32 color = 0;
            for (int channel = 0; channel < 4; ++channel)
                color |= static_cast<ImU32>(std::clamp(planes[channel].at(x, y) + 0.5f, 0.0f, 255.0f)) << (8 * channel);
            const Source source = unpack(color);
            blend(row[x], source, source.alpha);
        }
    }

    std::uint32_t* m_bits;
    std::ptrdiff_t m_stride;
    int m_width, m_height;
    ImVec2 m_origin, m_scale;
    Box m_clip{};
    const RasterTexture* m_texture = nullptr;
};

}  // namespace

RasterTexture makeRasterTexture(const PixelImage& image) {
    RasterTexture texture{image.width, image.height, nullptr, {}};
    const auto count = static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height);
    const auto channels = static_cast<std::size_t>(image.channels);
    texture.argb.assign(count, 0xFF000000u);
    if (image.pixels.size() < count * channels)
        return texture;
    for (std::size_t i = 0; i < count; ++i) {
        const std::uint8_t* pixel = image.pixels.data() + i * channels;
        const std::uint32_t red = pixel[0], green = channels >= 3 ? pixel[1] : red, blue = channels >= 3 ? pixel[2] : red;
        const std::uint32_t alpha = channels == 4 ? pixel[3] : 255;
        texture.argb[i] = alpha << 24 | red << 16 | green << 8 | blue;
    }
    return texture;
}

void rasterize(const ImDrawData& data, QImage& target) {
    Raster raster(target, data.DisplayPos, data.FramebufferScale);
    for (int i = 0; i < data.CmdListsCount; ++i) {
        const ImDrawList& list = *data.CmdLists[i];
        for (const ImDrawCmd& command : list.CmdBuffer) {
            if (!command.UserCallback)
                raster.drawCommand(list, command);
        }
    }
}

}  // namespace convolab
