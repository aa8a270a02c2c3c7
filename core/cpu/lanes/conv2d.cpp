#include "core/cpu/conv2d.h"

#include "core/cpu/lanes/kernels.h"
#include "core/cpu/lanes/ops.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/util/check.h"

namespace convolab {

namespace {

lanes::Geometry forwardGeometry(const Conv2dGeometry& g) {
    return {g.inChannels, g.inHeight, g.inWidth, g.outChannels, g.outHeight, g.outWidth,
            g.kernelH, g.kernelW, g.strideH, g.strideW, g.top, g.left};
}

/// The gradient of the input is a convolution of the output's gradient with the turned kernels, of stride 1.
lanes::Geometry backwardGeometry(const Conv2dGeometry& g) {
    return {g.outChannels, g.outHeight, g.outWidth, g.inChannels, g.inHeight, g.inWidth,
            g.kernelH, g.kernelW, 1, 1, g.kernelH - 1 - g.top, g.kernelW - 1 - g.left};
}

class LanesConv2dOp final : public Op {
  public:
    explicit LanesConv2dOp(const OpRequest& request)
        : m_kernels(*lanes::kernelsOf(request.imageLanes)), m_lanes(request.imageLanes), m_geometry(request),
          m_weights(request, m_geometry), m_forward(forwardGeometry(m_geometry)), m_backward(backwardGeometry(m_geometry)),
          m_training(request.training), m_slope(request.activationSlope),
          m_masksGradient(m_slope && !request.activationMaskedByConsumer),
          m_packed(static_cast<std::size_t>(m_geometry.weightCount())) {
        tier = Tier::Portable;
        implementation = "lanes: " + std::to_string(m_lanes) + " images side by side";
        if (m_slope) implementation += " with activation";
        inputBlocks = {-m_lanes};
        outputBlock = -m_lanes;
        backwardReadsOutput = m_masksGradient;
        overwritesOutputGradient = m_masksGradient;
        if (request.backward && request.wantInputGradient.front()) {
            m_packedBackward = AlignedBuffer(static_cast<std::size_t>(m_geometry.weightCount()));
        }
    }

    void bindWeights() override {
        m_weights.fold(*this);
        m_packedIsCurrent = m_packedBackwardIsCurrent = false;
    }

    void forward(const StepContext& context) override {
        if (m_training || !m_packedIsCurrent) packForward();
        m_packedIsCurrent = true;
        convolve(context.n, m_forward, inputs[0], m_packed.data(), m_weights.bias(*this), m_slope, output);
    }

    void backward(const StepContext& context) override {
        const std::int64_t images = paddedImages(context.n, outputBlock);
        if (m_masksGradient) {
            maskGradient(output, *m_slope, outputGradient,
                         images * m_geometry.outChannels * m_geometry.outHeight * m_geometry.outWidth);
        }
        if (m_training) weightGradient(images / m_lanes);
        if (inputGradients[0] == nullptr) return;
        if (m_training || !m_packedBackwardIsCurrent) packBackward();
        m_packedBackwardIsCurrent = true;
        convolve(context.n, m_backward, outputGradient, m_packedBackward.data(), nullptr, std::nullopt, inputGradients[0]);
    }

  private:
    /// Weights (O, I, kH, kW) in the order in which tiles of outputs read them.
    void packForward() {
        const float* weight = m_weights.weight(*this);
        const std::int64_t taps = m_forward.kernelH * m_forward.kernelW;
        pack(m_forward, m_packed.data(), [&](std::int64_t output, std::int64_t input, std::int64_t tap) {
            return weight[(output * m_forward.inChannels + input) * taps + tap];
        });
    }

    void packBackward() {
        const float* weight = m_weights.weight(*this);
        const std::int64_t taps = m_forward.kernelH * m_forward.kernelW;
        pack(m_backward, m_packedBackward.data(), [&](std::int64_t output, std::int64_t input, std::int64_t tap) {
            return weight[(input * m_forward.inChannels + output) * taps + taps - 1 - tap];
        });
    }

