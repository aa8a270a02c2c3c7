#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "core/graph/analysis.h"
#include "core/graph/network_spec.h"
#include "core/layers/layer_kind.h"

namespace convolab {

/// Where each parameter tensor of a network lies in the flat buffers. Trainable parameters and running statistics
/// are one buffer each, in execution order of the layers and ParameterSpec order within a layer.
struct ParameterEntry {
    NodeId node;
    std::string nodeName;
    ParameterSpec spec;
    std::size_t offset = 0;  ///< floats into `parameters`, or into `statistics` if not trainable
};

struct ParameterLayout {
    std::vector<ParameterEntry> entries;
    std::size_t parameterCount = 0;
    std::size_t statisticCount = 0;

    const ParameterEntry* find(NodeId node, const std::string& name) const;
};

/// For a spec without errors.
ParameterLayout makeParameterLayout(const NetworkSpec& spec, const Analysis& analysis);

/// The weights of a network at one step: immutable once published, shared by everyone who looks.
struct WeightSet {
    std::shared_ptr<const ParameterLayout> layout;
    std::vector<float> parameters;
    std::vector<float> statistics;
    std::int64_t step = 0;

    std::span<const float> values(const ParameterEntry& entry) const;
};

using WeightSetPtr = std::shared_ptr<const WeightSet>;

/// The weights hold these tensors in these places; else an error that says they belong to another network.
Status requireLayout(const WeightSet& weights, const ParameterLayout& layout);

/// Fresh weights: each layer's `init` attribute and the seed decide (f(seed, Initialisation, node, element)); biases
/// and shifts 0, scales 1, running mean 0 and variance 1. He-uniform: U(±√(6 / fan-in)); He-normal: N(0, 2 / fan-in);
/// Xavier-uniform: U(±√(6 / (fan-in + fan-out))); LeCun-normal: N(0, 1 / fan-in).
WeightSet initialWeights(const NetworkSpec& spec, const Analysis& analysis, std::uint64_t seed);

/// The same into memory of parameterCount and statisticCount values.
void fillInitialWeights(const NetworkSpec& spec, const ParameterLayout& layout, std::uint64_t seed, std::span<float> parameters,
                        std::span<float> statistics);

/// `fresh` (initialWeights of a changed network) with every tensor taken over from `old` whose node id, name and shape
/// are the same: what "keeps the weights" after surgery.
WeightSet carriedOver(const WeightSet& old, WeightSet fresh);

}  // namespace convolab
