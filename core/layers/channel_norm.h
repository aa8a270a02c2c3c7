#pragma once

#include "core/layers/reference_layer.h"
#include "core/layers/set_norm.h"

namespace convolab {

/// What group and instance normalisation share: sets of whole channels, and a scale and a shift per channel that may be
/// missing.

template <class T>
void channelNormForward(ReferenceContext<T>& context, std::int64_t sets) {
    const View<const T>& x = context.inputs[0];
    const std::int64_t pixels = x.size() / (x.shape[0] * x.shape[1]);
    const SetNorm<T> norm(x, sets, context.attributes.real("epsilon"));
    const bool affine = !context.parameters.empty();
    for (std::int64_t set = 0; set < norm.count(); ++set) {
        const auto s = norm.of(set);
        for (std::int64_t i = norm.begin(set); i < norm.end(set); ++i) {
            const std::int64_t c = i / pixels % x.shape[1];
            const T normalised = (x[i] - s.mean) * s.inverse;
            context.output[i] = affine ? normalised * context.parameters[0][c] + context.parameters[1][c] : normalised;
        }
    }
}

template <class T>
void channelNormBackward(ReferenceContext<T>& context, std::int64_t sets) {
    const View<const T>& x = context.inputs[0];
    const View<const T>& dy = context.outputGradient;
    const std::int64_t pixels = x.size() / (x.shape[0] * x.shape[1]);
    const SetNorm<T> norm(x, sets, context.attributes.real("epsilon"));
    const bool affine = !context.parameters.empty();
    const auto channel = [&](std::int64_t i) { return i / pixels % x.shape[1]; };
    for (std::int64_t set = 0; affine && set < norm.count(); ++set) {
        const auto s = norm.of(set);
        for (std::int64_t i = norm.begin(set); i < norm.end(set); ++i) {
            context.parameterGradients[0][channel(i)] += dy[i] * (x[i] - s.mean) * s.inverse;
            context.parameterGradients[1][channel(i)] += dy[i];
        }
    }
    const View<T> dx = wantedGradient(context, 0);
    if (dx.data == nullptr) return;
    norm.backward(dx, [&](std::int64_t i) { return affine ? dy[i] * context.parameters[0][channel(i)] : dy[i]; });
}

inline std::vector<ParameterSpec> channelNormParameters(std::int64_t channels) {
    return {{"weight", ParameterRole::Scale, Shape{channels}, 1, 1, true},
            {"bias", ParameterRole::Shift, Shape{channels}, 1, 1, true}};
}

}  // namespace convolab
