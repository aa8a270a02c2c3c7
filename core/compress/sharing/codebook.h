#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <span>
#include <vector>

#include "core/compress/masks.h"
#include "core/compress/plan.h"
#include "core/compress/sharing/scalar_kmeans.h"
#include "core/model/weights.h"
#include "core/train/weight_constraint.h"

namespace convolab {

constexpr std::int16_t kPrunedCode = -1;
constexpr int kMostCodebookBits = 8;

/// The shared weights of one layer: every kept weight is one of at most 2^bits centroids. A pruned weight is exactly 0
/// and has no code, so that no centroid is spent on it.
struct Codebook {
    int bits = kMostCodebookBits;     ///< per code, 1 … 8
    std::vector<float> centroids;     ///< ascending when made; fine-tuning may cross them
    std::vector<std::int16_t> codes;  ///< per weight, in the tensor's order; kPrunedCode where pruned
    bool operator==(const Codebook&) const = default;

    float value(std::size_t weight) const {
        return codes[weight] == kPrunedCode ? 0.0F : centroids[static_cast<std::size_t>(codes[weight])];
    }
    std::vector<std::int64_t> counts() const;  ///< members of each centroid
    std::int64_t kept() const;
};

/// By layer; of each, the weight tensor (biases stay as they are).
using Codebooks = std::map<NodeId, Codebook>;

/// k-means over the kept weights of one tensor, with seeded and repeatable result. `keep`: a byte per weight, 0 = pruned;
/// empty: what is not 0 is kept. Weights that are not finite: an error.
Result<Codebook> makeCodebook(std::span<const float> weights, std::span<const std::uint8_t> keep, int bits,
                              CodebookStart start = CodebookStart::Linear, std::uint64_t seed = 0);

/// Codebooks of the layers that the plan shares. Without `masks`, weights that are 0 count as pruned.
Result<Codebooks> makeCodebooks(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                const Masks* masks = nullptr, CodebookStart start = CodebookStart::Linear);

/// Every shared weight replaced by its centroid; everything else as it is.
WeightSet shared(WeightSet weights, const Codebooks& codebooks);

/// These weights are those of the codebooks; else an error that names the layer.
Status requireShared(const WeightSet& weights, const Codebooks& codebooks);

/// The same clusters with the centroids that trained weights have: what the codebooks look like at any step of a
/// fine-tuning, and behind it.
Codebooks withTrainedCentroids(Codebooks codebooks, const WeightSet& weights);

/// Fine-tuning of the centroids: the gradient of a centroid is the sum of its members' (Han et al. 2016, section 3.3), every
/// member moves with it, and pruned weights stay 0, those that `masks` prunes in layers without a codebook included.
/// Weight decay acts once on a centroid. Starts from the mean of each cluster.
std::shared_ptr<const WeightConstraint> sharingConstraint(std::shared_ptr<const ParameterLayout> layout,
                                                          const Codebooks& codebooks, MasksPtr masks = {});

}  // namespace convolab
