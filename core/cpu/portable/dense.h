#pragma once

#include <optional>

#include "core/cpu/op.h"
#include "core/cpu/portable/gemm.h"

namespace convolab {

/// y (n, out) = x (n, in) · weightᵀ + bias by one matrix product. The weights stay in PyTorch's order: no reorders.
class DenseOp : public Op {
  public:
    /// `product` does all three matrix products of a step.
    DenseOp(const OpRequest& request, GemmFunction product);

    void forward(const StepContext& context) override;
    void backward(const StepContext& context) override;

  protected:
    const float* bias() const { return parameters.size() > 1 ? parameters[1].value : nullptr; }
    /// One image: weights are read once, several rows side by side, as fast as memory gives them.
    void forwardOne();
    /// The same as yᵀ = weight · xᵀ, turned round through `turned` (out · n floats).
    void forwardTurned(std::int64_t n, float* turned);

    std::int64_t m_in, m_out;
    std::optional<float> m_slope;  ///< of the activation fused behind

  private:
    void finish(std::int64_t begin, std::int64_t end, float* y) const;  ///< bias and activation of one image

    GemmFunction m_gemm;
};

}  // namespace convolab
