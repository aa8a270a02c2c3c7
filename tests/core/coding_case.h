// Weights and masks by formula: the same as in tests/golden/cases_coding.py.
#pragma once

#include <cstdint>
#include <vector>

#include "core/compress/sharing/codebook.h"

namespace convolab::testing {

inline std::vector<float> formulaWeights(std::int64_t count) {
    std::vector<float> weights;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
        const double s = 2.0 * static_cast<double>(i * 2654435761U % (std::uint64_t{1} << 32)) / 4294967296.0 - 1.0;
        weights.push_back(static_cast<float>(s * s * s / 2.0));
    }
    return weights;
}

inline std::vector<std::uint8_t> formulaMask(std::int64_t count, int permille) {
    std::vector<std::uint8_t> keep;
    for (std::uint64_t i = 0; i < static_cast<std::uint64_t>(count); ++i) {
        const std::uint64_t mixed = i * 2246822519U % (std::uint64_t{1} << 32);
        keep.push_back((mixed >> 16) % 1000 < static_cast<std::uint64_t>(permille));
    }
    return keep;
}

// Formula weights under a formula mask, shared.
inline Codebook formulaCodebook(std::int64_t count, int permille, int bits) {
    return makeCodebook(formulaWeights(count), formulaMask(count, permille), bits).value();
}

// A plan that prunes and shares every layer of a network alike.
inline CompressionPlan planOfAll(const NetworkSpec& spec, double sparsity, int bits) {
    CompressionPlan plan;
    for (const NodeId layer : compressibleLayers(spec)) {
        plan.layers[layer] = {.sparsity = sparsity, .bits = bits, .levels = WeightLevels::KMeans};
    }
    return plan;
}

}  // namespace convolab::testing
