#include "datasets/digits.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "core/util/check.h"
#include "datasets/digit_strokes.h"

namespace convolab {

namespace {

// How far the writing may stray. Together they decide how hard the set is: with them the small network of the
// first preset comes to 97–99 % in five epochs.
constexpr float kShake = 0.035F;           // of the box's height, per control point
constexpr float kBend = 0.060F;            // of the box's height, per node of the smooth field
constexpr float kMaximumRotation = 0.30F;  // radians
constexpr float kMaximumShear = 0.28F;
constexpr float kMaximumShift = 2.2F;    // pixels
constexpr float kMinimumHeight = 15.5F;  // pixels
constexpr float kMaximumHeight = 22.0F;
constexpr float kMinimumPen = 0.65F;  // radius in pixels
constexpr float kMaximumPen = 1.65F;
constexpr float kPressure = 0.22F;      // relative change of the radius along a stroke
constexpr float kMaximumNoise = 0.08F;  // standard deviation, 1 = full ink
constexpr float kStrayChance = 0.15F;   // of a short mark that belongs to no digit
constexpr float kEndLoss = 0.10F;       // share of a stroke that the pen may miss at its end

constexpr int kPiecesPerSegment = 4;
constexpr int kGrid = 4;
constexpr float kCentre = (kDigitSide - 1) * 0.5F;

using Canvas = std::array<float, kDigitSide * kDigitSide>;

/// Close to a normal value of variance 1, by arithmetic that rounds alike everywhere (sum of four uniforms).
float roughNormal(RandomSequence& random) {
    const float sum = random.uniform() + random.uniform() + random.uniform() + random.uniform();
    return (sum - 2.0F) * 1.7320508F;
}

/// A smooth field over the unit box: random values on a 4×4 grid, blended with smoothstep weights.
class BendField {
  public:
    explicit BendField(RandomSequence& random) {
        const float strength = kBend * random.uniform();
        for (StrokePoint& node : m_nodes) {
            node.x = strength * roughNormal(random);
            node.y = strength * roughNormal(random);
        }
    }

    StrokePoint bend(StrokePoint p) const {
        const auto [column, u] = cell(p.x);
        const auto [row, v] = cell(p.y);
        const StrokePoint& a = m_nodes[row * kGrid + column];
        const StrokePoint& b = m_nodes[row * kGrid + column + 1];
        const StrokePoint& c = m_nodes[(row + 1) * kGrid + column];
        const StrokePoint& d = m_nodes[(row + 1) * kGrid + column + 1];
        const auto mix = [u = u, v = v](float p00, float p01, float p10, float p11) {
            const float top = p00 + u * (p01 - p00);
            const float bottom = p10 + u * (p11 - p10);
            return top + v * (bottom - top);
        };
        return {p.x + mix(a.x, b.x, c.x, d.x), p.y + mix(a.y, b.y, c.y, d.y)};
    }

  private:
    static std::pair<std::size_t, float> cell(float coordinate) {
        const float scaled = std::clamp(coordinate, 0.0F, 1.0F) * (kGrid - 1);
        const auto index = std::min(static_cast<std::size_t>(scaled), static_cast<std::size_t>(kGrid - 2));
        const float t = scaled - static_cast<float>(index);
        return {index, t * t * (3.0F - 2.0F * t)};
    }

    std::array<StrokePoint, kGrid * kGrid> m_nodes{};
};

/// Box coordinates → pixels: scale, shear, rotate, shift around the middle of the glyph.
class Placement {
  public:
    explicit Placement(RandomSequence& random) {
        const float angle = kMaximumRotation * 0.5F * std::clamp(roughNormal(random), -2.0F, 2.0F);
        // Two terms more than enough for |angle| ≤ kMaximumRotation; std::sin may differ between machines.
        const float square = angle * angle;
        const float sine = angle * (1.0F - square / 6.0F * (1.0F - square / 20.0F));
        const float cosine = 1.0F - square / 2.0F * (1.0F - square / 12.0F);
        const float shear = kMaximumShear * 0.5F * std::clamp(roughNormal(random) + 0.3F, -2.0F, 2.0F);
        const float height = random.uniform(kMinimumHeight, kMaximumHeight);
        const float width = height * random.uniform(0.72F, 1.18F);
        // x is sheared against y, then both are rotated.
        m_xx = cosine * width;
        m_xy = (-shear * cosine - sine) * height;
        m_yx = sine * width;
        m_yy = (-shear * sine + cosine) * height;
        m_shiftX = kCentre + random.uniform(-kMaximumShift, kMaximumShift);
        m_shiftY = kCentre + random.uniform(-kMaximumShift, kMaximumShift);
    }

