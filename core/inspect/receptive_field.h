#pragma once

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

}  // namespace convolab