    template <class Weight>
    void pack(const lanes::Geometry& g, float* packed, Weight&& weight) const {
        const std::int64_t taps = g.kernelH * g.kernelW;
        const std::int64_t tiles = lanes::tileCount(g.outChannels, m_kernels.outputs);
        const std::int64_t tileFloats = g.inChannels * taps * m_kernels.outputs;
        parallelFor(tiles, std::max<std::int64_t>(1, kElementGrain / tileFloats), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t tile = begin; tile < end; ++tile) {
                const std::int64_t first = lanes::tileBegin(g.outChannels, tiles, tile);
                const std::int64_t last = lanes::tileBegin(g.outChannels, tiles, tile + 1);
                float* to = packed + first * g.inChannels * taps;
                for (std::int64_t input = 0; input < g.inChannels; ++input) {
                    for (std::int64_t tap = 0; tap < taps; ++tap) {
                        for (std::int64_t output = first; output < last; ++output) *to++ = weight(output, input, tap);
                    }
                }
            }
        });
    }

    void convolve(std::int64_t n, const lanes::Geometry& g, const float* from, const float* packed, const float* bias,
                  std::optional<float> slope, float* to) const {
        const std::int64_t inGroup = g.inChannels * g.inHeight * g.inWidth * m_lanes;
        const std::int64_t outGroup = g.outChannels * g.outHeight * g.outWidth * m_lanes;
        const std::int64_t rows = paddedImages(n, -m_lanes) / m_lanes * g.outHeight;
        const std::int64_t work = g.outWidth * g.outChannels * g.inChannels * g.kernelH * g.kernelW;
        parallelFor(rows, std::max<std::int64_t>(1, kElementGrain / work), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t row = begin; row < end; ++row) {
                const std::int64_t group = row / g.outHeight;
                m_kernels.convolveRow({.geometry = g, .input = from + group * inGroup, .weights = packed, .bias = bias,
                                       .output = to + group * outGroup, .tiles = lanes::tileCount(g.outChannels, m_kernels.outputs),
                                       .activated = slope.has_value(), .slope = slope.value_or(0.0F)},
                                      row % g.outHeight);
            }
        });
    }

    void weightGradient(std::int64_t groups) {
        const lanes::WeightGradientJob job{.geometry = m_forward, .groups = groups, .input = inputs[0],
                                           .outputGradient = outputGradient, .weightGradient = parameters[0].gradient,
                                           .biasGradient = parameters.size() > 1 ? parameters[1].gradient : nullptr};
        parallelFor(m_kernels.weightParts(m_forward), 1,
                    [&](std::int64_t begin, std::int64_t end) { m_kernels.weightGradient(job, begin, end); });
    }

    const lanes::Kernels& m_kernels;
    int m_lanes;
    Conv2dGeometry m_geometry;
    Conv2dWeights m_weights;
    lanes::Geometry m_forward, m_backward;
    bool m_training;
    std::optional<float> m_slope;
    bool m_masksGradient;
    AlignedBuffer m_packed, m_packedBackward;
    bool m_packedIsCurrent = false, m_packedBackwardIsCurrent = false;  // outside training
};

}  // namespace

int imageLanes() {
    const lanes::Kernels* kernels = lanes::kernels();
    return kernels == nullptr ? 0 : kernels->lanes;
}

bool lanesConv2dSuits(const OpRequest& request) {
    const Conv2dGeometry g(request);
    const bool strided = g.strideH > 1 || g.strideW > 1;
    return g.groups == 1 && g.dilationH == 1 && g.dilationW == 1 && g.kernelH <= lanes::kMostKernelRows &&
           !(strided && request.backward && request.wantInputGradient.front());
}

std::unique_ptr<Op> makeLanesConv2dOp(const OpRequest& request) {
    CONVOLAB_CHECK(lanes::kernelsOf(request.imageLanes) != nullptr && lanesConv2dSuits(request),
                   "a convolution that cannot put images side by side");
    return std::make_unique<LanesConv2dOp>(request);
}

}  // namespace convolab
