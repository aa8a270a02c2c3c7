// Networks with weights as trained ones have them (biases and running statistics of their own) and one image
// in them.
#pragma once

#include <stdexcept>

#include "core/inspect/activations.h"
#include "tests/core/network_examples.h"

namespace convolab::testing {

/// Biases, scales, shifts and running statistics off their starting values.
inline WeightSet livelyWeights(const NetworkSpec& spec, std::uint64_t seed = 5) {
    WeightSet weights = initialWeights(spec, analyze(spec), seed);
    RandomSequence random(seed, RandomStreamId::Data, 1);
    for (const ParameterEntry& entry : weights.layout->entries) {
        if (entry.spec.role == ParameterRole::Weight) continue;
        auto& buffer = entry.spec.trainable ? weights.parameters : weights.statistics;
        const bool positive =
            entry.spec.role == ParameterRole::Scale || entry.spec.role == ParameterRole::RunningVariance;
        for (std::int64_t i = 0; i < entry.spec.shape.size(); ++i) {
            buffer[entry.offset + static_cast<std::size_t>(i)] =
                positive ? random.uniform(0.5F, 1.5F) : random.uniform(-0.4F, 0.4F);
        }
    }
    return weights;
}

inline Tensor randomImage(const Shape& shape, std::uint64_t seed = 2) {
    Tensor image(shape);
    RandomSequence random(seed, RandomStreamId::Data, 2);
    for (float& value : image.span()) value = random.uniform();
    return image;
}

/// What `image` (random without one) does in a network.
inline ActivationSnapshotPtr snapshotOf(const NetworkSpec& spec, WeightSetPtr weights,
                                        const Tensor* image = nullptr) {
    auto probe = ActivationProbe::create(spec);
    if (!probe.ok()) throw std::runtime_error(probe.error().sentence());
    if (const auto bound = (*probe)->bind(std::move(weights)); !bound.ok())
        throw std::runtime_error(bound.error().sentence());
    const Tensor made = image == nullptr ? randomImage(*analyze(spec).inputShape) : Tensor{};
    auto snapshot = (*probe)->run(image == nullptr ? made.view() : image->view());
    if (!snapshot.ok()) throw std::runtime_error(snapshot.error().sentence());
    return std::move(snapshot).value();
}

/// Windows of every sort: asymmetric pads, strides, dilation, groups, depthwise, overlapping and padded
/// poolings.
inline NetworkSpec windowNetwork() {
    using I = std::vector<std::int64_t>;
    return ChainBuilder("Windows")
        .input({3, 23, 20})
        .add("conv2d", {{"filters", std::int64_t{12}},
                        {"kernel", I{5, 3}},
                        {"stride", I{2, 1}},
                        {"pads", I{2, 0, 1, 1}}})
        .add("batch_norm")
        .add("leaky_relu", {{"slope", 0.1}})
        .add(
            "avg_pool",
            {{"kernel", I{3, 3}}, {"stride", I{2, 2}}, {"pads", I{1, 1, 1, 1}}, {"count_include_pad", false}})
        .add("conv2d", {{"filters", std::int64_t{8}},
                        {"groups", std::int64_t{4}},
                        {"dilation", I{2, 2}},
                        {"pads", I{2, 2, 2, 2}}})
        .add("tanh")
        .add("max_pool", {{"kernel", I{3, 2}}, {"stride", I{1, 2}}, {"pads", I{1, 0, 1, 1}}})
        .add("conv2d", {{"filters", std::int64_t{8}},
                        {"groups", std::int64_t{8}},
                        {"bias", false},
                        {"pads", I{1, 1, 1, 1}}})
        .add("batch_norm")
        .add("sigmoid")
        .add("avg_pool", {{"kernel", I{2, 2}}, {"pads", I{1, 1, 0, 0}}})
        .add("flatten")
        .add("dense", {{"units", std::int64_t{9}}})
        .add("batch_norm")
        .add("relu")
        .classifier(5)
        .build();
}

inline NetworkSpec inspectedNetwork(const std::string& name) {
    if (name == "residual") return residualNetwork();
    if (name == "mixed") return mixedNetwork();
    if (name == "windows") return windowNetwork();
    return makePreset(name).value();
}

}  // namespace convolab::testing
