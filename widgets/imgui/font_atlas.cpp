#include "widgets/imgui/font_atlas.h"

#include <QImage>
#include <QRawFont>

#include <imgui.h>
#include <imgui_internal.h>

#include <algorithm>
#include <cmath>
#include <map>

namespace convolab {
namespace {

constexpr std::pair<ushort, ushort> kRanges[] = {{0x20, 0x7E},     {0xA0, 0x17F},    {0x391, 0x3C9},   {0x2010, 0x2016}, {0x2018, 0x201E},
                                                 {0x2026, 0x2026}, {0x2030, 0x2030}, {0x2070, 0x208E}, {0x2190, 0x2193}, {0x2202, 0x2207},
                                                 {0x2212, 0x2212}, {0x221A, 0x221E}, {0x2248, 0x2248}, {0x2260, 0x2265}, {0x25A0, 0x25A0},
                                                 {0x25B2, 0x25BC}, {0x25C6, 0x25CF}};
constexpr int kAtlasWidth = 1024;

struct Glyph {
    int rect = 0;  // index of the atlas's custom rectangle
    QImage alpha;
};

struct FontSource {
    QRawFont main, fallback;
    double ascent = 0, lineHeight = 0;
};

// The builder interface has no user data; atlases are built one at a time on the UI thread.
std::vector<FontSource>* g_sources = nullptr;

void addGlyphs(ImFontAtlas* atlas, ImFont* font, const FontSource& source, std::vector<Glyph>& glyphs) {
    for (const auto& [first, last] : kRanges) {
        for (ushort code = first; code <= last; ++code) {
            const QRawFont* raw = source.main.supportsCharacter(QChar(code)) ? &source.main : &source.fallback;
            if (!raw->isValid() || !raw->supportsCharacter(QChar(code)))
                continue;
            const auto indices = raw->glyphIndexesForString(QString(QChar(code)));
            if (indices.isEmpty())
                continue;
            const float advance = std::round(static_cast<float>(raw->advancesForGlyphIndexes(indices).value(0).x()));
            QImage alpha = raw->alphaMapForGlyph(indices[0], QRawFont::PixelAntialiasing);
            const QRectF box = raw->boundingRect(indices[0]);
            const ImVec2 offset(std::floor(static_cast<float>(box.left())), std::round(static_cast<float>(source.ascent)) +
                                                                              std::floor(static_cast<float>(box.top())));
            const int width = std::max(1, alpha.width()), height = std::max(1, alpha.height());
            glyphs.push_back({atlas->AddCustomRectFontGlyph(font, code, width, height, advance, offset), alpha});
        }
    }
}

void packShelves(ImFontAtlas* atlas) {
    std::vector<ImFontAtlasCustomRect*> order;
    for (ImFontAtlasCustomRect& rect : atlas->CustomRects)
        order.push_back(&rect);
    std::stable_sort(order.begin(), order.end(), [](auto* a, auto* b) { return a->Height > b->Height; });
    int x = 1, y = 1, shelf = 0;
    for (ImFontAtlasCustomRect* rect : order) {
        if (x + rect->Width + 1 > kAtlasWidth) {
            x = 1;
            y += shelf + 1;
            shelf = 0;
        }
        rect->X = static_cast<unsigned short>(x);
        rect->Y = static_cast<unsigned short>(y);
        x += rect->Width + 1;
        shelf = std::max<int>(shelf, rect->Height);
    }
    atlas->TexWidth = kAtlasWidth;
    atlas->TexHeight = ImUpperPowerOfTwo(y + shelf + 1);
    atlas->TexUvScale = ImVec2(1.0f / static_cast<float>(atlas->TexWidth), 1.0f / static_cast<float>(atlas->TexHeight));
}

void copyGlyphs(ImFontAtlas* atlas, const std::vector<Glyph>& glyphs) {
    for (const Glyph& glyph : glyphs) {
        const ImFontAtlasCustomRect* rect = atlas->GetCustomRectByIndex(glyph.rect);
        const QImage image = glyph.alpha.convertToFormat(QImage::Format_Alpha8);
        for (int row = 0; row < image.height(); ++row)
            std::copy_n(image.constScanLine(row), image.width(), atlas->TexPixelsAlpha8 + (rect->Y + row) * atlas->TexWidth + rect->X);
    }
}

bool buildAtlas(ImFontAtlas* atlas) {
    ImFontAtlasBuildInit(atlas);
    std::vector<Glyph> glyphs;
    for (int i = 0; i < atlas->ConfigData.Size; ++i) {
        ImFontConfig& config = atlas->ConfigData[i];
        const FontSource& source = (*g_sources)[static_cast<std::size_t>(i)];
        const auto ascent = static_cast<float>(source.ascent);
        ImFontAtlasBuildSetupFont(atlas, config.DstFont, &config, ascent, ascent - config.SizePixels);
        addGlyphs(atlas, config.DstFont, source, glyphs);
    }
    packShelves(atlas);
    const auto bytes = static_cast<std::size_t>(atlas->TexWidth * atlas->TexHeight);
    atlas->TexPixelsAlpha8 = static_cast<unsigned char*>(IM_ALLOC(bytes));
    std::fill_n(atlas->TexPixelsAlpha8, bytes, static_cast<unsigned char>(0));
    copyGlyphs(atlas, glyphs);
    ImFontAtlasBuildFinish(atlas);
    return true;
}

FontSource makeSource(FontRole role, double scale) {
    const FontFiles& files = fontFiles();
    const QFont::Weight weight = fontWeight(role);
    const QString& file = weight >= QFont::Bold ? files.bold : weight >= QFont::Medium ? files.medium : files.regular;
    const double pixels = fontPixels(role) * scale;
    FontSource source{QRawFont(file, pixels, QFont::PreferVerticalHinting), QRawFont(files.fallback, pixels, QFont::PreferVerticalHinting)};
    if (!source.main.isValid())
        source.main = QRawFont::fromFont(themeFont(role));
    source.ascent = std::round(source.main.ascent());
    source.lineHeight = source.ascent + std::round(source.main.descent());
    return source;
}

}  // namespace

FontAtlas::FontAtlas(double scale) : m_scale(scale), m_atlas(std::make_unique<ImFontAtlas>()) {
    static const ImFontBuilderIO kBuilder{buildAtlas};
    static char noData = 0;
    std::vector<FontSource> sources;
    std::map<std::pair<double, int>, ImFont*> known;
    for (int role = 0; role < kFontRoles; ++role) {
        // The two largest sizes are the window's; leaving them out keeps the texture small.
        const auto wanted = std::min(static_cast<FontRole>(role), FontRole::KeyNumber);
        ImFont*& font = known[{fontPixels(wanted), fontWeight(wanted)}];
        if (!font) {
            sources.push_back(makeSource(wanted, scale));
            ImFontConfig config;
            config.FontData = &noData;
            config.FontDataSize = 1;
            config.FontDataOwnedByAtlas = false;
            config.SizePixels = static_cast<float>(sources.back().lineHeight);
            font = m_atlas->AddFont(&config);
        }
        m_fonts.push_back(font);
    }
    m_atlas->Flags |= ImFontAtlasFlags_NoMouseCursors | ImFontAtlasFlags_NoBakedLines;
    m_atlas->FontBuilderIO = &kBuilder;
    g_sources = &sources;
    m_atlas->Build();
    g_sources = nullptr;
}

FontAtlas::~FontAtlas() = default;

ImFont* FontAtlas::font(FontRole role) const { return m_fonts[static_cast<std::size_t>(role)]; }

std::shared_ptr<FontAtlas> FontAtlas::forScale(double devicePixelRatio) {
    static std::map<int, std::weak_ptr<FontAtlas>> atlases;
    std::weak_ptr<FontAtlas>& slot = atlases[static_cast<int>(std::lround(devicePixelRatio * 100))];
    std::shared_ptr<FontAtlas> atlas = slot.lock();
    if (!atlas) {
        atlas.reset(new FontAtlas(devicePixelRatio));
        slot = atlas;
    }
    return atlas;
}

}  // namespace convolab
