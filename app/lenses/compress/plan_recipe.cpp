#include "app/lenses/compress/plan_recipe.h"

#include <algorithm>

namespace convolab {

namespace {

bool isOn(const LayerCompression& layer, WeightLevels levels) { return layer.bits < kFloatBits && layer.levels == levels; }

bool hasStep(const std::vector<CompressionStep>& steps, CompressionAction action) {
    return std::any_of(steps.begin(), steps.end(), [action](const CompressionStep& step) { return step.action == action; });
}

const CompressionStep* lastStep(const std::vector<CompressionStep>& steps, CompressionAction action) {
    const auto found = std::find_if(steps.rbegin(), steps.rend(), [action](const CompressionStep& step) { return step.action == action; });
    return found == steps.rend() ? nullptr : &*found;
}

/// Every layer of `one` on these levels has the same bits in `other`.
bool covers(const CompressionPlan& one, const CompressionPlan& other, WeightLevels levels) {
    return std::all_of(one.layers.begin(), one.layers.end(), [&](const auto& item) {
        if (!isOn(item.second, levels)) return true;
        const LayerCompression& there = other.of(item.first);
        return isOn(there, levels) && there.bits == item.second.bits;
    });
}

bool sameLevels(const CompressionPlan& one, const CompressionPlan& other, WeightLevels levels) {
    return covers(one, other, levels) && covers(other, one, levels);
}

/// Of a plan, the layers on these levels and nothing else.
CompressionPlan onlyLevels(const CompressionPlan& plan, WeightLevels levels) {
    CompressionPlan only = plan;
    std::erase_if(only.layers, [levels](const auto& item) { return !isOn(item.second, levels); });
    for (auto& [layer, how] : only.layers) how = {.bits = how.bits, .levels = levels};
    return only;
}

CompressionPlan onlyPruning(const CompressionPlan& plan) {
    CompressionPlan only = plan;
    std::erase_if(only.layers, [](const auto& item) { return item.second.sparsity <= 0.0; });
    for (auto& [layer, how] : only.layers) how = {.sparsity = how.sparsity, .granularity = how.granularity};
    only.quantization = {};
    return only;
}

Error noRecipe(const char* message, const char* hint) { return {ErrorCode::Unsupported, message, {}, hint}; }

/// What the plan does and the steps do not do yet: pruning, sharing, quantising.
Status addPlan(std::vector<CompressionStep>& steps, const CompressionPlan& plan) {
    if (plan.shares() && plan.quantizes()) {
        return noRecipe("layers on uniform grids and layers with codebooks have no recipe together", "choose one kind of levels for all of them");
    }
    if (plan.prunes() && !hasStep(steps, CompressionAction::Prune)) {
        if (!steps.empty()) return noRecipe("the weights were fine-tuned before anything was pruned", "fine-tune the plan again");
        steps.push_back({.action = CompressionAction::Prune, .plan = onlyPruning(plan)});
    }
    const CompressionStep* share = lastStep(steps, CompressionAction::Share);
    if (share != nullptr && !covers(share->plan, plan, WeightLevels::KMeans)) {
        return noRecipe("the weights were shared when they were fine-tuned, and the plan gives them other bits", "fine-tune the plan again");
    }
    const bool newShare = plan.shares() && (share == nullptr || !sameLevels(share->plan, plan, WeightLevels::KMeans));
    const CompressionStep* grids = lastStep(steps, CompressionAction::Quantize);
    if (grids != nullptr && !plan.quantizes()) {
        return noRecipe("the weights were fine-tuned on grids that the plan no longer has", "set the bits again, or fine-tune the plan again");
    }
    const bool newGrids = plan.quantizes() && (grids == nullptr || !sameLevels(grids->plan, plan, WeightLevels::Uniform) ||
                                               !(grids->plan.quantization == plan.quantization));
    if (newShare) steps.push_back({.action = CompressionAction::Share, .plan = onlyLevels(plan, WeightLevels::KMeans)});
    if (newGrids) steps.push_back({.action = CompressionAction::Quantize, .plan = onlyLevels(plan, WeightLevels::Uniform)});
    return {};
}

}  // namespace

PlanSteps stepsOfTuning(const PlanStory& now, const Recipe& training, bool gradual) {
    if (now.tuned && !now.steps) return nullptr;
    const CompressionPlan& plan = now.plan;
    std::vector<CompressionStep> steps = now.tuned ? *now.steps : std::vector<CompressionStep>{};
    const bool onLevels = plan.shares() || plan.quantizes();
    std::optional<Recipe> best = training;
    best->keepBest = true;
    if (plan.prunes() && (gradual || !onLevels)) {
        if (hasStep(steps, CompressionAction::Share) || hasStep(steps, CompressionAction::Quantize)) return nullptr;
        CompressionStep prune{.action = CompressionAction::Prune, .plan = onlyPruning(plan), .training = best};
        if (gradual) prune.schedule = PruningSchedule::Gradual;
        steps.push_back(std::move(prune));
    }
    if (onLevels) {
        if (!addPlan(steps, plan).ok()) return nullptr;
        steps.push_back({.action = CompressionAction::Train, .training = best});
    }
    return std::make_shared<const std::vector<CompressionStep>>(std::move(steps));
}

Result<CompressionRecipe> recipeOf(const PlanStory& story) {
    const CompressionPlan& plan = story.plan;
    if (!plan.prunes() && !plan.shares() && !plan.quantizes()) {
        return noRecipe("there is nothing to repeat yet", "prune something or set bits first");
    }
    if (story.tuned && !story.steps) {
        return noRecipe("how these weights were fine-tuned is not on record", "fine-tune the plan again");
    }
    CompressionRecipe recipe;
    recipe.name = story.name;
    if (story.tuned) recipe.steps = *story.steps;
    CONVOLAB_RETURN_IF_ERROR(addPlan(recipe.steps, plan));
    if (!plan.quantizes()) recipe.steps.push_back({.action = CompressionAction::Code, .coder = story.coder});
    return recipe;
}

CompressionPlan planOf(const CompressionRecipe& recipe) {
    CompressionPlan plan;
    for (const CompressionStep& step : recipe.steps) {
        if (step.action == CompressionAction::Prune) {
            plan.criterion = step.plan.criterion;
            plan.seed = step.plan.seed;
            for (const auto& [layer, how] : step.plan.layers) {
                plan.layers[layer].sparsity = how.sparsity;
                plan.layers[layer].granularity = how.granularity;
            }
        }
        if (step.action != CompressionAction::Share && step.action != CompressionAction::Quantize) continue;
        if (step.action == CompressionAction::Quantize) plan.quantization = step.plan.quantization;
        const WeightLevels levels = step.action == CompressionAction::Share ? WeightLevels::KMeans : WeightLevels::Uniform;
        for (const auto& [layer, how] : step.plan.layers) {
            if (!isOn(how, levels)) continue;
            plan.layers[layer].bits = how.bits;
            plan.layers[layer].levels = levels;
        }
    }
    return plan;
}

bool trains(const CompressionRecipe& recipe) {
    return std::any_of(recipe.steps.begin(), recipe.steps.end(), [](const CompressionStep& step) { return step.training.has_value(); });
}

}  // namespace convolab
