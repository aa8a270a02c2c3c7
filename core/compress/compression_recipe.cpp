#include "core/compress/compression_recipe.h"

#include <algorithm>

#include "core/compress/coding/weight_coder.h"
#include "core/util/check.h"
#include "core/util/option_text.h"
#include "core/util/text.h"

namespace convolab {

namespace {

Error invalid(std::string message, std::string hint) {
    return {ErrorCode::InvalidArgument, std::move(message), {}, std::move(hint)};
}

Status checkPruning(const CompressionStep& step, const NetworkSpec& spec) {
    CONVOLAB_RETURN_IF_ERROR(validatePlan(step.plan, spec));
    if (!step.plan.prunes()) return invalid("the plan prunes nothing", "give a layer a sparsity above 0");
    if (step.training) return validatePruning(step.pruning(), spec);
    if (step.schedule == PruningSchedule::OneShot) return {};
    return invalid("gradual pruning needs a training", "give it a \"training\", or prune one-shot");
}

Status checkSharing(const CompressionStep& step, const NetworkSpec& spec) {
    CONVOLAB_RETURN_IF_ERROR(validatePlan(step.plan, spec));
    if (step.plan.shares()) return {};
    return invalid("the plan shares no weights", "give a layer 8 to 2 bits with levels \"kmeans\"");
}

Status checkGrids(const CompressionStep& step, const NetworkSpec& spec) {
    CONVOLAB_RETURN_IF_ERROR(validatePlan(step.plan, spec));
    if (step.plan.quantizes()) return {};
    return invalid("the plan puts no layer on a grid", "give a layer 8 to 2 bits with levels \"uniform\"");
}

Status checkCoder(const CompressionStep& step) {
    if (findWeightCoder(std::string_view(step.coder)) != nullptr) return {};
    std::vector<std::string> known;
    for (const WeightCoder* coder : weightCoders()) known.push_back(coder->id);
    return unknownWord("coder", step.coder, known);
}

/// What may not follow what came before.
Status checkOrder(const std::vector<CompressionStep>& steps, std::size_t index) {
    const auto before = [&](CompressionAction action) {
        return std::any_of(steps.begin(), steps.begin() + static_cast<std::ptrdiff_t>(index),
                           [action](const CompressionStep& step) { return step.action == action; });
    };
    if (before(CompressionAction::Code)) return invalid("it stands behind the coding", "let \"code\" be the last step");
    const CompressionAction action = steps[index].action;
    const bool shared = before(CompressionAction::Share), onGrids = before(CompressionAction::Quantize);
    if (action == CompressionAction::Prune && shared) return invalid("it prunes weights that are shared already", "prune first, then share");
    if (action == CompressionAction::Prune && onGrids) return invalid("it prunes weights that are on grids already", "prune first, then quantise");
    if ((action == CompressionAction::Share && onGrids) || (action == CompressionAction::Quantize && shared)) {
        return invalid("codebooks and uniform grids have no form together", "share or quantise, not both");
    }
    if (action == CompressionAction::Code && onGrids) {
        return invalid("weights on uniform grids have no packed file", "leave \"code\" out: the document and the ONNX file hold the integers");
    }
    return {};
}

Status checkStep(const CompressionStep& step, const NetworkSpec& spec) {
    switch (step.action) {
        case CompressionAction::Prune: return checkPruning(step, spec);
        case CompressionAction::Train:
            return step.training ? validateRecipe(*step.training) : invalid("it has no training", "give it a \"training\"");
        case CompressionAction::Share: return checkSharing(step, spec);
        case CompressionAction::Quantize: return checkGrids(step, spec);
        case CompressionAction::Code: return checkCoder(step);
    }
    return {};
}

}  // namespace

const char* compressionActionName(CompressionAction action) {
    switch (action) {
        case CompressionAction::Prune: return "prune";
        case CompressionAction::Train: return "train";
        case CompressionAction::Share: return "share";
        case CompressionAction::Quantize: return "quantize";
        case CompressionAction::Code: return "code";
    }
    return "";
}

Status validateCompressionRecipe(const CompressionRecipe& recipe, const NetworkSpec& spec) {
    if (recipe.steps.empty()) {
        return invalid("the compression recipe has no steps", "give it a step such as {\"step\": \"prune\", …}");
    }
    for (std::size_t i = 0; i < recipe.steps.size(); ++i) {
        Status status = checkOrder(recipe.steps, i);
        if (status.ok()) status = checkStep(recipe.steps[i], spec);
        if (status.ok()) continue;
        Error error = status.error();
        error.message = "step " + std::to_string(i + 1) + " (" + compressionActionName(recipe.steps[i].action) +
                        "): " + error.message;
        return error;
    }
    return {};
}

const char* pruningScheduleName(PruningSchedule schedule) {
    return schedule == PruningSchedule::OneShot ? "one-shot" : "gradual";
}

PruningSettings CompressionStep::pruning() const {
    PruningSettings settings;
    settings.plan = plan;
    settings.schedule = schedule;
    settings.initialSparsity = initialSparsity;
    settings.pruneEvery = pruneEvery;
    settings.rampShare = rampShare;
    settings.recipe = training.value_or(Recipe{});
    return settings;
}

}  // namespace convolab
