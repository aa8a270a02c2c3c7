// Self-contained SVG text for files, the clipboard and the HTML report. Uses only attributes (no style sheet, clip path or
// script), so that browsers, Inkscape and QtSvg draw the same picture.
#pragma once

#include "widgets/plots/plot_description.h"
#include "widgets/theme/tokens.h"

#include <span>
#include <string>
#include <vector>

namespace convolab {

std::string escapeXml(const std::string& text);

std::string writeSvg(const PlotDescription& plot, PlotSize size, ThemeMode mode);

// Grey: 0 black, 1 white. Sequential: 0..1. Diverging: -limit..limit, symmetric about 0. Colour: three planes r, g, b in 0..1.
enum class PixelMap { Grey, Sequential, Diverging, Colour };

struct PixelTile {
    int width = 0, height = 0;
    std::vector<float> values;  // (H, W), or (3, H, W) for Colour
    std::string caption;        // under the tile; may be empty
};

struct MosaicOptions {
    PixelMap map = PixelMap::Grey;
    int columns = 8;
    double tileWidth = 48;   // logical pixels; height follows the tile's shape
    double limit = 0;        // Diverging: 0 takes the largest magnitude of all tiles
    bool perTile = false;    // Grey and Sequential: stretch each tile to its own range
    std::string title = {};
};
std::string writeMosaicSvg(std::span<const PixelTile> tiles, const MosaicOptions& options, ThemeMode mode);

// counts is row-major, rows are the true classes and columns the predicted ones; shaded by the share of the row.
struct ConfusionTable {
    std::vector<std::string> classes;
    std::vector<long long> counts;
    std::string title;
};
std::string writeConfusionSvg(const ConfusionTable& table, ThemeMode mode);

}  // namespace convolab
