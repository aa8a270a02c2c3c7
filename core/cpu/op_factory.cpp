#include <functional>
#include <map>

#include "core/cpu/conv2d.h"
#include "core/cpu/lanes/ops.h"
#include "core/cpu/onednn/ops.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/reference_op.h"

namespace convolab {

namespace {

std::unique_ptr<Op> makeConv2dOp(const OpRequest& request) {
    if (request.imageLanes > 0) return makeLanesConv2dOp(request);
    if (request.fastest == Tier::OneDnn) {
        if (auto op = makeOneDnnConv2dOp(request)) return op;
    }
    return makePortableConv2dOp(request);
}

std::unique_ptr<Op> makeDense(const OpRequest& request) {
    if (request.fastest == Tier::OneDnn) {
        if (auto op = makeOneDnnDenseOp(request)) return op;
    }
    return makeDenseOp(request);
}

std::unique_ptr<Op> makeTableConvolution(const OpRequest& request) {
    const std::int64_t one = 1;
    OpRequest full = request;
    full.kind = findLayerKind("conv2d");
    full.attributes.set("filters", request.output.channels());
    full.attributes.set("dilation", std::vector<std::int64_t>{one, one});
    full.attributes.set("groups", one);
    return makeTableConvolutionOp(request, makeConv2dOp(full));
}

std::unique_ptr<Op> makeDropout(const OpRequest& request) {
    return request.training ? makeDropoutOp(request) : makeAliasOp(request);
}

using Maker = std::function<std::unique_ptr<Op>(const OpRequest&)>;

/// One row per kind that is faster than the reference. To add one: write its op and a row here.
const std::map<std::string, Maker>& makers() {
    static const std::map<std::string, Maker> table{
        {"input", makeInputOp},
        {"output", makeAliasOp},
        {"conv2d", makeConv2dOp},
        {"conv_transpose2d", makeConvTranspose2dOp},
        {"conv2d_table", makeTableConvolution},
        {"subsampling", makeSubsamplingOp},
        {"rbf_output", makeRbfOp},
        {"max_pool", makePoolOp},
        {"avg_pool", makePoolOp},
        {"adaptive_avg_pool", makePoolOp},
        {"adaptive_max_pool", makePoolOp},
        {"global_avg_pool", makeGlobalAveragePoolOp},
        {"dense", makeDense},
        {"relu", makeActivationOp},
        {"leaky_relu", makeActivationOp},
        {"sigmoid", makeActivationOp},
        {"tanh", makeActivationOp},
        {"prelu", makePreluOp},
        {"relu6", makeSmoothActivationOp},
        {"elu", makeSmoothActivationOp},
        {"gelu", makeSmoothActivationOp},
        {"silu", makeSmoothActivationOp},
        {"hard_swish", makeSmoothActivationOp},
        {"hard_sigmoid", makeSmoothActivationOp},
        {"softplus", makeSmoothActivationOp},
        {"step", makeSmoothActivationOp},
        {"softmax", makeSoftmaxOp},
        {"log_softmax", makeSoftmaxOp},
        {"batch_norm", makeBatchNormOp},
        {"lrn", makeLrnOp},
        {"layer_norm", makeLayerNormOp},
        {"group_norm", makeGroupNormOp},
        {"instance_norm", makeGroupNormOp},
        {"dropout", makeDropout},
        {"flatten", makeAliasOp},
        {"reshape", makeAliasOp},
        {"permute", makePermuteOp},
        {"slice", makeChannelsOp},
        {"channel_shuffle", makeChannelsOp},
        {"pad", makePixelsOp},
        {"crop", makePixelsOp},
        {"resize", makePixelsOp},
        {"add", makeAddOp},
        {"multiply", makeMultiplyOp},
        {"concat", makeConcatOp},
    };
    return table;
}

}  // namespace

std::unique_ptr<Op> makeOp(const OpRequest& request) {
    if (request.fastest != Tier::Reference) {
        const auto found = makers().find(request.kind->id);
        if (found != makers().end()) return found->second(request);
    }
    return makeReferenceOp(request);
}

}  // namespace convolab
