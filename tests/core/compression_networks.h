// Networks whose channels hang together in every way that the engine knows; random weights with trained-looking statistics.
#pragma once

#include <string>
#include <vector>

#include "core/graph/chain_builder.h"
#include "core/model/weights.h"
#include "core/tensor/tensor.h"
#include "core/util/random.h"
#include "tests/core/spec_case.h"

namespace convolab::testing {

struct NamedNetwork {
    std::string name;
    NetworkSpec spec;
};

/// Writes a network down with branches: each call adds a layer behind others and returns it.
class BranchBuilder {
  public:
    explicit BranchBuilder(const std::string& name) { m_spec.name = name; }

    NodeId input(const Shape& shape) { return m_spec.addNode("input", {{"shape", shape.extents()}}); }
    NodeId layer(const std::string& kind, const std::vector<NodeId>& from, Attributes attributes = {}, const std::string& name = {}) {
        const NodeId id = m_spec.addNode(kind, std::move(attributes), name);
        int port = 0;
        for (const NodeId source : from) {
            if (const auto edge = m_spec.connect({source, 0}, {id, port++}); !edge) throw std::runtime_error(edge.error().sentence());
        }
        return id;
    }
    NodeId conv(NodeId from, std::int64_t filters, std::int64_t kernel = 3, std::int64_t groups = 1, bool bias = true,
                const std::string& name = {}) {
        const std::int64_t pad = kernel / 2;
        return layer("conv2d", {from},
                     {{"filters", filters}, {"kernel", Integers{kernel, kernel}}, {"pads", Integers{pad, pad, pad, pad}},
                      {"groups", groups}, {"bias", bias}}, name);
    }
    NodeId normed(NodeId from, const std::string& activation = "relu") { return layer(activation, {layer("batch_norm", {from})}); }
    NetworkSpec classifier(NodeId from, std::int64_t classes = 4, bool flatten = false) {
        const NodeId vector = flatten ? layer("flatten", {from}) : layer("global_avg_pool", {from});
        layer("output", {layer("softmax", {layer("dense", {vector}, {{"units", classes}})})});
        return m_spec;
    }

