#include "core/model/model.h"

#include <algorithm>
#include <new>

#include "core/cpu/team_limit.h"
#include "core/model/compiled_model.h"
#include "core/model/option_check.h"
#include "core/model/pass_size.h"
#include "core/util/check.h"
#include "core/util/log.h"
#include "core/util/text.h"

namespace convolab {

namespace {

Error outOfMemory(const CompileOptions& options, double bytes, std::size_t available) {
    std::string message = "the network needs at least " + formatBytes(bytes) + " for batches of " +
                          withThousands(options.maximumBatch) + " images";
    if (available > 0) message += "; " + formatBytes(static_cast<double>(available)) + " are free";
    return {ErrorCode::OutOfMemory, message, "", "make the batch smaller or the layers narrower"};
}

}  // namespace

Status checkOptions(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options) {
    if (options.maximumBatch < 1) {
        return Error{ErrorCode::InvalidArgument,
                     "a batch of " + withThousands(options.maximumBatch) + " images is not possible", "",
                     "use 1 or more"};
    }
    std::vector<NodeId> named = options.taps;
    if (options.end) named.push_back(options.end);
    for (const NodeId tap : named) {
        const Node* node = spec.node(tap);
        const NodeAnalysis* shapes = analysis.find(tap);
        if (node == nullptr || shapes == nullptr || !shapes->output) {
            return Error{ErrorCode::NotFound, "there is no layer with number " + std::to_string(tap.value), "", ""};
        }
    }
    CONVOLAB_CHECK(options.taps.empty() || !options.training, "taps belong to inference models");
    CONVOLAB_CHECK(!options.inputGradient || options.training, "an input gradient needs a training model");
    CONVOLAB_CHECK(!options.end || !options.training, "a training model ends at the output");
    CONVOLAB_CHECK(!options.differentiable || !options.training, "a model is trained or differentiable, not both");
    const Shape& output = *analysis.find(analysis.output)->output;
    if (options.training && !output.isVector()) {
        return Error{ErrorCode::InvalidSpec, "the output is an image of " + output.text() + ", training needs one value per class",
                     spec.node(analysis.output)->name, "insert flatten and a dense layer, or global average pooling"};
    }
    return {};
}

const char* tierName(Tier tier) {
    switch (tier) {
        case Tier::Reference: return "reference";
        case Tier::Portable: return "portable";
        case Tier::OneDnn: return "oneDNN";
    }
    return "";
}

Result<std::unique_ptr<Model>> Model::compile(const NetworkSpec& spec, const CompileOptions& options) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(checkOptions(spec, analysis, options));
    std::size_t bytes = 0;
    try {
        // A lower bound first: sizes of absurd batches overflow further down.
        std::int64_t largest = 0;
        for (const auto& [id, node] : analysis.nodes) largest = std::max(largest, node.cost.activationBytes);
        CompileOptions pass = options;
        pass.maximumBatch = imagesPerPass(analysis, options);
        const double least = static_cast<double>(largest) * static_cast<double>(pass.maximumBatch);
        if (least > static_cast<double>(availableMemory())) return outOfMemory(options, least, availableMemory());
        const auto layout = std::make_shared<const ParameterLayout>(makeParameterLayout(spec, analysis));
        const TeamLimit limit(threadsWorth(analysis, options));
        OpPlan plan = makeOpPlan(spec, analysis, pass);
        const std::size_t copies = options.training ? 2 : 1;
        bytes = sizeof(float) * (plan.arenaFloats + plan.scratchFloats + copies * layout->parameterCount);
        const std::size_t available = availableMemory();
        if (bytes > available) return outOfMemory(options, static_cast<double>(bytes), available);
        logDebug("compiled " + spec.name + " for batches of " + std::to_string(options.maximumBatch) +
                 (options.training ? ", training, " : ", inference, ") + formatBytes(static_cast<double>(bytes)));
        return std::unique_ptr<Model>(
            std::make_unique<CompiledModel>(spec, analysis, options, std::move(plan), layout));
    } catch (const std::bad_alloc&) {
        return outOfMemory(options, static_cast<double>(bytes), 0);
    } catch (const InvariantError& error) {
        return Error{ErrorCode::Internal, error.what(), "", "please report this"};
    }
}

}  // namespace convolab
