#pragma once

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/compress/plan.h"
#include "core/compress/quantization/calibration.h"
#include "core/compress/quantization/quantizer.h"
#include "core/cpu/int8/ops.h"

namespace convolab {

/// A layer that stays in float32 between a dequantisation and a quantisation.
struct FloatLayer {
    std::vector<NodeId> nodes;  ///< a chain: the layer, then what is joined to it
};

/// The images, normalised, onto the first grid.
struct QuantizeInput {
    std::vector<double> mean, deviation;  ///< one for all channels, or one per channel
};

/// Nothing to compute: the same values, the same grid (dropout, a flatten whose order is right already, output).
struct PassOn {};

/// One step of an integer network. Its value is uint8 on `grid`, or float32 where `grid` is empty.
struct IntegerLayer {
    NodeId node;                    ///< the layer that gives the step its name
    std::vector<NodeId> joined;     ///< layers behind it that run as part of it: batch norm, activation
    std::string name;
    std::vector<int> inputs;        ///< steps; empty: the images
    Shape output;                   ///< per image
    std::optional<AffineQuantizer> grid;
    std::variant<QuantizeInput, int8::Convolution, int8::MaxPool, int8::AveragePool, int8::Add, int8::Concat, int8::Table,
                 int8::Flatten, PassOn, FloatLayer>
        operation;
    std::string how;  ///< "8-bit weights per channel", or why it stays float: for the plan

    // Convolutions and dense layers:
    int weightBits = 0;
    std::vector<float> weightScale;  ///< one, or one per output
    std::vector<float> floatBias;    ///< with the batch norm folded in

    NodeId last() const { return joined.empty() ? node : joined.back(); }
    bool isFloat() const { return std::holds_alternative<FloatLayer>(operation); }
};

/// A network that computes in integers, as a value: what the fast tier runs, what the plain loops check, what the ONNX
/// file says.
struct IntegerNetwork {
    NetworkSpec spec;
    WeightSet weights;  ///< the float32 ones, for the layers that stay float
    std::vector<IntegerLayer> layers;  ///< in execution order
    int output = -1;    ///< step whose value is the network's output
    int logits = -1;    ///< step before a final softmax; the output if there is none

    std::int64_t integerMacs() const;  ///< of one image
    std::int64_t floatMacs() const;
};

/// Lowers a trained network: batch norm and activations joined to the layer before them, weights rounded as `plan` says
/// (its layers' bits; 32 or a codebook: that layer stays float), activations on grids over `ranges`.
/// A layer whose range is missing, activations of 32 bits, or a plan without any layer to quantise: a sentence.
Result<IntegerNetwork> makeIntegerNetwork(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan,
                                          const ActivationRanges& ranges);

/// The weights with every layer that the plan quantises replaced by its values on the grid: for "weights only", and to
/// look at. Batch norm is not folded: a grid per channel gives the same integers before and after folding.
Result<WeightSet> dequantizedWeights(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan);

/// The grid of each filter or of the whole tensor: symmetric, up to the largest weight, or where the range rule clips.
struct WeightGrids {
    std::vector<AffineQuantizer> grids;  ///< one, or one per output
    const AffineQuantizer& of(std::int64_t output) const {
        return grids.size() == 1 ? grids[0] : grids[static_cast<std::size_t>(output)];
    }
};
Result<WeightGrids> weightGrids(std::span<const float> weights, std::int64_t outputs, int bits,
                                const QuantizationSettings& settings);

/// Bytes of the quantised weights when b-bit integers are packed: weights · bits / 8, a float32 scale per grid, an int32
/// bias per output; everything else as float32.
std::int64_t packedBytes(const NetworkSpec& spec, const WeightSet& weights, const CompressionPlan& plan);

}  // namespace convolab
