#pragma once

#include "core/cpu/op.h"

namespace convolab {

/// The numbers of one convolution.
struct Conv2dGeometry {
    std::int64_t inChannels, inHeight, inWidth, outChannels, outHeight, outWidth, groups;
    std::int64_t kernelH, kernelW, strideH, strideW, dilationH, dilationW, top, left, bottom, right;

    explicit Conv2dGeometry(const OpRequest& request);
    /// Every map is filtered by itself, into one map.
    bool isDepthwise() const { return groups > 1 && groups == inChannels && groups == outChannels; }
    std::int64_t weightCount() const { return outChannels * inChannels / groups * kernelH * kernelW; }
};

/// Weights and bias that a convolution computes with: its parameters, or with a batch norm behind folded in
/// (weight · γ / √(σ² + ε), bias likewise) as a private copy.
class Conv2dWeights {
  public:
    Conv2dWeights(const OpRequest& request, const Conv2dGeometry& geometry);
    bool hasBias() const { return m_hasBias || m_epsilon; }
    void fold(const Op& op);
    const float* weight(const Op& op) const { return m_epsilon ? m_weight.data() : op.parameters[0].value; }
    const float* bias(const Op& op) const {
        return m_epsilon ? m_bias.data() : (m_hasBias ? op.parameters[1].value : nullptr);
    }

  private:
    bool m_hasBias;
    std::int64_t m_filters, m_filterSize;
    std::optional<double> m_epsilon;
    AlignedBuffer m_weight, m_bias;
};

/// For depthwise convolutions: maps in blocks of 8 or 16.
std::unique_ptr<Op> makeDepthwiseOp(const OpRequest& request, int block);

}  // namespace convolab
