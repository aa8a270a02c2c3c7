#pragma once

#include <cstdint>
#include <limits>

#include "core/cpu/op.h"

namespace convolab {

/// gradient[i] *= output[i] > 0 ? 1 : slope, and 0 where output[i] reaches `top`. Valid behind relu, leaky relu and relu6
/// because they keep the sign.
void maskGradient(const float* output, float slope, float* gradient, std::int64_t count,
                  float top = std::numeric_limits<float>::infinity());
/// target = Σ sources, in their order.
void sumInto(const std::vector<const float*>& sources, float* target, std::int64_t count);
void copyFloats(const float* source, float* target, std::int64_t count);

std::unique_ptr<Op> makeActivationOp(const OpRequest& request);
std::unique_ptr<Op> makeSmoothActivationOp(const OpRequest& request);
std::unique_ptr<Op> makePreluOp(const OpRequest& request);
std::unique_ptr<Op> makeAddOp(const OpRequest& request);
std::unique_ptr<Op> makeDropoutOp(const OpRequest& request);
std::unique_ptr<Op> makeInputOp(const OpRequest& request);
std::unique_ptr<Op> makeConcatOp(const OpRequest& request);
std::unique_ptr<Op> makeAliasOp(const OpRequest& request);
std::unique_ptr<Op> makeChannelsOp(const OpRequest& request);
std::unique_ptr<Op> makePixelsOp(const OpRequest& request);
std::unique_ptr<Op> makePermuteOp(const OpRequest& request);
std::unique_ptr<Op> makeConvTranspose2dOp(const OpRequest& request);
/// `full`: the convolution with all connections.
std::unique_ptr<Op> makeTableConvolutionOp(const OpRequest& request, std::unique_ptr<Op> full);
std::unique_ptr<Op> makeSubsamplingOp(const OpRequest& request);
std::unique_ptr<Op> makeRbfOp(const OpRequest& request);
std::unique_ptr<Op> makePoolOp(const OpRequest& request);
std::unique_ptr<Op> makeGlobalAveragePoolOp(const OpRequest& request);
std::unique_ptr<Op> makeBatchNormOp(const OpRequest& request);
std::unique_ptr<Op> makeGroupNormOp(const OpRequest& request);
std::unique_ptr<Op> makeLayerNormOp(const OpRequest& request);
std::unique_ptr<Op> makeLrnOp(const OpRequest& request);
std::unique_ptr<Op> makeMultiplyOp(const OpRequest& request);
std::unique_ptr<Op> makeSoftmaxOp(const OpRequest& request);
std::unique_ptr<Op> makeDenseOp(const OpRequest& request);
std::unique_ptr<Op> makePortableConv2dOp(const OpRequest& request);

}  // namespace convolab
