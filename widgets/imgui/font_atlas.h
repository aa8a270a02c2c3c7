// The letters of the instruments. Glyphs are drawn by Qt from the same font files as the window, so that nobody sees a seam,
// and are placed 1:1 on device pixels: advances are whole device pixels. One atlas per scale, shared by all surfaces.
#pragma once

#include "widgets/theme/theme.h"

#include <memory>
#include <vector>

struct ImFont;
struct ImFontAtlas;

namespace convolab {

class FontAtlas {
public:
    static std::shared_ptr<FontAtlas> forScale(double devicePixelRatio);
    ~FontAtlas();
    FontAtlas(const FontAtlas&) = delete;
    FontAtlas& operator=(const FontAtlas&) = delete;

    ImFontAtlas* atlas() const { return m_atlas.get(); }
    ImFont* font(FontRole role) const;
    double scale() const { return m_scale; }

private:
    explicit FontAtlas(double scale);

    double m_scale;
    std::unique_ptr<ImFontAtlas> m_atlas;
    std::vector<ImFont*> m_fonts;  // by role; roles of equal size and weight share one
};

}  // namespace convolab
