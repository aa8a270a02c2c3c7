#pragma once

#include <cmath>

#include "core/backend/gpu_data.h"
#include "gpu/kernels/elementwise.h"

/// Batches of images that lie on the device: gathered by their numbers; and the random numbers of their augmentation, those of
/// core/data/augmentation.h.
namespace convolab::gpu {

/// y[n, k] = pixels[places[n], k] / 255; `each` values per image.
struct GatherBytes {
    const std::uint8_t* pixels;
    const std::int32_t* places;
    float* y;
    Index each;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = static_cast<float>(pixels[places[i / each] * each + i % each]) / 255.0F; }
};

struct GatherFloats {
    const float* pixels;
    const std::int32_t* places;
    float* y;
    Index each;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = pixels[places[i / each] * each + i % each]; }
};

/// The random sequence of one image for one augmentation and epoch, as RandomSequence of core/util/random.h draws it.
struct ImageRandom {
    std::uint32_t key0, key1;
    std::uint64_t minor, drawn = 0;

    CONVOLAB_BODY std::uint32_t at(std::uint64_t i) const { return Philox(key0, key1, i / 4, minor).value[i % 4]; }
    /// [0, 1), 24 bits
    CONVOLAB_BODY static float unit(std::uint32_t value) { return static_cast<float>(value >> 8) * (1.0F / 16777216.0F); }
    CONVOLAB_BODY static float symmetric(std::uint32_t value) { return -1.0F + 2.0F * unit(value); }
    CONVOLAB_BODY float uniform() { return unit(at(drawn++)); }
    CONVOLAB_BODY float symmetric() { return symmetric(at(drawn++)); }
    CONVOLAB_BODY std::uint32_t below(std::uint32_t bound) {
        const std::uint32_t threshold = (0U - bound) % bound;
        std::uint32_t value = at(drawn++);
        while (value < threshold) value = at(drawn++);
        return value % bound;
    }
    /// −limit … limit
    CONVOLAB_BODY Index wholeBetween(Index limit) { return static_cast<Index>(below(static_cast<std::uint32_t>(2 * limit + 1))) - limit; }
};

/// Which images are changed, and what they draw from.
struct AugmentedImages {
    const std::int32_t* places;
    const std::uint32_t* key;
    CONVOLAB_BODY ImageRandom random(const ConvolabGpuAugmentation& by, Index n) const {
        return {key[0], key[1], static_cast<std::uint64_t>(places[n]) * kGpuRandomKinds + static_cast<std::uint64_t>(by.number)};
    }
};

/// What augmentation a of a chain draws once for image n: kEach numbers, from numbers[(a · images + n) · kEach] on. One thread per
/// augmentation and image.
struct DrawNumbers {
    static constexpr Index kEach = 4;
    AugmentedImages of;
    const ConvolabGpuAugmentation* chain;
    double* numbers;
    Index images, height, width;

    CONVOLAB_BODY void operator()(Index i) const {
        const ConvolabGpuAugmentation& by = chain[i / images];
        ImageRandom random = of.random(by, i % images);
        double* to = numbers + i * kEach;
        switch (by.kind) {
            case kGpuMove:
                to[0] = static_cast<double>(random.wholeBetween(static_cast<Index>(by.values[0])));
                to[1] = static_cast<double>(random.wholeBetween(static_cast<Index>(by.values[1])));
                break;
            case kGpuRotate: {
                const double angle = by.values[0] * static_cast<double>(random.symmetric());
                to[0] = std::sin(angle);
                to[1] = std::cos(angle);
                break;
            }
            case kGpuEnlarge: to[0] = by.values[0] + by.values[1] * static_cast<double>(random.uniform()); break;
            case kGpuFlip:
                to[0] = random.uniform() < static_cast<float>(by.values[0]) ? 1.0 : 0.0;
                to[1] = random.uniform() < static_cast<float>(by.values[1]) ? 1.0 : 0.0;
                break;
            case kGpuErase: {
                const bool here = random.uniform() < static_cast<float>(by.values[1]);
                const Index side = here ? static_cast<Index>(by.values[0]) : 0;
                const Index left = random.below(static_cast<std::uint32_t>(width)) - side / 2, top = random.below(static_cast<std::uint32_t>(height)) - side / 2;
                to[0] = static_cast<double>(left);
                to[1] = static_cast<double>(left + side);
                to[2] = static_cast<double>(top);
                to[3] = static_cast<double>(top + side);
                break;
            }
            case kGpuBrightness: to[0] = static_cast<double>(static_cast<float>(by.values[0]) * random.symmetric()); break;
            case kGpuContrast: to[0] = static_cast<double>(1.0F + static_cast<float>(by.values[0]) * random.symmetric()); break;
            default: break;  // draws for each value
        }
    }
};

}  // namespace convolab::gpu
