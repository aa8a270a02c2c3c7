#pragma once

#include <cstdint>

/// Images of a data set that stay on the device, and how batches are made of them there: gathered by their numbers, and changed as
/// core/data/augmentation.h changes them. Part of the C interface of gpu_module.h.

extern "C" {

/// Images (count, channels, height, width) as they are held.
struct ConvolabGpuImages {
    std::int64_t count;
    std::int64_t channels, height, width;  ///< what lies in the values, also where the network takes them as a vector
    std::int32_t bytes;                    ///< 1: 8 bits per value, 255 = 1.0; 0: float32
};

enum ConvolabGpuAugmentationKind : std::int32_t {
    kGpuMove,        ///< values: most pixels sideways, up and down
    kGpuRotate,      ///< largest angle, in radians
    kGpuEnlarge,     ///< smallest size, and what the largest one is more
    kGpuFlip,        ///< how often sideways, upside down
    kGpuElastic,     ///< strength; with `taps`
    kGpuErase,       ///< side of the square in pixels, how often
    kGpuBrightness,  ///< at most
    kGpuContrast,    ///< at most
    kGpuNoise,       ///< standard deviation
};

inline constexpr std::int32_t kGpuMostTaps = 64;
/// The numbers of image s for an augmentation are the sequence f(key, kGpuRandomKinds · s + number) of core/util/random.h.
inline constexpr std::uint64_t kGpuRandomKinds = 64;

/// One augmentation of a chain.
struct ConvolabGpuAugmentation {
    std::int32_t kind;    ///< ConvolabGpuAugmentationKind
    std::int32_t number;  ///< of its random stream
    double values[2];
    std::int32_t radius;               ///< of the Gaussian that smooths an elastic field
    float taps[kGpuMostTaps + 1];      ///< its weights, the centre first
};

/// A batch of held images.
struct ConvolabGpuChoice {
    const std::int32_t* places;  ///< numbers of the images, from 0
    std::int64_t count;
    std::int32_t augmented;      ///< by the chain
    std::uint32_t key[2];        ///< randomKey(seed, Augmentation, epoch); of augmented batches
};

}  // extern "C"
