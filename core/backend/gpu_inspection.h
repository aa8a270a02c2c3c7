#pragma once

#include <cstdint>

/// What is asked of a network on a device besides training and evaluation. Part of the C interface of gpu_module.h; the rules for
/// calls are those of ConvolabGpuSessionCalls. For sessions on one device.

extern "C" {

struct ConvolabGpuSession;
struct ConvolabGpuFailure;
struct ConvolabGpuUpdate;
struct ConvolabGpuLoss;

enum ConvolabGpuSource : std::int32_t { kGpuParameters, kGpuGradients, kGpuTap, kGpuTapGradient };

/// Some values of a session: of the flat buffer of parameters or gradients, or of a tap.
struct ConvolabGpuSlice {
    std::int32_t source;          ///< ConvolabGpuSource
    std::int32_t tap;
    std::int64_t first, count;
};

/// Of the values that are finite; lowest and highest 0 if there are none.
struct ConvolabGpuSummary {
    std::int64_t finite, zeros;
    double sum, square;           ///< Σ x, Σ x²
    float lowest, highest;
};

inline constexpr std::int32_t kGpuMostBins = 255;

/// Maps of one image side by side, `columns` in a row with `gap` texels between them, from the first row on; `blank` where no map is.
struct ConvolabGpuAtlas {
    std::int32_t tap, columns, gap;
    float blank;
    std::int64_t image, first, maps;  ///< of the batch; channels of the tap
};

/// An attack that climbs each image's own cross-entropy (core/attack).
struct ConvolabGpuAscent {
    std::int32_t byLength;        ///< steps of a length, in a ball of L2; else along signs, in L∞
    std::int32_t towards;         ///< the classes, downhill; else away from them
    std::int32_t startsAtRandom, projectsStart;
    double epsilon, step;
    std::uint32_t key[2];         ///< randomKey(seed, Attack, draw)
};

struct ConvolabGpuInspectionCalls {
    /// After an evaluation of n images: the output of the op options.taps[tap], (n, …).
    std::int32_t (*readTap)(ConvolabGpuSession* session, std::int32_t tap, std::int64_t n, float* values, ConvolabGpuFailure* failure);
    /// After an evaluation of n images, with options.imageGradient and without training: from the gradient of what the loss reads,
    /// (n, classes), back to the images and the taps. In evaluation mode; any number of times after one evaluation.
    std::int32_t (*backward)(ConvolabGpuSession* session, const float* scoresGradient, std::int64_t n, ConvolabGpuFailure* failure);
    /// After `backward`, or with options.imageGradient after a training step: (n, C, H, W).
    std::int32_t (*readImageGradient)(ConvolabGpuSession* session, std::int64_t n, float* values, ConvolabGpuFailure* failure);
    /// After `backward`: with respect to a tap, (n, …).
    std::int32_t (*readTapGradient)(ConvolabGpuSession* session, std::int32_t tap, std::int64_t n, float* values, ConvolabGpuFailure* failure);

    // Sums over many values, computed where they lie; for sessions on several devices, on the first. In a fixed order.
    std::int32_t (*summarise)(ConvolabGpuSession* session, const ConvolabGpuSlice* slices, std::int32_t count, ConvolabGpuSummary* summaries, ConvolabGpuFailure* failure);
    /// edges[k] ≤ x < edges[k + 1], the last edge included; bins + 1 edges, which ascend, at most kGpuMostBins bins.
    std::int32_t (*histogram)(ConvolabGpuSession* session, const ConvolabGpuSlice* slice, const float* edges, std::int32_t bins, std::int64_t* counts,
                              ConvolabGpuFailure* failure);
    /// Of a tap, after an evaluation of n images: per channel 1 where a value is not 0.
    std::int32_t (*activeChannels)(ConvolabGpuSession* session, std::int32_t tap, std::int64_t n, std::uint8_t* active, ConvolabGpuFailure* failure);

    // Maps into textures of the OpenGL context that is current on this thread, with one float per texel. Where OpenGL runs elsewhere, or the
    // driver refuses, they come to main memory.
    /// `attached` 0: it is not possible, and failure->detail says why; the call then has not failed.
    std::int32_t (*attachTexture)(ConvolabGpuSession* session, std::uint32_t texture, std::uint32_t target, std::int32_t* attached, ConvolabGpuFailure* failure);
    void (*detachTexture)(ConvolabGpuSession* session, std::uint32_t texture);
    /// After an evaluation. `texture` 0: none. `written` 0: the picture is in `pixels` instead, unless that is null.
    std::int32_t (*drawMaps)(ConvolabGpuSession* session, const ConvolabGpuAtlas* atlas, std::uint32_t texture, float* pixels, std::int32_t* written,
                             ConvolabGpuFailure* failure);

    // Attacks, with options.imageGradient; a session that trains must aim at the cross-entropy. The images stay on the device.
    /// Clean images (n, C, H, W) in [0, 1], and the class and the number of each, which decides its random numbers.
    std::int32_t (*beginAscent)(ConvolabGpuSession* session, const ConvolabGpuAscent* ascent, const float* images, const std::int32_t* classes,
                                const std::int64_t* ids, std::int64_t n, ConvolabGpuFailure* failure);
    /// One step: forward and backward in evaluation mode, along the gradient, back into ball and box. Does not wait for the device.
    std::int32_t (*ascend)(ConvolabGpuSession* session, ConvolabGpuFailure* failure);
    /// The images as they are now, and per image whether a gradient was not all zero; both may be null.
    std::int32_t (*readAscent)(ConvolabGpuSession* session, float* images, std::uint8_t* sawGradient, ConvolabGpuFailure* failure);
    /// trainStep whose first images are those of the ascent, as they lie on the device; of `images` only the others are read.
    std::int32_t (*trainOnAscent)(ConvolabGpuSession* session, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* dropoutKey,
                                  const ConvolabGpuUpdate* update, ConvolabGpuLoss* loss, ConvolabGpuFailure* failure);
};

}  // extern "C"
