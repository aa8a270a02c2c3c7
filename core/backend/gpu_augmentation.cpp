#include "core/backend/gpu_augmentation.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <numbers>

#include "core/data/augment/gaussian.h"

namespace convolab {

namespace {

static_assert(Gaussian::kMostTaps == kGpuMostTaps);

using Values = std::span<const double>;
using Made = ConvolabGpuAugmentation;

double pixels(double share, std::int64_t size) { return static_cast<double>(std::llround(share * static_cast<double>(size))); }

void put(Made& made, std::int32_t kind, double first, double second = 0.0) {
    made.kind = kind;
    made.values[0] = first;
    made.values[1] = second;
}

void elastic(Made& made, Values values, const Shape&) {
    put(made, kGpuElastic, values[0]);
    const Gaussian blur(values[1]);
    made.radius = blur.radius;
    std::ranges::copy(blur.weights, made.taps);
}

/// Where an augmentation computes with something else than its options, it is what that makes of them, in the same order.
struct Row {
    const char* id;
    void (*describe)(Made& made, Values values, const Shape& picture);
};

constexpr Row kRows[] = {
    {"shift", [](Made& made, Values v, const Shape& p) { put(made, kGpuMove, pixels(v[0], p.width()), pixels(v[1], p.height())); }},
    {"rotate", [](Made& made, Values v, const Shape&) { put(made, kGpuRotate, v[0] * std::numbers::pi / 180.0); }},
    {"scale", [](Made& made, Values v, const Shape&) { put(made, kGpuEnlarge, v[0], v[1] - v[0]); }},
    {"flip", [](Made& made, Values v, const Shape&) { put(made, kGpuFlip, v[0], v[1]); }},
    {"crop", [](Made& made, Values v, const Shape&) { put(made, kGpuMove, v[0], v[0]); }},
    {"elastic", elastic},
    {"erase", [](Made& made, Values v, const Shape& p) { put(made, kGpuErase, pixels(v[0], std::min(p.width(), p.height())), v[1]); }},
    {"brightness", [](Made& made, Values v, const Shape&) { put(made, kGpuBrightness, v[0]); }},
    {"contrast", [](Made& made, Values v, const Shape&) { put(made, kGpuContrast, v[0]); }},
    {"noise", [](Made& made, Values v, const Shape&) { put(made, kGpuNoise, v[0]); }},
};

}  // namespace

Result<ConvolabGpuAugmentation> describeGpuAugmentation(const AugmentationSpec& spec, const Shape& picture) {
    const auto row = std::ranges::find_if(kRows, [&](const Row& each) { return each.id == spec.kind; });
    if (row == std::end(kRows)) {
        return Error{ErrorCode::Unsupported, "the augmentation " + spec.kind + " has no form on a GPU", {}, "leave it out, or train on the CPU"};
    }
    const auto& all = augmentations();
    ConvolabGpuAugmentation made{};
    made.number = static_cast<std::int32_t>(std::ranges::find(all, findAugmentation(spec.kind)) - all.begin());
    row->describe(made, spec.values, picture);
    return made;
}

Result<std::vector<ConvolabGpuAugmentation>> describeGpuAugmentations(const std::vector<AugmentationSpec>& specs, const Shape& picture) {
    std::vector<ConvolabGpuAugmentation> chain;
    for (const AugmentationSpec& spec : specs) {
        CONVOLAB_ASSIGN(chain.emplace_back(), describeGpuAugmentation(spec, picture));
    }
    return chain;
}

}  // namespace convolab
