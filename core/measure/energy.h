#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "core/measure/layer_work.h"
#include "core/util/result.h"

namespace convolab {

/// Energy of one operation in picojoules, 45 nm, 0.9 V: M. Horowitz, "Computing's energy problem (and what we can do
/// about it)", ISSCC 2014. Reads are per 32 bit.
namespace horowitz {
inline constexpr double kFloatAdd = 0.9, kFloatMultiply = 3.7;
inline constexpr double kHalfAdd = 0.4, kHalfMultiply = 1.1;
inline constexpr double kInt8Add = 0.03, kInt8Multiply = 0.2;
inline constexpr double kInt32Add = 0.1, kInt32Multiply = 3.1;
inline constexpr double kSram8K = 5.0, kSram32K = 10.0, kSram1M = 50.0, kDram = 640.0;
}  // namespace horowitz

/// Which memory the weights are read from, once per batch.
enum class WeightHome {
    Dram,
    Sram1M,
    Sram32K,
    Sram8K,
    BySize,  ///< the smallest of the four that holds all weights of the network
};
const std::vector<WeightHome>& weightHomes();
const char* weightHomeName(WeightHome home);   ///< for options and files: "dram", "sram-1m", "sram-32k", "sram-8k", "by-size"
const char* weightHomeLabel(WeightHome home);  ///< for people: "DRAM", "SRAM 1 MB" …
Result<WeightHome> weightHomeFromName(std::string_view name);
/// `home`, or for BySize the level that holds so many bytes.
WeightHome levelThatHolds(WeightHome home, double weightBytes);
double picojoulesPerRead(WeightHome level);  ///< per 32 bit; not for BySize

struct EnergyOptions {
    WeightHome home = WeightHome::Dram;
    std::int64_t batch = 1;
    bool operator==(const EnergyOptions&) const = default;
};

/// Joules per image.
struct LayerEnergy {
    double arithmetic = 0.0;
    double weights = 0.0;      ///< reading them, shared by the images of a batch
    double activations = 0.0;  ///< reading inputs and writing outputs in SRAM (8 KB)
    double total() const { return arithmetic + weights + activations; }
};

struct EnergyModel {
    EnergyOptions options;
    WeightHome level = WeightHome::Dram;  ///< what BySize became
    std::vector<LayerEnergy> layers;      ///< like the work
    double convolutions = 0.0, dense = 0.0, others = 0.0;
    double total() const { return convolutions + dense + others; }
};

/// Every MAC is a multiplication and an addition (int8 × int8 → int32 where weights and values have 8 bits or fewer);
/// what has no MACs (pooling, activations) only moves values.
EnergyModel modelEnergy(std::span<const LayerWork> work, const EnergyOptions& options);

/// The smallest batch at which the convolutions take more than the dense layers; none up to `limit`, or where one of the
/// two is missing.
std::optional<std::int64_t> convolutionsLeadFrom(std::span<const LayerWork> work, WeightHome home, std::int64_t limit = 4096);

/// What has to stand beside every modelled figure.
inline constexpr const char* kModelledWording = "modelled (45 nm, arithmetic + memory, not this computer)";

}  // namespace convolab
