#pragma once

#include <optional>

#include "core/graph/analysis.h"
#include "core/inspect/microscope.h"

namespace convolab {

/// A rectangle of input pixels, both ends included; may reach beyond the image (into the padding).
struct PixelRect {
    std::int64_t top = 0, left = 0, bottom = -1, right = -1;
    std::int64_t height() const { return bottom - top + 1; }
    std::int64_t width() const { return right - left + 1; }
    PixelRect clipped(std::int64_t imageHeight, std::int64_t imageWidth) const;
    bool operator==(const PixelRect&) const = default;
};

/// The pixels that can influence one value, through branches too (the smallest rectangle around all of them). A layer
/// behind a dense or global pooling layer sees everything.
Result<PixelRect> receptiveField(const NetworkSpec& spec, const Analysis& analysis, const ValueRef& value);

/// How much of the image the values in the middle of a layer's maps see.
struct LayerField {
    PixelRect middle;  ///< of the middle value, of whichever map sees most
    /// Of the values around it too: behind a layer that enlarges or cuts up maps, neighbours differ.
    std::int64_t smallestHeight = 0, smallestWidth = 0, largestHeight = 0, largestWidth = 0;
    bool wholeImage = false;  ///< all pixels, for each of these values
    NodeId mixing;            ///< the first layer on the way from the input of which every value sees all of its maps; or 0
};
/// Asks only for one input and for known shapes up to `node`: the network may be half built. Nothing where they are
/// missing, or where no pixel reaches the layer.
std::optional<LayerField> layerField(const NetworkSpec& spec, const Analysis& analysis, NodeId node);

}  // namespace convolab
