// The design tokens: every colour and size that the window, the instruments, the exported SVG and the
// HTML report share. Qt-free and immutable; safe from any thread.
#pragma once

#include <array>
#include <cstdint>
#include <string>

namespace convolab {

struct ThemeColor {
    std::uint8_t red = 0, green = 0, blue = 0, alpha = 255;
    bool operator==(const ThemeColor&) const = default;
};

constexpr ThemeColor hexColor(std::uint32_t rgb) {
    return {static_cast<std::uint8_t>(rgb >> 16), static_cast<std::uint8_t>(rgb >> 8), static_cast<std::uint8_t>(rgb), 255};
}
ThemeColor withAlpha(ThemeColor color, double alpha);               // alpha in [0, 1]
ThemeColor mixColors(ThemeColor from, ThemeColor to, double share); // linear in sRGB; share in [0, 1]
std::string hexText(ThemeColor color);                              // "#63b7f2", without alpha
double contrastRatio(ThemeColor a, ThemeColor b);                   // WCAG 2.1, 1..21

enum class ThemeMode { Dark, Light };

// Colour groups of layers; they appear only on the canvas, the palette, layer lists and layer marks in plots.
enum class GroupColor { Input, Convolution, Pooling, Dense, Activation, Normalise, Shape, Merge, Recurrent, Output };
inline constexpr int kGroupColors = 10;
inline constexpr int kSeriesColors = 6;

struct Tokens {
    ThemeMode mode = ThemeMode::Dark;
    ThemeColor bg0, bg1, bg2;           // window / panels, bars, strip / canvas
    ThemeColor bg3, bg4, field;         // cards, buttons / hover, selected row / text fields
    ThemeColor pop;                     // tooltip, popover, banner
    ThemeColor line, line2, cardLine;   // separators / borders of controls / border of cards
    ThemeColor grid, dot, edge;         // plot grid / canvas dots / graph edges
    ThemeColor text1, text2, text3;     // values / labels / units and axes
    ThemeColor accent, onAccent;        // live, selected or focused, and the one main button / text on it
    ThemeColor error, warning, ok;
    std::array<ThemeColor, kSeriesColors> series;  // train, validation, third, fourth, fifth, old runs
    std::array<ThemeColor, kGroupColors> groups;

    ThemeColor group(GroupColor which) const { return groups[static_cast<std::size_t>(which)]; }
    ThemeColor seriesColor(int index) const;  // wraps around; below 0: text1
};

const Tokens& tokens(ThemeMode mode);

// Maps are the same in both themes. Values outside the range are clamped; NaN gives the low end or the middle.
ThemeColor sequentialColor(double value);  // [0, 1]: activations, heat
ThemeColor divergingColor(double value);   // [-1, 1]: weights, differences

// Logical pixels; Present multiplies them.
namespace metrics {
inline constexpr int kGrid = 4;
inline constexpr int kTopBar = 44, kStatusBar = 24;
inline constexpr int kLeftPanel = 208, kLearnPanel = 304, kRightPanel = 312;
inline constexpr int kStripBuild = 168, kStrip = 310, kStripSmallWindow = 200;
inline constexpr int kPanelHeader = 32, kPanelPadding = 12;
inline constexpr int kFormRow = 26, kField = 24, kLabelWide = 96, kLabelNarrow = 62;
inline constexpr int kListRow = 28, kDockedRow = 22, kTableRow = 22;
inline constexpr int kButton = 26, kSmallButton = 22, kIconButton = 28, kIcon = 16;
inline constexpr int kFieldRadius = 4, kButtonRadius = 5, kPopRadius = 6, kCardRadius = 7, kBlockRadius = 10;
inline constexpr int kCanvasDots = 20, kPort = 9, kPortHit = 24;
inline constexpr double kEdgeWidth = 1.75;
inline constexpr int kHoverMs = 120, kMakeRoomMs = 180, kZoomMs = 240;
}  // namespace metrics

}  // namespace convolab
