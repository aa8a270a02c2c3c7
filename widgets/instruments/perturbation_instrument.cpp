#include "widgets/instruments/perturbation_instrument.h"

#include "widgets/imgui/imgui_style.h"
#include "widgets/instruments/plot_painter.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/svg_text.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>
#include <utility>

namespace convolab {
namespace {

constexpr double kPadding = 12, kHeader = 32, kSign = 26, kCaptions = 36;

std::uint8_t level(double value) { return static_cast<std::uint8_t>(std::lround(std::clamp(value, 0.0, 1.0) * 255)); }

std::size_t area(const ValueImage& image) { return static_cast<std::size_t>(image.width) * static_cast<std::size_t>(image.height); }

std::uint64_t nextVersion() {
    static std::uint64_t version = 0;  // UI thread only, like every instrument
    return ++version;
}

template <class Pixel>
PixelImage mapped(const ValueImage& image, int channels, const Pixel& pixel) {
    PixelImage result{image.width, image.height, channels, {}, nextVersion()};
    result.pixels.resize(area(image) * static_cast<std::size_t>(channels));
    for (std::size_t i = 0; i < area(image); ++i)
        pixel(i, &result.pixels[i * static_cast<std::size_t>(channels)]);
    return result;
}

ThemeColor pixelColor(const PixelImage& image, std::size_t index) {
    const std::uint8_t* pixel = &image.pixels[index * static_cast<std::size_t>(image.channels)];
    return image.channels == 1 ? ThemeColor{pixel[0], pixel[0], pixel[0], 255} : ThemeColor{pixel[0], pixel[1], pixel[2], 255};
}

std::string valueAt(const ValueImage& image, std::size_t index) {
    std::string text;
    for (int channel = 0; channel < image.channels; ++channel)
        text += (channel ? " · " : "") + fixedText(image.values[static_cast<std::size_t>(channel) * area(image) + index], 3);
    return text;
}

std::string plainNumber(float value) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%.9g", static_cast<double>(value));
    std::string result = text.data();
    std::replace(result.begin(), result.end(), ',', '.');
    return result;
}

}  // namespace

PixelImage pixelsOf(const ValueImage& image) {
    const bool colour = image.channels >= 3;
    return mapped(image, colour ? 3 : 1, [&](std::size_t i, std::uint8_t* pixel) {
        for (std::size_t channel = 0; channel < (colour ? 3u : 1u); ++channel)
            pixel[channel] = level(image.values[channel * area(image) + i]);
    });
}

PixelImage differencePixels(const ValueImage& image, double factor) {
    return mapped(image, 3, [&](std::size_t i, std::uint8_t* pixel) {
        if (image.channels >= 3) {
            for (std::size_t channel = 0; channel < 3; ++channel)
                pixel[channel] = level(0.5 + factor * image.values[channel * area(image) + i] / 2);
            return;
        }
        const ThemeColor color = divergingColor(factor * image.values[i]);
        pixel[0] = color.red;
        pixel[1] = color.green;
        pixel[2] = color.blue;
    });
}

void PerturbationInstrument::setPicture(PerturbationPicture picture) {
    m_picture = std::move(picture);
    renewPixels();
}

void PerturbationInstrument::setFactor(double factor) {
    if (factor == m_factor)
        return;
    m_factor = factor;
    if (!m_picture.perturbation.isEmpty())
        m_difference = differencePixels(m_picture.perturbation, m_factor);
}

void PerturbationInstrument::renewPixels() {
    const auto of = [](const ValueImage& image) { return image.isEmpty() ? PixelImage{} : pixelsOf(image); };
    m_clean = of(m_picture.clean);
    m_adversarial = of(m_picture.adversarial);
    m_difference = m_picture.perturbation.isEmpty() ? PixelImage{} : differencePixels(m_picture.perturbation, m_factor);
}

PerturbationInstrument::Places PerturbationInstrument::places(double width, double height) const {
    const double across = (width - 2 * kPadding - 2 * kSign) / 3, down = height - kHeader - kCaptions;
    const double shape = m_picture.clean.isEmpty() ? 1.0 : static_cast<double>(m_picture.clean.width) / std::max(1, m_picture.clean.height);
    const double tall = std::max(8.0, std::floor(std::min(down, across / shape))), wide = std::max(8.0, std::floor(tall * shape));
    const auto place = [&](int index) { return PlotRect{kPadding + index * (wide + kSign), kHeader, wide, tall}; };
    return {place(0), place(1), place(2)};
}

