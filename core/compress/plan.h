#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/util/result.h"

namespace convolab {

/// What is set to zero together: single weights, the k × k slice of one filter for one input channel (of a dense layer:
/// single weights), or a whole filter with its bias and the batch norm behind it (of a dense layer: a unit).
enum class Granularity { Weight, Kernel, Filter };
const char* granularityName(Granularity granularity);  ///< "weight", "kernel", "filter"
Result<Granularity> granularityFromName(std::string_view name);

enum class WeightLevels {
    Uniform,  ///< an evenly spaced grid: runs as integers at 8 bits
    KMeans,   ///< a codebook of 2^bits shared values
};
const char* weightLevelsName(WeightLevels levels);  ///< "uniform", "kmeans"
Result<WeightLevels> weightLevelsFromName(std::string_view name);

constexpr int kFloatBits = 32;

/// What is planned for one layer with a weight tensor (convolution or dense).
struct LayerCompression {
    double sparsity = 0.0;                        ///< share of its groups that become 0, in [0, 1]
    Granularity granularity = Granularity::Weight;
    int bits = kFloatBits;                        ///< per weight: 32 (float32) or 8 … 2
    WeightLevels levels = WeightLevels::Uniform;
    bool operator==(const LayerCompression&) const = default;
};

/// How numbers become integers where a layer's `bits` are below 32.
struct QuantizationSettings {
    bool perChannel = true;       ///< a scale for each filter, else one for the tensor
    int activationBits = 8;       ///< 32: activations stay float32
    std::string range = "minmax"; ///< id of a range rule in the registry: minmax, percentile, mse
    std::int64_t calibrationImages = 512;  ///< the first so many training images, seeded and balanced by class
    bool operator==(const QuantizationSettings&) const = default;
};

/// An overlay on a network: what compression would do to it. A value; the network and its weights stay as they are until
/// somebody applies it. Layers that are not named stay as they are.
struct CompressionPlan {
    std::string criterion = "magnitude";  ///< id in the registry of pruning criteria
    std::uint64_t seed = 0;               ///< of the random criterion, the k-means start and the samples
    std::map<NodeId, LayerCompression> layers;
    QuantizationSettings quantization;
    bool operator==(const CompressionPlan&) const = default;

    const LayerCompression& of(NodeId layer) const;  ///< "as it is" where the plan names none
    bool prunes() const;
    bool quantizes() const;  ///< any layer on a uniform grid
    bool shares() const;     ///< any layer with a codebook
};

/// Layers that a plan can name, in execution order: those with a weight tensor (not batch norm).
std::vector<NodeId> compressibleLayers(const NetworkSpec& spec);

/// Unknown layers or criterion, a sparsity outside [0, 1] or NaN, bits that do not exist, everything pruned: a sentence
/// with the layer's name.
Status validatePlan(const CompressionPlan& plan, const NetworkSpec& spec);

/// Readable JSON, layers by name (their order is free; names as everywhere: case, spaces and underscores ignored). An
/// unknown key or layer is an error that names the nearest word.
std::string planToJson(const CompressionPlan& plan, const NetworkSpec& spec);
Result<CompressionPlan> planFromJson(std::string_view json, const NetworkSpec& spec);

}  // namespace convolab
