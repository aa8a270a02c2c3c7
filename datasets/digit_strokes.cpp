#include "datasets/digit_strokes.h"

#include <algorithm>
#include <array>

namespace convolab {

namespace {

// clang-format off
const std::array<std::vector<DigitStyle>, 10> kStyles{{
    // 0: closed, slanted with an overlap, open at the top
    {{1.0F, {{{0.40F,0.01F},{0.33F,0.00F},{0.12F,0.12F},{0.00F,0.50F},{0.12F,0.88F},{0.35F,1.00F},{0.58F,0.87F},{0.68F,0.50F},{0.58F,0.13F},{0.36F,0.01F}}}},
     {0.8F, {{{0.50F,0.06F},{0.30F,0.00F},{0.08F,0.20F},{0.02F,0.60F},{0.15F,0.95F},{0.40F,0.97F},{0.60F,0.70F},{0.62F,0.30F},{0.50F,0.06F},{0.38F,0.08F}}}},
     {0.4F, {{{0.38F,0.04F},{0.14F,0.14F},{0.02F,0.52F},{0.14F,0.92F},{0.40F,0.99F},{0.62F,0.78F},{0.66F,0.38F},{0.54F,0.07F}}}}},
    // 1: bare, with a flag, with flag and foot
    {{1.0F, {{{0.36F,0.00F},{0.33F,0.50F},{0.30F,1.00F}}}},
     {0.8F, {{{0.14F,0.24F},{0.36F,0.00F},{0.36F,0.00F},{0.35F,0.50F},{0.35F,1.00F}}}},
     {0.3F, {{{0.12F,0.22F},{0.35F,0.00F},{0.35F,0.00F},{0.35F,0.98F}}, {{0.10F,1.00F},{0.36F,0.99F},{0.62F,1.00F}}}}},
    // 2: plain, with a loop at the foot, angular
    {{1.0F, {{{0.05F,0.25F},{0.15F,0.06F},{0.38F,0.00F},{0.60F,0.14F},{0.58F,0.38F},{0.35F,0.68F},{0.02F,1.00F},{0.02F,1.00F},{0.35F,0.97F},{0.68F,0.98F}}}},
     {0.8F, {{{0.06F,0.22F},{0.20F,0.04F},{0.45F,0.02F},{0.60F,0.20F},{0.50F,0.48F},{0.25F,0.82F},{0.08F,0.95F},{0.02F,0.85F},{0.14F,0.78F},{0.32F,0.90F},{0.50F,1.00F},{0.70F,0.93F}}}},
     {0.4F, {{{0.05F,0.12F},{0.30F,0.02F},{0.56F,0.08F},{0.50F,0.36F},{0.02F,0.98F},{0.02F,0.98F},{0.64F,0.96F}}}}},
    // 3: round, with a flat top, with a small loop in the middle
    {{1.0F, {{{0.06F,0.12F},{0.25F,0.00F},{0.52F,0.06F},{0.56F,0.28F},{0.42F,0.44F},{0.24F,0.48F},{0.24F,0.48F},{0.46F,0.50F},{0.64F,0.64F},{0.60F,0.86F},{0.35F,1.00F},{0.04F,0.90F}}}},
     {0.5F, {{{0.06F,0.04F},{0.60F,0.02F},{0.60F,0.02F},{0.28F,0.40F},{0.28F,0.40F},{0.50F,0.45F},{0.66F,0.65F},{0.56F,0.92F},{0.28F,1.00F},{0.02F,0.90F}}}},
     {0.6F, {{{0.06F,0.15F},{0.30F,0.00F},{0.54F,0.12F},{0.48F,0.36F},{0.30F,0.49F},{0.20F,0.46F},{0.30F,0.42F},{0.55F,0.55F},{0.63F,0.76F},{0.44F,0.98F},{0.05F,0.92F}}}}},
    // 4: open, closed, written with a curve
    {{1.0F, {{{0.14F,0.02F},{0.07F,0.30F},{0.02F,0.56F},{0.02F,0.56F},{0.30F,0.58F},{0.68F,0.54F}}, {{0.52F,0.10F},{0.48F,0.50F},{0.44F,1.00F}}}},
     {0.7F, {{{0.48F,0.00F},{0.02F,0.64F},{0.02F,0.64F},{0.68F,0.62F}}, {{0.48F,0.00F},{0.48F,0.50F},{0.47F,1.00F}}}},
     {0.7F, {{{0.10F,0.05F},{0.05F,0.34F},{0.18F,0.52F},{0.42F,0.48F},{0.56F,0.34F}}, {{0.58F,0.02F},{0.55F,0.50F},{0.50F,1.00F}}}}},
    // 5: in one go, with a bar added at the end, rounded like an S
    {{1.0F, {{{0.58F,0.00F},{0.14F,0.02F},{0.14F,0.02F},{0.10F,0.42F},{0.10F,0.42F},{0.34F,0.36F},{0.60F,0.50F},{0.62F,0.78F},{0.38F,0.99F},{0.04F,0.92F}}}},
     {0.8F, {{{0.17F,0.04F},{0.12F,0.40F},{0.12F,0.40F},{0.38F,0.38F},{0.60F,0.58F},{0.54F,0.90F},{0.25F,1.00F},{0.02F,0.88F}}, {{0.17F,0.04F},{0.42F,0.03F},{0.68F,0.00F}}}},
     {0.4F, {{{0.62F,0.03F},{0.32F,0.02F},{0.13F,0.18F},{0.20F,0.40F},{0.48F,0.54F},{0.58F,0.78F},{0.35F,1.00F},{0.03F,0.93F}}}}},
    // 6: curved, straight, with a curled top
    {{1.0F, {{{0.50F,0.00F},{0.24F,0.20F},{0.06F,0.55F},{0.08F,0.85F},{0.30F,1.00F},{0.55F,0.90F},{0.60F,0.68F},{0.42F,0.52F},{0.18F,0.60F},{0.07F,0.75F}}}},
     {0.7F, {{{0.36F,0.00F},{0.14F,0.40F},{0.04F,0.72F},{0.16F,0.96F},{0.40F,1.00F},{0.56F,0.82F},{0.46F,0.62F},{0.26F,0.62F},{0.08F,0.80F}}}},
     {0.5F, {{{0.60F,0.10F},{0.45F,0.00F},{0.20F,0.16F},{0.04F,0.50F},{0.08F,0.85F},{0.32F,1.00F},{0.58F,0.86F},{0.58F,0.62F},{0.36F,0.50F},{0.12F,0.62F}}}}},
    // 7: plain, with a bar, with a serif, curved
    {{1.0F, {{{0.02F,0.04F},{0.30F,0.03F},{0.64F,0.02F},{0.64F,0.02F},{0.40F,0.45F},{0.24F,1.00F}}}},
     {0.6F, {{{0.02F,0.04F},{0.30F,0.03F},{0.64F,0.02F},{0.64F,0.02F},{0.40F,0.45F},{0.24F,1.00F}}, {{0.14F,0.51F},{0.36F,0.50F},{0.58F,0.48F}}}},
     {0.4F, {{{0.04F,0.20F},{0.06F,0.04F},{0.06F,0.04F},{0.62F,0.04F},{0.62F,0.04F},{0.46F,0.30F},{0.36F,0.65F},{0.34F,1.00F}}}},
     {0.4F, {{{0.02F,0.12F},{0.26F,0.02F},{0.58F,0.05F},{0.54F,0.34F},{0.34F,0.66F},{0.22F,1.00F}}}}},
    // 8: in one go, two rings, open at the top
    {{1.0F, {{{0.50F,0.12F},{0.30F,0.00F},{0.10F,0.14F},{0.16F,0.36F},{0.36F,0.50F},{0.58F,0.66F},{0.58F,0.90F},{0.32F,1.00F},{0.06F,0.88F},{0.10F,0.66F},{0.34F,0.50F},{0.54F,0.32F},{0.50F,0.12F}}}},
     {0.5F, {{{0.34F,0.00F},{0.13F,0.10F},{0.13F,0.36F},{0.34F,0.47F},{0.55F,0.36F},{0.55F,0.10F},{0.34F,0.00F}}, {{0.34F,0.47F},{0.07F,0.60F},{0.07F,0.88F},{0.34F,1.00F},{0.61F,0.88F},{0.61F,0.60F},{0.34F,0.47F}}}},
     {0.5F, {{{0.62F,0.06F},{0.36F,0.02F},{0.14F,0.16F},{0.26F,0.42F},{0.50F,0.60F},{0.54F,0.84F},{0.30F,1.00F},{0.06F,0.84F},{0.20F,0.58F},{0.46F,0.36F},{0.64F,0.10F}}}}},
    // 9: straight stem, curved tail, slanted
    {{1.0F, {{{0.56F,0.14F},{0.34F,0.00F},{0.08F,0.14F},{0.06F,0.38F},{0.28F,0.50F},{0.50F,0.38F},{0.58F,0.12F},{0.58F,0.12F},{0.56F,0.50F},{0.50F,1.00F}}}},
     {0.7F, {{{0.58F,0.16F},{0.34F,0.00F},{0.08F,0.14F},{0.08F,0.38F},{0.30F,0.48F},{0.52F,0.36F},{0.59F,0.14F},{0.59F,0.14F},{0.60F,0.50F},{0.50F,0.86F},{0.28F,1.00F},{0.06F,0.92F}}}},
     {0.6F, {{{0.50F,0.08F},{0.25F,0.02F},{0.06F,0.24F},{0.20F,0.46F},{0.45F,0.34F},{0.54F,0.08F},{0.54F,0.08F},{0.46F,0.50F},{0.30F,1.00F}}}}},
}};
// clang-format on

bool samePoint(const StrokePoint& a, const StrokePoint& b) { return a.x == b.x && a.y == b.y; }

/// Uniform Catmull–Rom between p1 and p2 at t in [0, 1].
float catmullRom(float p0, float p1, float p2, float p3, float t) {
    return 0.5F * (2.0F * p1 + t * ((p2 - p0) + t * ((2.0F * p0 - 5.0F * p1 + 4.0F * p2 - p3) +
                                                     t * (3.0F * (p1 - p2) + p3 - p0))));
}

}  // namespace

const std::vector<DigitStyle>& digitStyles(int digit) { return kStyles.at(static_cast<std::size_t>(digit)); }

std::vector<StrokePoint> smoothStroke(const std::vector<StrokePoint>& points, int perSegment) {
    std::vector<StrokePoint> line;
    line.reserve(points.size() * static_cast<std::size_t>(perSegment) + 1);
    std::size_t first = 0;
    while (first < points.size()) {
        // One smooth run: up to the next point that is given twice, or the end.
        std::size_t last = first;
        while (last + 1 < points.size() && !samePoint(points[last], points[last + 1])) ++last;
        for (std::size_t i = first; i < last; ++i) {
            const StrokePoint& p1 = points[i];
            const StrokePoint& p2 = points[i + 1];
            const StrokePoint& p0 = i > first ? points[i - 1] : p1;
            const StrokePoint& p3 = i + 1 < last ? points[i + 2] : p2;
            for (int k = 0; k < perSegment; ++k) {
                const float t = static_cast<float>(k) / static_cast<float>(perSegment);
                line.push_back(
                    {catmullRom(p0.x, p1.x, p2.x, p3.x, t), catmullRom(p0.y, p1.y, p2.y, p3.y, t)});
            }
        }
        if (last + 1 >= points.size()) line.push_back(points[last]);
        first = last + 1;
    }
    return line;
}

}  // namespace convolab