void PerturbationInstrument::draw(InstrumentContext& context) {
    const Tokens& t = context.tokens();
    paintText(context, FontRole::CardName, kPadding, kHeader / 2, t.text1, m_picture.title);
    const double titled = m_picture.title.empty() ? 0 : textWidth(context, FontRole::CardName, m_picture.title) + 6;
    paintText(context, FontRole::Axis, kPadding + titled, kHeader / 2, t.text3, m_picture.note);
    if (m_picture.clean.isEmpty()) {
        paintText(context, FontRole::Body, context.width() / 2, context.height() / 2, t.text3, m_picture.emptyText, TextAlign::Centre);
        return;
    }
    const Places where = places(context.width(), context.height());
    drawTile(context, "clean", m_clean, where.clean, false);
    if (!m_picture.perturbation.isEmpty()) {
        const double middle = where.clean.top + where.clean.height / 2;
        paintText(context, FontRole::LessonTitle, where.clean.right() + kSign / 2, middle, t.text2, "+", TextAlign::Centre);
        paintText(context, FontRole::LessonTitle, where.perturbation.right() + kSign / 2, middle, t.text2, "=", TextAlign::Centre);
        drawTile(context, "perturbation", m_difference, where.perturbation, false);
        drawTile(context, "adversarial", m_adversarial, where.adversarial, m_picture.fooled);
    }
    drawCaptions(context, where);
    drawHover(context, where);
}

void PerturbationInstrument::drawTile(InstrumentContext& context, const char* key, const PixelImage& pixels, const PlotRect& place,
                                      bool outlined) const {
    ImDrawList* list = ImGui::GetWindowDrawList();
    const auto corner = [](double x, double y) { return ImVec2(static_cast<float>(x), static_cast<float>(y)); };
    list->AddImage(context.texture(key, pixels), corner(place.left, place.top), corner(place.right(), place.bottom()));
    const Tokens& t = context.tokens();
    list->AddRect(corner(place.left - 1, place.top - 1), corner(place.right() + 1, place.bottom() + 1),
                  imColor(outlined ? t.series[1] : t.line2), 2, 0, outlined ? 1.5f : 1.0f);
}

void PerturbationInstrument::drawCaptions(InstrumentContext& context, const Places& places) const {
    const Tokens& t = context.tokens();
    const double first = places.clean.bottom() + 13, second = first + 15;
    const auto caption = [&](const PlotRect& place, const std::string& strong, ThemeColor color, const std::string& value, const std::string& what) {
        paintText(context, FontRole::BodyStrong, place.left, first, color, strong);
        paintText(context, FontRole::Caption, place.left + textWidth(context, FontRole::BodyStrong, strong) + 7, first, m_picture.preview ? t.text3 : t.text2, value);
        paintText(context, FontRole::Axis, place.left, second, t.text3, what);
    };
    caption(places.clean, m_picture.cleanClass, t.text1, m_picture.cleanShare, "clean");
    if (m_picture.perturbation.isEmpty()) {
        paintText(context, FontRole::Caption, places.perturbation.left, places.clean.top + 8, t.text2, m_picture.message);
        return;
    }
    caption(places.perturbation, "r, drawn × " + valueText(m_factor, 3), t.text1, "", m_picture.bound);
    const std::string more = m_picture.preview ? " …" : "";
    caption(places.adversarial, m_picture.adversarialClass, m_picture.preview ? t.text3 : m_picture.fooled ? t.series[1] : t.text1,
            m_picture.adversarialShare + more, m_picture.message.empty() ? "adversarial" : m_picture.message);
}

void PerturbationInstrument::drawHover(InstrumentContext& context, const Places& places) const {
    const ImVec2 mouse = ImGui::GetIO().MousePos;
    for (const PlotRect* place : {&places.clean, &places.perturbation, &places.adversarial}) {
        if (place != &places.clean && m_picture.perturbation.isEmpty())
            return;
        if (mouse.x < place->left || mouse.x >= place->right() || mouse.y < place->top || mouse.y >= place->bottom())
            continue;
        const ValueImage& clean = m_picture.clean;
        const int column = std::min(clean.width - 1, static_cast<int>((mouse.x - place->left) / place->width * clean.width));
        const int row = std::min(clean.height - 1, static_cast<int>((mouse.y - place->top) / place->height * clean.height));
        const std::size_t index = static_cast<std::size_t>(row) * static_cast<std::size_t>(clean.width) + static_cast<std::size_t>(column);
        const Tokens& t = context.tokens();
        std::vector<TooltipRow> rows{{t.series[0], "clean", valueAt(clean, index)}};
        if (!m_picture.perturbation.isEmpty()) {
            rows.push_back({t.text3, "r", valueAt(m_picture.perturbation, index)});
            rows.push_back({t.series[1], "adversarial", valueAt(m_picture.adversarial, index)});
        }
        paintTooltip(context, {0, 0, context.width(), context.height()}, mouse.x, mouse.y,
                     "row " + std::to_string(row) + ", column " + std::to_string(column), rows);
    }
}

