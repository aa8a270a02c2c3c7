#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/compress/quantization/quantized_model.h"

namespace convolab {

/// What a plan does to one layer. SQNR: 10 · log10(Σ x² / Σ (x − x̂)²) in dB, infinite where nothing changes.
struct LayerQuantizationError {
    NodeId node;            ///< the layer
    NodeId output;          ///< the layer behind it whose output is compared: activation and batch norm included
    std::string name;
    int bits = kFloatBits;  ///< of its weights
    double weightSqnr = 0.0;
    double weightMaxError = 0.0;   ///< largest |w − ŵ|
    double outputSqnr = 0.0;       ///< float32 network against the integer one, on the same images
    double outputMaxError = 0.0;
};

/// The error x-ray: every layer whose output has a grid, in execution order, on given images of a split. Layers without
/// weights have infinite weightSqnr. Errors of earlier layers are part of those behind them. `exact`: weights to compare with
/// in place of `weights`, which then may be shared already: what codebooks cost is part of the errors.
Result<std::vector<LayerQuantizationError>> quantizationErrors(const NetworkSpec& spec, const WeightSet& weights,
                                                               const CompressionPlan& plan, const ActivationRanges& ranges,
                                                               const Dataset& dataset, Split split,
                                                               std::span<const std::int64_t> indices,
                                                               const std::function<bool(double)>& progress = {},
                                                               const WeightSet* exact = nullptr);

/// One tensor or filter with the grid that its weights go onto.
struct WeightHistogram {
    float low = 0.0F, high = 0.0F;      ///< of the bins
    std::vector<std::int64_t> counts;
    AffineQuantizer grid;
    std::int64_t clipped = 0;           ///< weights beyond the grid's ends
    ValueRange limits() const { return grid.range(); }
};

/// `output`: a filter or unit, or −1 for the whole tensor (then with the grid that the whole tensor would have).
Result<WeightHistogram> weightHistogram(const WeightSet& weights, NodeId layer, int bits,
                                        const QuantizationSettings& settings, std::int64_t output, int bins);

/// Accuracy of a plan on a fixed sample: what follows a slider. Ranges are chosen from `statistics`, once observed.
Result<Evaluation> quantizedAccuracy(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                     const ActivationStatistics& statistics, const Dataset& dataset, Split split,
                                     std::span<const std::int64_t> indices, const std::function<bool(double)>& progress = {});

}  // namespace convolab
