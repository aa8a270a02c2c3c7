#include "widgets/theme/tokens.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <span>

namespace convolab {
namespace {

constexpr Tokens kDark{
    .mode = ThemeMode::Dark,
    .bg0 = hexColor(0x0E1013), .bg1 = hexColor(0x15181D), .bg2 = hexColor(0x111317),
    .bg3 = hexColor(0x1C2026), .bg4 = hexColor(0x262B33), .field = hexColor(0x0F1216),
    .pop = hexColor(0x22272F),
    .line = hexColor(0x272C34), .line2 = hexColor(0x383F4A), .cardLine = hexColor(0x333A45),
    .grid = hexColor(0x23282F), .dot = hexColor(0x1E2228), .edge = hexColor(0x566070),
    .text1 = hexColor(0xE8EBF0), .text2 = hexColor(0xA9B1BD), .text3 = hexColor(0x8A94A3),
    .accent = hexColor(0x3FD0B6), .onAccent = hexColor(0x06201B),
    .error = hexColor(0xFF6B6B), .warning = hexColor(0xF2B84B), .ok = hexColor(0x5CC98A),
    .series = {hexColor(0x63B7F2), hexColor(0xF2A541), hexColor(0xD98CBF),
               hexColor(0x4FC79A), hexColor(0xE6DA5A), hexColor(0x98A2B3)},
    .groups = {hexColor(0x93A1B5), hexColor(0x5B9BF0), hexColor(0x2FB7C4), hexColor(0xA78BFA), hexColor(0x63BE6B),
               hexColor(0xD3A640), hexColor(0xB79A86), hexColor(0xE07FB0), hexColor(0xE08A4B), hexColor(0xE8776D)}};

constexpr Tokens kLight{
    .mode = ThemeMode::Light,
    .bg0 = hexColor(0xE9EBEE), .bg1 = hexColor(0xF7F8F9), .bg2 = hexColor(0xEEF0F2),
    .bg3 = hexColor(0xFFFFFF), .bg4 = hexColor(0xE4E8EC), .field = hexColor(0xFFFFFF),
    .pop = hexColor(0xFFFFFF),
    .line = hexColor(0xD9DDE2), .line2 = hexColor(0xBEC5CE), .cardLine = hexColor(0xC9CFD7),
    .grid = hexColor(0xE3E6EA), .dot = hexColor(0xDDE1E6), .edge = hexColor(0x98A2AF),
    .text1 = hexColor(0x171B21), .text2 = hexColor(0x4A5361), .text3 = hexColor(0x5C6675),
    .accent = hexColor(0x0A7263), .onAccent = hexColor(0xFFFFFF),
    .error = hexColor(0xC42828), .warning = hexColor(0x8F5B00), .ok = hexColor(0x1C7441),
    .series = {hexColor(0x1F6FB5), hexColor(0xA85500), hexColor(0xA3437F),
               hexColor(0x0F7D57), hexColor(0x7A6F00), hexColor(0x5C6675)},
    .groups = {hexColor(0x5F6E83), hexColor(0x2C6FD1), hexColor(0x0C8390), hexColor(0x6D4FD6), hexColor(0x2F8A3B),
               hexColor(0x8D6900), hexColor(0x876650), hexColor(0xB84482), hexColor(0xB4601F), hexColor(0xC24A3F)}};

constexpr std::array<ThemeColor, 8> kSequential{hexColor(0x0D0F14), hexColor(0x1C203A), hexColor(0x283C66), hexColor(0x2A6284),
                                                hexColor(0x2D8B91), hexColor(0x55B28C), hexColor(0x9ED27D), hexColor(0xF4EC82)};
constexpr std::array<ThemeColor, 7> kDiverging{hexColor(0x1E48AA), hexColor(0x5B8FF0), hexColor(0xA8C4F4), hexColor(0xECEEF0),
                                               hexColor(0xF8C496), hexColor(0xF08A3C), hexColor(0xA84E0A)};

ThemeColor sampleMap(std::span<const ThemeColor> stops, double position) {
    const double scaled = std::clamp(position, 0.0, 1.0) * static_cast<double>(stops.size() - 1);
    const auto lower = std::min(static_cast<std::size_t>(scaled), stops.size() - 2);
    return mixColors(stops[lower], stops[lower + 1], scaled - static_cast<double>(lower));
}

double relativeLuminance(ThemeColor color) {
    const auto linear = [](std::uint8_t channel) {
        const double value = channel / 255.0;
        return value <= 0.04045 ? value / 12.92 : std::pow((value + 0.055) / 1.055, 2.4);
    };
    return 0.2126 * linear(color.red) + 0.7152 * linear(color.green) + 0.0722 * linear(color.blue);
}

}  // namespace

ThemeColor withAlpha(ThemeColor color, double alpha) {
    color.alpha = static_cast<std::uint8_t>(std::lround(std::clamp(alpha, 0.0, 1.0) * 255));
    return color;
}

ThemeColor mixColors(ThemeColor from, ThemeColor to, double share) {
    const auto mix = [share](std::uint8_t a, std::uint8_t b) {
        return static_cast<std::uint8_t>(std::lround(a + (b - a) * std::clamp(share, 0.0, 1.0)));
    };
    return {mix(from.red, to.red), mix(from.green, to.green), mix(from.blue, to.blue), mix(from.alpha, to.alpha)};
}

std::string hexText(ThemeColor color) {
    char text[8];
    std::snprintf(text, sizeof text, "#%02x%02x%02x", color.red, color.green, color.blue);
    return text;
}

double contrastRatio(ThemeColor a, ThemeColor b) {
    const double first = relativeLuminance(a), second = relativeLuminance(b);
    return (std::max(first, second) + 0.05) / (std::min(first, second) + 0.05);
}

ThemeColor Tokens::seriesColor(int index) const {
    if (index < 0)
        return text1;
    const int wrapped = index % kSeriesColors;
    return series[static_cast<std::size_t>(wrapped)];
}

const Tokens& tokens(ThemeMode mode) { return mode == ThemeMode::Dark ? kDark : kLight; }

ThemeColor sequentialColor(double value) { return sampleMap(kSequential, std::isnan(value) ? 0.0 : value); }

ThemeColor divergingColor(double value) { return sampleMap(kDiverging, std::isnan(value) ? 0.5 : (value + 1) / 2); }

}  // namespace convolab
