#pragma once

#include <cmath>

#include "gpu/kernels/augmentation_draws.h"
#include "gpu/kernels/sums.h"

/// Batches of images changed as core/data/augment changes them, by the same operations in the same order. Each body reads a batch at
/// x and writes it at y, which is not x.
namespace convolab::gpu {

/// What the augmentations have in common; `numbers` are those of the augmentation's first image.
struct ImageChange {
    Maps maps;
    const float* x;
    float* y;
    const double* numbers;

    CONVOLAB_BODY double number(Index n, Index which) const { return numbers[n * DrawNumbers::kEach + which]; }
    /// Of the plane (n, c) of x; outside of it everything is 0.
    CONVOLAB_BODY float pixel(Index n, Index c, Index row, Index column) const {
        return row < 0 || column < 0 || row >= maps.height || column >= maps.width ? 0.0F : x[maps.at(n, c, row, column)];
    }
    /// Bilinear; far away everything is 0, and the clamp keeps the conversion to whole numbers defined.
    CONVOLAB_BODY float pixelBetween(Index n, Index c, double atX, double atY) const {
        const double mostX = static_cast<double>(maps.width) + 1.0, mostY = static_cast<double>(maps.height) + 1.0;
        const double nearX = atX < -2.0 ? -2.0 : mostX < atX ? mostX : atX, nearY = atY < -2.0 ? -2.0 : mostY < atY ? mostY : atY;
        const Index left = static_cast<Index>(std::floor(nearX)), top = static_cast<Index>(std::floor(nearY));
        const float shareX = static_cast<float>(nearX - static_cast<double>(left)), shareY = static_cast<float>(nearY - static_cast<double>(top));
        const float above = pixel(n, c, top, left) * (1.0F - shareX) + pixel(n, c, top, left + 1) * shareX;
        const float below = pixel(n, c, top + 1, left) * (1.0F - shareX) + pixel(n, c, top + 1, left + 1) * shareX;
        return above * (1.0F - shareY) + below * shareY;
    }
    CONVOLAB_BODY double centreX() const { return static_cast<double>(maps.width - 1) / 2.0; }
    CONVOLAB_BODY double centreY() const { return static_cast<double>(maps.height - 1) / 2.0; }
};

/// By whole pixels; 0 comes in from outside.
struct MoveImage {
    ImageChange of;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(of.maps, i);
        of.y[i] = of.pixel(p.n, p.c, p.row - static_cast<Index>(of.number(p.n, 1)), p.column - static_cast<Index>(of.number(p.n, 0)));
    }
};

struct RotateImage {
    ImageChange of;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(of.maps, i);
        const double sine = of.number(p.n, 0), cosine = of.number(p.n, 1);
        const double right = static_cast<double>(p.column) - of.centreX(), down = static_cast<double>(p.row) - of.centreY();
        of.y[i] = of.pixelBetween(p.n, p.c, of.centreX() + right * cosine - down * sine, of.centreY() + right * sine + down * cosine);
    }
};

struct EnlargeImage {
    ImageChange of;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(of.maps, i);
        const double size = of.number(p.n, 0);
        of.y[i] = of.pixelBetween(p.n, p.c, of.centreX() + (static_cast<double>(p.column) - of.centreX()) / size,
                                  of.centreY() + (static_cast<double>(p.row) - of.centreY()) / size);
    }
};

struct FlipImage {
    ImageChange of;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(of.maps, i);
        const Index column = of.number(p.n, 0) != 0.0 ? of.maps.width - 1 - p.column : p.column;
        const Index row = of.number(p.n, 1) != 0.0 ? of.maps.height - 1 - p.row : p.row;
        of.y[i] = of.x[of.maps.at(p.n, p.c, row, column)];
    }
};

struct EraseImage {
    ImageChange of;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(of.maps, i);
        const double column = static_cast<double>(p.column), row = static_cast<double>(p.row);
        const bool inside = column >= of.number(p.n, 0) && column < of.number(p.n, 1) && row >= of.number(p.n, 2) && row < of.number(p.n, 3);
        of.y[i] = inside ? 0.0F : of.x[i];
    }
};

