#pragma once

#include "gpu/plan/op_rules.h"

namespace convolab::gpu {

/// Bytes for the copies in 16 bits that calls of libraries need.
struct HalfSizes {
    std::size_t kept = 0;      ///< from forward to backward: weights, then input
    std::size_t forward = 0;   ///< the result of the forward pass
    std::size_t backward = 0;  ///< the output's gradient, then one result
};
/// Of a layer whose products are convolutions (`result`: cuDNN gives 16 bits) or of matrices.
HalfSizes halfSizes(const ConvolabGpuOp& op, Index n, bool result);

/// One factor, for our own kernels, which round while they read, and for libraries, which do not.
struct Operand {
    const float* values;
    const std::uint16_t* rounded = nullptr;  ///< null: there is no copy
};

/// The factors of one pass of a layer. With `copies`, what a library needs is rounded here: the weights and the input once per
/// step, in the forward pass; the output's gradient once per backward pass.
struct Operands {
    static Operands forward(const OpRun& run, bool copies);
    static Operands backward(const OpRun& run, bool copies);

    Operand input{}, weights{}, gradient{};
    std::uint16_t* result = nullptr;
};

/// As one of our own kernels takes it.
inline ProductFactors ownFactors(const OpRun& run, const Operand& operand) { return {operand.values, run.factors}; }
/// As a library takes it.
inline ProductFactors libraryFactors(const OpRun& run, const Operand& operand) {
    return operand.rounded != nullptr ? ProductFactors(operand.rounded, run.factors) : ProductFactors(operand.values);
}

}  // namespace convolab::gpu
