#pragma once

#include <vector>

namespace convolab {

struct StrokePoint {
    float x = 0.0F;
    float y = 0.0F;
};

/// One way to write a digit. Points lie in a box of height 1 (y grows downwards) and width about 0.7. A
/// stroke is a smooth curve through its points; a point given twice is a corner. Styles are drawn in
/// proportion to `weight`.
struct DigitStyle {
    float weight = 1.0F;
    std::vector<std::vector<StrokePoint>> strokes;
};

/// The styles of one digit, 0 … 9. To add one, append it to the table in digit_strokes.cpp.
const std::vector<DigitStyle>& digitStyles(int digit);

/// A polyline along the smooth curve through `points` (Catmull–Rom between corners), `perSegment` pieces
/// each.
std::vector<StrokePoint> smoothStroke(const std::vector<StrokePoint>& points, int perSegment);

}  // namespace convolab
