// Networks and batches for the tests of models.
#pragma once

#include <cmath>
#include <memory>
#include <vector>

#include "core/graph/chain_builder.h"
#include "core/graph/presets.h"
#include "core/model/model.h"
#include "core/util/random.h"

namespace convolab::testing {

struct Images {
    Tensor tensor;
    std::vector<int> labels;
    View<const float> view() const { return tensor.view(); }
    View<const float> first(std::int64_t n) const {
        Shape shape = tensor.shape();
        shape[0] = n;
        return {tensor.data(), shape};
    }
    std::span<const int> firstLabels(std::int64_t n) const { return std::span(labels).first(static_cast<std::size_t>(n)); }
};

inline Images randomImages(const Shape& shape, std::int64_t n, int classes, std::uint64_t seed = 1) {
    Images images{Tensor(shape.withBatch(n)), {}};
    RandomSequence random(seed, RandomStreamId::Data);
    for (float& value : images.tensor.span()) value = random.uniform();
    for (std::int64_t i = 0; i < n; ++i) images.labels.push_back(static_cast<int>(random.below(static_cast<std::uint32_t>(classes))));
    return images;
}

// Two residual blocks with batch norm; the second changes the number of maps.
inline NetworkSpec residualNetwork() {
    using I = std::vector<std::int64_t>;
    NetworkSpec spec;
    const auto chain = [&](NodeId from, const std::string& kind, Attributes attributes = {}, const std::string& name = {}) {
        const NodeId id = spec.addNode(kind, std::move(attributes), name);
        if (from) static_cast<void>(spec.connect({from, 0}, {id, 0}));
        return id;
    };
    const auto conv = [&](NodeId from, std::int64_t filters, std::int64_t stride) {
        return chain(from, "conv2d", {{"filters", filters}, {"pads", I{1, 1, 1, 1}}, {"stride", I{stride, stride}}, {"bias", false}});
    };
    const NodeId input = chain({}, "input", {{"shape", I{3, 16, 16}}, {"mean", std::vector<double>{0.4, 0.5, 0.6}},
                                             {"std", std::vector<double>{0.2, 0.25, 0.3}}});
    NodeId last = chain(chain(conv(input, 16, 1), "batch_norm"), "relu");
    for (const std::int64_t filters : {16, 24}) {
        const std::int64_t stride = filters == 16 ? 1 : 2;
        const NodeId start = last;
        const NodeId inner = chain(chain(conv(start, filters, stride), "batch_norm"), "relu");
        const NodeId outer = chain(conv(inner, filters, 1), "batch_norm");
        const NodeId shortcut = filters == 16 ? start : chain(conv(start, filters, stride), "batch_norm");
        const NodeId sum = chain(outer, "add");
        static_cast<void>(spec.connect({shortcut, 0}, {sum, 1}));
        last = chain(sum, "relu");
    }
    last = chain(last, "global_avg_pool");
    last = chain(last, "dense", {{"units", std::int64_t{10}}});
    chain(chain(last, "softmax"), "output");
    return spec;
}

// Grouped, dilated and strided convolutions, dropout, every activation, average pooling, concat.
inline NetworkSpec mixedNetwork() {
    using I = std::vector<std::int64_t>;
    NetworkSpec spec;
    const auto chain = [&](NodeId from, const std::string& kind, Attributes attributes = {}) {
        const NodeId id = spec.addNode(kind, std::move(attributes));
        if (from) static_cast<void>(spec.connect({from, 0}, {id, 0}));
        return id;
    };
    const NodeId input = chain({}, "input", {{"shape", I{2, 14, 14}}});
    const NodeId stem = chain(chain(input, "conv2d", {{"filters", std::int64_t{12}}, {"pads", I{1, 1, 1, 1}}}), "tanh");
    const NodeId grouped = chain(chain(stem, "conv2d", {{"filters", std::int64_t{12}}, {"groups", std::int64_t{3}},
                                                        {"pads", I{1, 1, 1, 1}}}), "leaky_relu");
    const NodeId dilated = chain(chain(stem, "conv2d", {{"filters", std::int64_t{20}}, {"dilation", I{2, 2}},
                                                        {"pads", I{2, 2, 2, 2}}}), "sigmoid");
    const NodeId joined = chain(grouped, "concat");
    static_cast<void>(spec.connect({dilated, 0}, {joined, 1}));
    NodeId last = chain(joined, "avg_pool");
    last = chain(chain(last, "conv2d", {{"filters", std::int64_t{18}}, {"stride", I{2, 2}}}), "relu");
    last = chain(chain(last, "max_pool"), "flatten");
    last = chain(chain(chain(last, "dense", {{"units", std::int64_t{30}}}), "relu"), "dropout");
    last = chain(last, "dense", {{"units", std::int64_t{7}}});
    chain(chain(last, "softmax"), "output");
    return spec;
}

inline double relativeDistance(std::span<const float> got, std::span<const float> expected) {
    double difference = 0.0;
    double norm = 1e-30;
    for (std::size_t i = 0; i < expected.size(); ++i) {
        difference += std::pow(static_cast<double>(got[i]) - expected[i], 2);
        norm += std::pow(static_cast<double>(expected[i]), 2);
    }
    return got.size() == expected.size() ? std::sqrt(difference / norm) : INFINITY;
}

}  // namespace convolab::testing
