#pragma once

#include "gpu/kernels/convolution.h"

/// A convolution for cuDNN, and what is done behind it. On the processor: one result at a time.
namespace convolab::gpu {

enum class ConvolutionPass : std::int32_t { Forward, InputGradient, WeightGradient };

/// `first` and `second`: forward x and w, for the input's gradient dy and w, for the weights' gradient x and dy. Both are float32, or
/// both numbers of 16 bits: so is the result then (cuDNN's configurations PSEUDO_HALF and PSEUDO_BFLOAT16: sums in float32).
struct ConvolutionCall {
    static constexpr bool kLibrary = true;
    ConvolutionShape s;
    Index n;
    ConvolutionPass pass;
    ProductFactors first, second;
    void* result;

    Index count() const {
        if (pass == ConvolutionPass::Forward) return n * s.out.image();
        return pass == ConvolutionPass::InputGradient ? n * s.in.image() : s.out.channels * s.depth() * s.kernelHeight * s.kernelWidth;
    }
    void operator()(Index i) const {
        if (first.stored) static_cast<std::uint16_t*>(result)[i] = to16(first.type, value(i));
        else static_cast<float*>(result)[i] = value(i);
    }
    float value(Index i) const {
        if (pass == ConvolutionPass::Forward) return Convolution{s, first, second, nullptr, nullptr}.value(i);
        if (pass == ConvolutionPass::InputGradient) return ConvolutionInputGradient{s, first, second, nullptr, nullptr}.value(i);
        return ConvolutionWeightGradient{s, first, second, nullptr, n}.value(i);
    }
    /// cuDNN pads all sides alike, and takes sizes below 2³¹.
    static bool fits(const ConvolutionShape& s, Index n) {
        const auto places = [](Index in, Index pad, Index kernel, Index dilation, Index stride) { return (in + 2 * pad - dilation * (kernel - 1) - 1) / stride + 1; };
        return places(s.in.height, s.padTop, s.kernelHeight, s.dilationHeight, s.strideHeight) == s.out.height &&
               places(s.in.width, s.padLeft, s.kernelWidth, s.dilationWidth, s.strideWidth) == s.out.width && s.padTop >= 0 && s.padLeft >= 0 &&
               n * s.in.image() < (Index{1} << 31) && n * s.out.image() < (Index{1} << 31);
    }
};

/// Behind a call: y += b[channel], and a ReLU if one is wanted.
struct AddBias {
    float* y;
    const float* bias;  ///< may be null
    Index channels, plane;
    bool relu;
    CONVOLAB_BODY void operator()(Index i) const { y[i] = rectified(relu, bias != nullptr ? y[i] + bias[i / plane % channels] : y[i]); }
};

}  // namespace convolab::gpu