  private:
    NetworkSpec m_spec;
};

/// ResNet's block twice: the sums' channels hang together with the stem's.
inline NetworkSpec residualNetwork() {
    BranchBuilder b("residual");
    const NodeId stem = b.normed(b.conv(b.input({2, 9, 9}), 8, 3, 1, false));
    const NodeId inner = b.normed(b.conv(stem, 8, 3, 1, false));
    const NodeId sum = b.layer("relu", {b.layer("add", {b.layer("batch_norm", {b.conv(inner, 8, 3, 1, false)}), stem})});
    const NodeId inner2 = b.normed(b.conv(sum, 12, 3, 1, false));
    const NodeId sum2 = b.layer("add", {b.conv(inner2, 6), b.conv(sum, 6, 1)});
    return b.classifier(b.layer("relu", {sum2}));
}

/// MobileNetV2's block: expand, depthwise, project, add; then a depthwise layer with two filters per map.
inline NetworkSpec depthwiseNetwork() {
    BranchBuilder b("depthwise");
    const NodeId stem = b.normed(b.conv(b.input({1, 8, 8}), 6, 3, 1, false));
    const NodeId expanded = b.normed(b.conv(stem, 12, 1, 1, false));
    const NodeId filtered = b.normed(b.conv(expanded, 12, 3, 12, false));
    const NodeId sum = b.layer("add", {b.layer("batch_norm", {b.conv(filtered, 6, 1, 1, false)}), stem});
    const NodeId doubled = b.layer("relu", {b.conv(sum, 12, 3, 6)});
    return b.classifier(b.layer("relu", {b.conv(doubled, 8, 1)}));
}

/// DenseNet's block: batch norm behind a concat turns the 0 of a pruned filter into another constant.
inline NetworkSpec denselyConnected() {
    BranchBuilder b("densely connected");
    NodeId maps = b.conv(b.input({2, 8, 8}), 8);
    for (int i = 0; i < 3; ++i) {
        const NodeId narrow = b.normed(b.conv(b.normed(maps), 8, 1, 1, false));
        maps = b.layer("concat", {maps, b.conv(narrow, 4, 3, 1, false)});
    }
    const NodeId pooled = b.layer("avg_pool", {b.conv(b.normed(maps), 10, 1, 1, false)});
    return b.classifier(b.normed(pooled), 4, true);
}

/// Inception's block: branches with max pooling (padded) meet in a concat.
inline NetworkSpec inceptionNetwork() {
    BranchBuilder b("inception");
    const NodeId stem = b.layer("relu", {b.conv(b.input({3, 8, 8}), 6)});
    const NodeId one = b.layer("relu", {b.conv(stem, 4, 1)});
    const NodeId three = b.layer("relu", {b.conv(b.layer("relu", {b.conv(stem, 4, 1)}), 6, 3)});
    const NodeId pool = b.layer("max_pool", {stem}, {{"kernel", Integers{3, 3}}, {"stride", Integers{1, 1}}, {"pads", Integers{1, 1, 1, 1}}});
    const NodeId joined = b.layer("concat", {one, three, b.layer("relu", {b.conv(pool, 5, 1)})});
    return b.classifier(b.layer("dropout", {joined}), 4, true);
}

/// AlexNet's two groups.
inline NetworkSpec groupedNetwork() {
    BranchBuilder b("grouped");
    const NodeId stem = b.layer("relu", {b.conv(b.input({2, 8, 8}), 8)});
    const NodeId two = b.layer("relu", {b.conv(stem, 12, 3, 2)});
    return b.classifier(b.layer("relu", {b.conv(two, 6, 3, 2)}), 4, true);
}

/// LeNet's time: activations that answer 0 with something else, or not; valid padding.
inline NetworkSpec sigmoidNetwork() {
    return ChainBuilder("sigmoid").input({1, 14, 14})
        .conv({.filters = 6}).add("sigmoid").avgPool(2)
        .conv({.filters = 8}).add("sigmoid").add("batch_norm")
        .dense(12).add("tanh").dense(9).add("leaky_relu").dense(9).add("sigmoid").classifier(4).build();
}

/// The same where padding meets the constant.
inline NetworkSpec paddedSigmoidNetwork() {
    using Pads = ChainBuilder::Pads;
    return ChainBuilder("padded sigmoid").input({1, 8, 8})
        .conv({.filters = 6, .pads = Pads::Same}).add("sigmoid").conv({.filters = 5, .pads = Pads::Same}).add("sigmoid")
        .classifier(4).build();
}

/// Squeeze-and-excitation: a gate per channel multiplies the maps; slopes of its own, or one for all.
inline NetworkSpec gatedNetwork() {
    BranchBuilder b("gated");
    const NodeId stem = b.layer("prelu", {b.conv(b.input({2, 9, 9}), 8)}, {{"per_channel", true}});
    const NodeId maps = b.layer("relu6", {b.conv(stem, 12)});
    const NodeId squeezed = b.layer("adaptive_avg_pool", {maps});
    const NodeId gate = b.layer("hard_sigmoid", {b.conv(b.layer("silu", {b.conv(squeezed, 6, 1)}), 12, 1)});
    const NodeId product = b.layer("multiply", {maps, gate});
    const NodeId pooled = b.layer("adaptive_max_pool", {b.layer("prelu", {b.conv(product, 6)})}, {{"size", Integers{2, 3}}});
    return b.classifier(b.layer("hard_swish", {pooled}), 4, true);
}

/// Normalisations that look across channels: the layers before them keep all of theirs.
inline NetworkSpec normalisedNetwork() {
    BranchBuilder b("normalised");
    const NodeId stem = b.layer("gelu", {b.conv(b.input({2, 8, 8}), 6)});
    const NodeId grouped = b.layer("group_norm", {b.conv(stem, 8)}, {{"groups", std::int64_t{2}}});
    const NodeId single = b.layer("instance_norm", {b.conv(b.layer("elu", {grouped}), 6)}, {{"affine", true}});
    const NodeId local = b.layer("lrn", {b.conv(b.layer("softplus", {single}), 8)}, {{"alpha", 0.5}});
    const NodeId whole = b.layer("layer_norm", {b.conv(b.layer("relu", {b.conv(local, 6)}), 5)});
    return b.classifier(whole);
}

inline std::vector<NamedNetwork> coupledNetworks() {
    return {{"residual", residualNetwork()}, {"depthwise", depthwiseNetwork()}, {"densely connected", denselyConnected()},
            {"inception", inceptionNetwork()}, {"grouped", groupedNetwork()}, {"sigmoid", sigmoidNetwork()},
            {"padded sigmoid", paddedSigmoidNetwork()}, {"gated", gatedNetwork()}, {"normalised", normalisedNetwork()}};
}

/// Fresh weights; biases, scales, shifts and running statistics random, too, as training leaves them.
inline WeightSet lifelikeWeights(const NetworkSpec& spec, std::uint64_t seed = 7) {
    WeightSet weights = initialWeights(spec, analyze(spec), seed);
    RandomSequence random(seed, RandomStreamId::Analysis);
    for (const ParameterEntry& entry : weights.layout->entries) {
        if (entry.spec.role == ParameterRole::Weight) continue;
        const bool positive = entry.spec.role == ParameterRole::Scale || entry.spec.role == ParameterRole::RunningVariance;
        auto& buffer = entry.spec.trainable ? weights.parameters : weights.statistics;
        for (std::int64_t i = 0; i < entry.spec.shape.size(); ++i) {
            buffer[entry.offset + static_cast<std::size_t>(i)] = positive ? random.uniform(0.5F, 1.5F) : random.uniform(-0.3F, 0.3F);
        }
    }
    return weights;
}

inline Tensor randomImages(const Shape& image, std::int64_t count, std::uint64_t seed = 1) {
    Tensor images(image.withBatch(count));
    RandomSequence random(seed, RandomStreamId::Data);
    for (float& pixel : images.span()) pixel = random.uniform();
    return images;
}

}  // namespace convolab::testing
