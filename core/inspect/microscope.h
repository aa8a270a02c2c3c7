#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/inspect/activations.h"
#include "core/layers/window.h"

namespace convolab {

/// One value of one layer's output. Images: channel, row, column; vectors: channel only.
struct ValueRef {
    NodeId node;
    std::int64_t channel = 0;
    std::int64_t row = 0;
    std::int64_t column = 0;
    bool operator==(const ValueRef&) const = default;
};

/// A small table of numbers, row-major; `padding` marks cells outside the input.
struct NumberGrid {
    std::int64_t rows = 0;
    std::int64_t columns = 0;
    std::vector<float> values;
    std::vector<bool> padding;  ///< empty: none
    float at(std::int64_t row, std::int64_t column) const { return values[static_cast<std::size_t>(row * columns + column)]; }
};

/// One input channel's share of a convolution's value: Σ patch ∘ kernel.
struct ChannelTerm {
    std::int64_t inputChannel = 0;
    NumberGrid patch, kernel, products;
    double sum = 0.0;
};

struct DenseTerm {
    std::int64_t input = 0;   ///< index into the flattened input (C, H, W order)
    float value = 0.0F, weight = 0.0F;
    double product = 0.0;
};

/// How one value comes about, with the numbers really computed. Which members are filled depends on `kind`.
struct ValueExplanation {
    enum class Kind { Convolution, MaxPool, AveragePool, Dense, BatchNorm, Softmax, Activation, Other };
    Kind kind = Kind::Other;
    ValueRef value;
    Window window;                       ///< convolutions and poolings
    std::vector<ChannelTerm> channels;   ///< convolutions: each input channel of the group; poolings: one, without kernel
    std::vector<DenseTerm> dense;        ///< every input, in input order; softmax: every class, value = its score,
                                         ///< product = e^(score − largest)
    std::vector<std::pair<std::string, double>> steps;  ///< the arithmetic as rows: ("mean", …), ("variance", …)
    std::vector<ValueRef> sources;       ///< add, concat, flatten and the like: the values that it is made of
    double sum = 0.0;                    ///< before the bias
    std::optional<double> bias;
    double result = 0.0;                 ///< this layer's output
    /// Docked element-wise layers behind, in order: (name, value behind it).
    std::vector<std::pair<std::string, double>> docked;
    std::string sentence;                ///< "4.31 + 0.13 = 4.44", for text and screen readers
};

/// Explains a value of any layer of the order. `flipped`: what true convolution (kernel turned by 180°) would give;
/// everything but convolutions ignores it. An error names the layer where there is nothing to explain (input).
Result<ValueExplanation> explainValue(const NetworkSpec& spec, const ActivationSnapshot& snapshot, const ValueRef& value,
                                      bool flipped = false);

/// The partial maps of one output map: (I, H, W), one per input channel of its group; their sum plus the bias is the map.
Result<Tensor> partialMaps(const NetworkSpec& spec, const ActivationSnapshot& snapshot, NodeId convolution,
                           std::int64_t channel, bool flipped = false);

/// A convolution of numbers that a person gave: input (C, H, W), kernels (O, C, kH, kW), bias per O (may be empty).
struct ConvolutionSandbox {
    Tensor input, kernels;
    std::vector<float> bias;
    Window window;
    bool flipped = false;

    Status check() const;  ///< a sentence where the kernel does not fit, with the numbers in it
    Tensor output() const;                                    ///< (O, H', W')
    ValueExplanation explain(std::int64_t channel, std::int64_t row, std::int64_t column) const;
};
/// The same for a pooling of one map.
struct PoolingSandbox {
    Tensor input;  ///< (C, H, W)
    Window window;
    bool maximum = true;

    Status check() const;
    Tensor output() const;
    ValueExplanation explain(std::int64_t channel, std::int64_t row, std::int64_t column) const;
};

/// A kernel with a name: identity, sharpen, box blur, Gaussian, Sobel x, Sobel y, Laplacian, emboss …
struct NamedKernel {
    std::string id, label;
    NumberGrid kernel;
};
const std::vector<NamedKernel>& namedKernels();

/// A worked example as courses print it, ready to step through.
struct MicroscopeScene {
    std::string id, title, about;
    std::optional<ConvolutionSandbox> convolution;  ///< either this …
    std::optional<PoolingSandbox> pooling;          ///< … or this
    bool wantsPhotograph = false;  ///< convolution.input is to be replaced by a photograph (one channel)
    ValueRef focus;                ///< the value that the course prints
    double expected = 0.0;         ///< at the focus of the input given here
};
std::vector<MicroscopeScene> microscopeScenes();

}  // namespace convolab