std::string PerturbationInstrument::accessibleText() const {
    if (m_picture.clean.isEmpty())
        return m_picture.emptyText;
    std::string text = m_picture.title + " " + m_picture.note + ". Clean: " + m_picture.cleanClass + ", " + m_picture.cleanShare;
    if (!m_picture.perturbation.isEmpty())
        text += ". Adversarial, " + m_picture.bound + ": " + m_picture.adversarialClass + ", " + m_picture.adversarialShare;
    return m_picture.message.empty() ? text : text + ". " + m_picture.message;
}

std::string PerturbationInstrument::csv() const {
    const ValueImage& clean = m_picture.clean;
    const bool whole = !m_picture.perturbation.isEmpty();
    std::string text = whole ? "channel,row,column,clean,r,adversarial\n" : "channel,row,column,clean\n";
    std::size_t index = 0;
    for (int channel = 0; channel < clean.channels; ++channel) {
        for (int row = 0; row < clean.height; ++row) {
            for (int column = 0; column < clean.width; ++column, ++index) {
                text += std::to_string(channel) + "," + std::to_string(row) + "," + std::to_string(column) + "," + plainNumber(clean.values[index]);
                if (whole)
                    text += "," + plainNumber(m_picture.perturbation.values[index]) + "," + plainNumber(m_picture.adversarial.values[index]);
                text += "\n";
            }
        }
    }
    return text;
}

std::string PerturbationInstrument::svg(ThemeMode mode) const {
    constexpr double kWidth = 640, kHeight = 270;
    const Tokens& t = convolab::tokens(mode);
    const Places where = places(kWidth, kHeight);
    SvgText picture(kWidth, kHeight, t.bg1, m_picture.title);
    picture.text({kPadding, kHeader / 2 + 4}, m_picture.title + " " + m_picture.note, {.color = t.text1, .size = 11.5, .bold = true});
    const auto tile = [&](const PixelImage& pixels, const PlotRect& place, const std::string& strong, const std::string& what) {
        const double pixel = place.width / std::max(1, pixels.width);
        picture.openCrispGroup();
        for (int row = 0; row < pixels.height; ++row) {
            for (int column = 0; column < pixels.width; ++column) {
                const auto index = static_cast<std::size_t>(row * pixels.width + column);
                picture.rect({place.left + column * pixel, place.top + row * pixel, pixel, pixel}, pixelColor(pixels, index));
            }
        }
        picture.closeGroup();
        picture.text({place.left, place.bottom() + 16}, strong, {.color = t.text1, .size = 12, .bold = true});
        picture.text({place.left, place.bottom() + 31}, what, {.color = t.text3});
    };
    tile(m_clean, where.clean, m_picture.cleanClass + "  " + m_picture.cleanShare, "clean");
    if (!m_picture.perturbation.isEmpty()) {
        const double middle = where.clean.top + where.clean.height / 2 + 5;
        picture.text({where.clean.right() + kSign / 2, middle}, "+", {.color = t.text2, .size = 16, .anchor = SvgAnchor::Middle});
        picture.text({where.perturbation.right() + kSign / 2, middle}, "=", {.color = t.text2, .size = 16, .anchor = SvgAnchor::Middle});
        tile(m_difference, where.perturbation, "r, drawn × " + valueText(m_factor, 3), m_picture.bound);
        tile(m_adversarial, where.adversarial, m_picture.adversarialClass + "  " + m_picture.adversarialShare, "adversarial");
    }
    return picture.finish();
}

std::optional<InstrumentExport> PerturbationInstrument::exportAt(double, double) const {
    if (m_picture.clean.isEmpty())
        return std::nullopt;
    const PerturbationInstrument copy = *this;
    return InstrumentExport{"Perturbation", [copy] { return copy.accessibleText(); }, [copy] { return copy.csv(); },
                            [copy](ThemeMode mode) { return copy.svg(mode); }};
}

}  // namespace convolab
