#include "datasets/shapes.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/util/check.h"

namespace convolab {

namespace {

constexpr int kPixels = kShapesSide * kShapesSide;
constexpr float kMinimumRadius = 6.5F;  // pixels
constexpr float kMaximumRadius = 13.0F;
constexpr float kMinimumContrast =
    0.35F;  // Euclidean distance of ink and background colours, per colour 0 … 1
constexpr float kMaximumNoise = 0.045F;
constexpr float kEdge = 0.8F;  // half the width of the soft edge, pixels

struct Point {
    float x = 0.0F;
    float y = 0.0F;
};

float length(Point p) { return std::sqrt(p.x * p.x + p.y * p.y); }

using Polygon = std::vector<Point>;

// The figures in a circle of radius 1, y downwards.
const Polygon kSquare{{-0.8F, -0.8F}, {0.8F, -0.8F}, {0.8F, 0.8F}, {-0.8F, 0.8F}};
const Polygon kTriangle{{0.0F, -1.0F}, {0.8660254F, 0.5F}, {-0.8660254F, 0.5F}};
const Polygon kHexagon{{1.0F, 0.0F},  {0.5F, 0.8660254F},   {-0.5F, 0.8660254F},
                       {-1.0F, 0.0F}, {-0.5F, -0.8660254F}, {0.5F, -0.8660254F}};
const Polygon kStar{{0.0F, -1.0F},      {0.247F, -0.340F}, {0.951F, -0.309F}, {0.399F, 0.130F},
                    {0.588F, 0.809F},   {0.0F, 0.420F},    {-0.588F, 0.809F}, {-0.399F, 0.130F},
                    {-0.951F, -0.309F}, {-0.247F, -0.340F}};
const Polygon kCross{{-0.32F, -0.95F}, {0.32F, -0.95F}, {0.32F, -0.32F},  {0.95F, -0.32F},
                     {0.95F, 0.32F},   {0.32F, 0.32F},  {0.32F, 0.95F},   {-0.32F, 0.95F},
                     {-0.32F, 0.32F},  {-0.95F, 0.32F}, {-0.95F, -0.32F}, {-0.32F, -0.32F}};
const Polygon kArrow{{1.0F, 0.0F},     {0.25F, 0.75F},  {0.25F, 0.28F}, {-0.95F, 0.28F},
                     {-0.95F, -0.28F}, {0.25F, -0.28F}, {0.25F, -0.75F}};
const Polygon kHeart{{0.0F, -0.45F},   {0.14F, -0.68F},  {0.36F, -0.80F},  {0.60F, -0.78F},  {0.82F, -0.60F},
                     {0.92F, -0.34F},  {0.86F, -0.04F},  {0.66F, 0.30F},   {0.34F, 0.64F},   {0.0F, 0.95F},
                     {-0.34F, 0.64F},  {-0.66F, 0.30F},  {-0.86F, -0.04F}, {-0.92F, -0.34F}, {-0.82F, -0.60F},
                     {-0.60F, -0.78F}, {-0.36F, -0.80F}, {-0.14F, -0.68F}};

/// Distance to the outline, negative inside. The sign is the parity of crossings of a ray to the right.
float polygonDistance(const Polygon& polygon, Point p) {
    float nearest = 1e9F;
    bool inside = false;
    for (std::size_t i = 0, j = polygon.size() - 1; i < polygon.size(); j = i++) {
        const Point a = polygon[j];
        const Point edge{polygon[i].x - a.x, polygon[i].y - a.y};
        const Point w{p.x - a.x, p.y - a.y};
        const float t =
            std::clamp((w.x * edge.x + w.y * edge.y) / (edge.x * edge.x + edge.y * edge.y), 0.0F, 1.0F);
        const Point d{w.x - t * edge.x, w.y - t * edge.y};
        nearest = std::min(nearest, d.x * d.x + d.y * d.y);
        if ((a.y > p.y) != (polygon[i].y > p.y) && w.x < edge.x * (w.y / edge.y)) inside = !inside;
    }
    return inside ? -std::sqrt(nearest) : std::sqrt(nearest);
}

struct Figure {
    const char* name;
    float (*distance)(Point p);
};

const std::array<Figure, 10> kFigures{{
    {"circle", [](Point p) { return length(p) - 0.92F; }},
    {"square", [](Point p) { return polygonDistance(kSquare, p); }},
    {"triangle", [](Point p) { return polygonDistance(kTriangle, p); }},
    {"star", [](Point p) { return polygonDistance(kStar, p); }},
    {"cross", [](Point p) { return polygonDistance(kCross, p); }},
    {"ring", [](Point p) { return std::fabs(length(p) - 0.72F) - 0.22F; }},
    {"hexagon", [](Point p) { return polygonDistance(kHexagon, p); }},
    {"arrow", [](Point p) { return polygonDistance(kArrow, p); }},
    {"heart", [](Point p) { return polygonDistance(kHeart, p); }},
    {"crescent",
     [](Point p) {
         return std::max(length(p) - 0.95F, 0.80F - length({p.x - 0.48F, p.y}));
     }},
}};

/// A direction of any angle, by rejection instead of sine and cosine, which may differ between machines.
Point randomDirection(RandomSequence& random) {
    while (true) {
        const Point p{random.uniform(-1.0F, 1.0F), random.uniform(-1.0F, 1.0F)};
        const float size = length(p);
        if (size > 0.1F && size <= 1.0F) return {p.x / size, p.y / size};
    }
}

using Colour = std::array<float, 3>;

Colour randomColour(RandomSequence& random) {
    const float red = random.uniform();
    const float green = random.uniform();
    return {red, green, random.uniform()};
}

float contrast(const Colour& a, const Colour& b) {
    float sum = 0.0F;
    for (std::size_t c = 0; c < 3; ++c) sum += (a[c] - b[c]) * (a[c] - b[c]);
    return std::sqrt(sum);
}

struct Scene {
    Colour from, to, ink;
    Point gradient;  // of the background, unit length
    Point axis;      // x axis of the figure, unit length
    Point centre;    // pixels
    float radius;    // pixels
    float noise;
};

Scene randomScene(RandomSequence& random) {
    Scene scene{};
    do {
        scene.from = randomColour(random);
        scene.to = randomColour(random);
        scene.ink = randomColour(random);
    } while (contrast(scene.ink, scene.from) < kMinimumContrast ||
             contrast(scene.ink, scene.to) < kMinimumContrast);
    scene.gradient = randomDirection(random);
    scene.axis = randomDirection(random);
    scene.radius = random.uniform(kMinimumRadius, kMaximumRadius);
    // The figure stays within the picture, or nearly so.
    const float room = std::max(0.5F * kShapesSide - scene.radius, 0.0F) * 0.8F + 1.0F;
    const float middle = 0.5F * (kShapesSide - 1);
    scene.centre.x = middle + random.uniform(-room, room);
    scene.centre.y = middle + random.uniform(-room, room);
    scene.noise = kMaximumNoise * random.uniform();
    return scene;
}

std::uint8_t quantised(float value, float noise, RandomSequence& random) {
    // A sum of four bytes is close to normal; 147.8 is its standard deviation.
    const std::uint32_t bits = random.next();
    const std::uint32_t sum = (bits & 255U) + (bits >> 8 & 255U) + (bits >> 16 & 255U) + (bits >> 24);
    const float noisy = value + noise * (static_cast<float>(sum) - 510.0F) / 147.8F;
    return static_cast<std::uint8_t>(std::clamp(noisy * 255.0F + 0.5F, 0.0F, 255.0F));
}

}  // namespace

void paintShape(int figure, RandomSequence& random, std::span<std::uint8_t> pixels) {
    CONVOLAB_CHECK(pixels.size() == 3 * kPixels, "room for one image of shapes");
    const Figure& kind = kFigures.at(static_cast<std::size_t>(figure));
    const Scene scene = randomScene(random);
    const float middle = 0.5F * (kShapesSide - 1);
    for (int i = 0; i < kPixels; ++i) {
        const Point pixel{static_cast<float>(i % kShapesSide), static_cast<float>(i / kShapesSide)};
        const float along = (pixel.x - middle) * scene.gradient.x + (pixel.y - middle) * scene.gradient.y;
        const float blend = std::clamp(0.5F + along / (1.4F * kShapesSide), 0.0F, 1.0F);
        const Point offset{(pixel.x - scene.centre.x) / scene.radius,
                           (pixel.y - scene.centre.y) / scene.radius};
        float cover = 0.0F;
        const float reach = 1.0F + kEdge / scene.radius;
        if (offset.x * offset.x + offset.y * offset.y < reach * reach) {
            const Point turned{offset.x * scene.axis.x + offset.y * scene.axis.y,
                               offset.y * scene.axis.x - offset.x * scene.axis.y};
            cover = std::clamp(0.5F - kind.distance(turned) * scene.radius / (2.0F * kEdge), 0.0F, 1.0F);
        }
        for (std::size_t c = 0; c < 3; ++c) {
            const float ground = scene.from[c] + blend * (scene.to[c] - scene.from[c]);
            pixels[c * kPixels + static_cast<std::size_t>(i)] =
                quantised(ground + cover * (scene.ink[c] - ground), scene.noise, random);
        }
    }
}

DatasetPtr makeShapes(std::uint64_t seed, const GeneratedSizes& sizes) {
    DatasetInfo info;
    info.id = "shapes";
    info.title = "Shapes";
    info.imageShape = Shape{3, kShapesSide, kShapesSide};
    for (const Figure& figure : kFigures) info.classNames.emplace_back(figure.name);
    info.source = "drawn by the program, seed " + std::to_string(seed);
    return generateDataset(std::move(info), sizes, seed, paintShape);
}

}  // namespace convolab