struct BrightenImage {
    ImageChange of;
    CONVOLAB_BODY void operator()(Index i) const { of.y[i] = of.x[i] + static_cast<float>(of.number(i / of.maps.image(), 0)); }
};

/// means[n] = the mean of image n of x; one thread per image.
struct ImageMean {
    const float* x;
    float* means;
    Index each;
    CONVOLAB_BODY void operator()(Index n) const {
        double sum = 0.0;
        for (Index k = 0; k < each; ++k) sum += static_cast<double>(x[n * each + k]);
        means[n] = static_cast<float>(sum / static_cast<double>(each));
    }
};

struct ImageMeanTerms : SumOfDoubles {
    ImageMean of;
    CONVOLAB_BODY Index count(Index) const { return of.each; }
    CONVOLAB_BODY void add(double& value, Index n, Index k) const { value += static_cast<double>(of.x[n * of.each + k]); }
    CONVOLAB_BODY void finish(Index n, double value) const { of.means[n] = static_cast<float>(value / static_cast<double>(of.each)); }
};

/// About the mean of the image.
struct StretchImage {
    ImageChange of;
    const float* means;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index n = i / of.maps.image();
        const float mean = means[n], factor = static_cast<float>(of.number(n, 0));
        of.y[i] = mean + factor * (of.x[i] - mean);
    }
};

/// Gaussian noise, two values from two numbers (Box–Muller).
struct AddNoise {
    ImageChange of;
    AugmentedImages images;
    const ConvolabGpuAugmentation* by;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index n = i / of.maps.image(), k = i % of.maps.image();
        const ImageRandom random = images.random(*by, n);
        const auto pair = static_cast<std::uint64_t>(k / 2 * 2);
        const double radius = std::sqrt(-2.0 * std::log(1.0 - static_cast<double>(ImageRandom::unit(random.at(pair)))));
        const double angle = 2.0 * 3.141592653589793238462643383279502884 * static_cast<double>(ImageRandom::unit(random.at(pair + 1)));
        const auto normal = static_cast<float>(radius * (k % 2 == 0 ? std::cos(angle) : std::sin(angle)));
        of.y[i] = of.x[i] + static_cast<float>(by->values[0]) * normal;
    }
};

/// The displacements of an elastic change before they are smooth: field (n, 2, height, width) of [−1, 1), sideways and down.
struct ElasticField {
    AugmentedImages of;
    const ConvolabGpuAugmentation* by;
    float* field;
    Index plane;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index n = i / (2 * plane), k = i % (2 * plane);
        field[i] = ImageRandom::symmetric(of.random(*by, n).at(static_cast<std::uint64_t>(k)));
    }
};

/// Along lines of `length` values that lie `stride` apart, by the weights of `by`; what is outside counts as 0.
struct BlurLines {
    const ConvolabGpuAugmentation* by;
    const float* x;
    float* y;
    Index length, stride;
    CONVOLAB_BODY void operator()(Index i) const {
        const Index place = i / stride % length;
        float sum = by->taps[0] * x[i];
        for (Index d = 1; d <= by->radius; ++d) {
            const float weight = by->taps[d];
            if (place >= d) sum += weight * x[i - d * stride];
            if (place + d < length) sum += weight * x[i + d * stride];
        }
        y[i] = sum;
    }
};

struct BendImage {
    ImageChange of;
    const ConvolabGpuAugmentation* by;
    const float* field;
    CONVOLAB_BODY void operator()(Index i) const {
        const MapPlace p(of.maps, i);
        const float* across = field + 2 * p.n * of.maps.plane() + p.row * of.maps.width + p.column;
        const float* along = across + of.maps.plane();
        of.y[i] = of.pixelBetween(p.n, p.c, static_cast<double>(p.column) + by->values[0] * static_cast<double>(*across),
                                  static_cast<double>(p.row) + by->values[0] * static_cast<double>(*along));
    }
};

/// Behind all augmentations: into [0, 1].
struct ClampImage {
    float* y;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = y[i] < 0.0F ? 0.0F : 1.0F < y[i] ? 1.0F : y[i]; }
};

}  // namespace convolab::gpu
