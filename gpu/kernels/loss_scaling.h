#pragma once

#include "gpu/kernels/optimizers.h"
#include "gpu/kernels/sums.h"

/// Loss scaling for fp16, whose smallest number is 2⁻²⁴: small gradients would be 0 (Micikevicius et al., "Mixed precision training",
/// ICLR 2018, section 3.2). The gradient of the loss is multiplied by a scale, those of the parameters are divided by it again. A
/// step in which one of these is not finite changes nothing but the scale, which is halved; after kGrowthInterval good steps it is
/// doubled (the rule and the numbers of PyTorch's GradScaler). All of it lies on the device: a recorded step goes on without a word.
namespace convolab::gpu {

inline constexpr float kFirstLossScale = 65536.0F, kLossScaleGrowth = 2.0F, kLossScaleBackoff = 0.5F;
inline constexpr std::int32_t kGrowthInterval = 2000;
inline constexpr Index kGradientPieces = 256;  ///< that are searched side by side

struct LossScaling {
    float scale = kFirstLossScale;
    std::int32_t goodSteps = 0;      ///< since the scale changed
    std::int64_t skippedSteps = 0;
    std::int32_t skips = 0;          ///< 1: this step's gradients are not finite
    std::int32_t unused = 0;
};

/// g ← scale · g, of the loss.
struct ScaleLossGradient {
    float* g;
    const LossScaling* scaling;
    CONVOLAB_BODY void operator()(Index i) const { g[i] *= scaling->scale; }
};

/// g ← g / scale, of the parameters. Scales are powers of two: nothing is rounded but numbers next to 0.
struct UnscaleGradient {
    float* g;
    const LossScaling* scaling;
    CONVOLAB_BODY void operator()(Index i) const { g[i] /= scaling->scale; }
};

/// Whether a piece of the gradients holds an infinite value or NaN (1) or not (0), one thread per piece.
struct FindNonFinite {
    const float* g;
    std::int32_t* found;
    Index count, each;  ///< of all pieces; of one
    CONVOLAB_BODY Index size(Index piece) const {
        const Index left = count - piece * each;
        return left < 0 ? 0 : left < each ? left : each;
    }
    CONVOLAB_BODY std::int32_t at(Index piece, Index k) const { return (bitsOf(g[piece * each + k]) & 0x7F800000U) == 0x7F800000U ? 1 : 0; }
    CONVOLAB_BODY void operator()(Index piece) const {
        std::int32_t any = 0;
        for (Index k = 0; k < size(piece); ++k) any |= at(piece, k);
        found[piece] = any;
    }
};

/// The same, a block per piece.
struct FindNonFiniteTerms {
    using Value = std::int32_t;
    FindNonFinite of;
    CONVOLAB_BODY static void join(Value& value, const Value& other) { value |= other; }
    CONVOLAB_BODY Index count(Index piece) const { return of.size(piece); }
    CONVOLAB_BODY void add(Value& value, Index piece, Index k) const { value |= of.at(piece, k); }
    CONVOLAB_BODY void finish(Index piece, Value value) const { of.found[piece] = value; }
};

/// One thread: whether this step is skipped, and the scale of the next one.
struct JudgeGradients {
    const std::int32_t* found;
    LossScaling* scaling;
    BatchLoss* total;
    CONVOLAB_BODY void operator()(Index) const {
        std::int32_t any = 0;
        for (Index piece = 0; piece < kGradientPieces; ++piece) any |= found[piece];
        LossScaling& s = *scaling;
        s.skips = any;
        if (any != 0) {
            s.scale *= kLossScaleBackoff;
            s.goodSteps = 0;
            ++s.skippedSteps;
        } else if (++s.goodSteps >= kGrowthInterval) {
            s.goodSteps = 0;
            if (s.scale < 0x1p126F) s.scale *= kLossScaleGrowth;
        }
        total->skipped = any;
    }
};

/// An update that a skipped step leaves out: weights and optimizer state stay as they are, bit for bit.
template <class Update>
struct UnlessSkipped {
    Update update;
    const LossScaling* scaling;
    CONVOLAB_BODY void operator()(Index i) const {
        if (scaling->skips == 0) update(i);
    }
};

}  // namespace convolab::gpu