    StrokePoint place(StrokePoint p, StrokePoint middle) const {
        const float x = p.x - middle.x;
        const float y = p.y - middle.y;
        return {m_xx * x + m_xy * y + m_shiftX, m_yx * x + m_yy * y + m_shiftY};
    }

  private:
    float m_xx, m_xy, m_yx, m_yy, m_shiftX, m_shiftY;
};

struct Pen {
    float startRadius;
    float middleRadius;
    float endRadius;
    float softness;  // width of the edge in pixels

    float radius(float t) const {
        return t < 0.5F ? startRadius + 2.0F * t * (middleRadius - startRadius)
                        : middleRadius + (2.0F * t - 1.0F) * (endRadius - middleRadius);
    }
};

Pen randomPen(RandomSequence& random, float base, float softness) {
    const auto pressed = [&] { return base * (1.0F + kPressure * random.uniform(-1.0F, 1.0F)); };
    const float start = pressed();
    const float middle = pressed();
    return {start, middle, pressed(), softness};
}

/// Lays the ink of one straight piece over the canvas: full within the radius, fading over the softness.
void drawPiece(Canvas& canvas, StrokePoint from, StrokePoint to, float radius, float softness) {
    const float reach = radius + softness;
    const auto low = [&](float a, float b) {
        return static_cast<int>(std::clamp(std::floor(std::min(a, b) - reach), 0.0F, float{kDigitSide}));
    };
    const auto high = [&](float a, float b) {
        return static_cast<int>(std::clamp(std::ceil(std::max(a, b) + reach), -1.0F, float{kDigitSide - 1}));
    };
    const int lastX = high(from.x, to.x);
    const int lastY = high(from.y, to.y);
    const float dx = to.x - from.x;
    const float dy = to.y - from.y;
    const float inverse = 1.0F / std::max(dx * dx + dy * dy, 1e-6F);
    const float slope = 1.0F / softness;
    for (int y = low(from.y, to.y); y <= lastY; ++y) {
        for (int x = low(from.x, to.x); x <= lastX; ++x) {
            const float px = static_cast<float>(x) - from.x;
            const float py = static_cast<float>(y) - from.y;
            const float t = std::clamp((px * dx + py * dy) * inverse, 0.0F, 1.0F);
            const float ex = px - t * dx;
            const float ey = py - t * dy;
            const float square = ex * ex + ey * ey;
            if (square >= reach * reach) continue;
            const float ink = std::min((reach - std::sqrt(square)) * slope, 1.0F);
            float& pixel = canvas[static_cast<std::size_t>(y * kDigitSide + x)];
            pixel = std::max(pixel, ink);
        }
    }
}

void drawStroke(Canvas& canvas, const std::vector<StrokePoint>& line, const Pen& pen) {
    const float pieces = static_cast<float>(line.size() - 1);
    for (std::size_t i = 0; i + 1 < line.size(); ++i) {
        const float radius = pen.radius((static_cast<float>(i) + 0.5F) / pieces);
        drawPiece(canvas, line[i], line[i + 1], radius, pen.softness);
    }
}

const DigitStyle& chooseStyle(int digit, RandomSequence& random) {
    const std::vector<DigitStyle>& styles = digitStyles(digit);
    float total = 0.0F;
    for (const DigitStyle& style : styles) total += style.weight;
    float choice = random.uniform() * total;
    for (const DigitStyle& style : styles) {
        choice -= style.weight;
        if (choice < 0.0F) return style;
    }
    return styles.back();
}

/// The strokes of one digit in pixels.
std::vector<std::vector<StrokePoint>> writeDigit(int digit, RandomSequence& random) {
    const DigitStyle& style = chooseStyle(digit, random);
    const BendField field(random);
    const Placement placement(random);
    const float shake = kShake * random.uniform();

    StrokePoint low{10.0F, 10.0F};
    StrokePoint high{-10.0F, -10.0F};
    std::vector<std::vector<StrokePoint>> lines;
    for (const auto& stroke : style.strokes) {
        std::vector<StrokePoint> points = stroke;
        for (std::size_t i = 0; i < points.size(); ++i) {
            const bool corner = i > 0 && stroke[i].x == stroke[i - 1].x && stroke[i].y == stroke[i - 1].y;
            if (corner) {
                points[i] = points[i - 1];
            } else {
                points[i].x += shake * roughNormal(random);
                points[i].y += shake * roughNormal(random);
            }
        }
        std::vector<StrokePoint>& line = lines.emplace_back(smoothStroke(points, kPiecesPerSegment));
        const auto lost =
            static_cast<std::size_t>(kEndLoss * random.uniform() * static_cast<float>(line.size()));
        line.resize(line.size() - std::min(lost, line.size() - 2));
        for (StrokePoint& point : line) {
            point = field.bend(point);
            low = {std::min(low.x, point.x), std::min(low.y, point.y)};
            high = {std::max(high.x, point.x), std::max(high.y, point.y)};
        }
    }
    const StrokePoint middle{0.5F * (low.x + high.x), 0.5F * (low.y + high.y)};
    for (auto& line : lines) {
        for (StrokePoint& point : line) point = placement.place(point, middle);
    }
    return lines;
}

/// A short mark at a random place, as a slipped pen leaves it.
void drawStray(Canvas& canvas, RandomSequence& random, const Pen& pen) {
    const float side = kDigitSide;
    const StrokePoint from{random.uniform(0.0F, side), random.uniform(0.0F, side)};
    const StrokePoint to{from.x + 3.0F * roughNormal(random), from.y + 3.0F * roughNormal(random)};
    drawPiece(canvas, from, to, 0.7F * pen.middleRadius, pen.softness);
}

/// Ink and noise to 8 bits. The noise of a pixel is the sum of the four bytes of one random value.
void develop(const Canvas& canvas, RandomSequence& random, std::span<std::uint8_t> pixels) {
    constexpr float kByteSumDeviation = 147.8F;  // of four bytes: sqrt(4 · (256² − 1) / 12)
    const float ink = random.uniform(0.70F, 1.0F) * 255.0F;
    const float noise = kMaximumNoise * random.uniform() * 255.0F / kByteSumDeviation;
    for (std::size_t i = 0; i < canvas.size(); ++i) {
        const std::uint32_t bits = random.next();
        const std::uint32_t sum = (bits & 255U) + (bits >> 8 & 255U) + (bits >> 16 & 255U) + (bits >> 24);
        const float value = ink * canvas[i] + noise * (static_cast<float>(sum) - 510.0F);
        pixels[i] = static_cast<std::uint8_t>(std::clamp(value + 0.5F, 0.0F, 255.0F));
    }
}

}  // namespace

void paintDigit(int digit, RandomSequence& random, std::span<std::uint8_t> pixels) {
    Canvas canvas{};
    CONVOLAB_CHECK(pixels.size() == canvas.size(), "room for one digit");
    const auto lines = writeDigit(digit, random);
    const float base = random.uniform(kMinimumPen, kMaximumPen);
    const float softness = random.uniform(0.8F, 1.4F);
    for (const auto& line : lines) drawStroke(canvas, line, randomPen(random, base, softness));
    if (random.uniform() < kStrayChance) drawStray(canvas, random, randomPen(random, base, softness));
    develop(canvas, random, pixels);
}

DatasetPtr makeDigits(std::uint64_t seed, const GeneratedSizes& sizes) {
    DatasetInfo info;
    info.id = "digits";
    info.title = "Digits";
    info.imageShape = Shape{1, kDigitSide, kDigitSide};
    for (int digit = 0; digit < 10; ++digit) info.classNames.push_back(std::to_string(digit));
    info.source = "drawn by the program, seed " + std::to_string(seed);
    return generateDataset(std::move(info), sizes, seed, paintDigit);
}

}  // namespace convolab
