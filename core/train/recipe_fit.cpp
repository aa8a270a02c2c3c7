#include "core/train/recipe_fit.h"

#include <algorithm>

namespace convolab {

Status requireLossFits(const Recipe& recipe, const Dataset& dataset) {
    const Targets* targets = targetsOf(dataset);
    if (targets == nullptr) return {};
    const std::string& title = dataset.info().title;
    if (recipe.loss == LossKind::CrossEntropy) {
        return Error{ErrorCode::InvalidArgument,
                     "cross-entropy compares classes, and " + title + " tells the outputs which values to take" +
                         (targets->isRegression() ? ": " + targets->estimated.text() : ""),
                     {},
                     "choose the mean squared error"};
    }
    if (!recipe.adversarial) return {};
    return Error{ErrorCode::InvalidArgument, "adversarial training needs a class for each output, and " + title + " has target values", {},
                 "leave it out"};
}

bool hasStepOutput(const NetworkSpec& spec) {
    const auto output = std::ranges::find(spec.nodes(), "output", &Node::kind);
    if (output == spec.nodes().end()) return false;
    const auto edges = spec.edgesInto(output->id);
    return !edges.empty() && spec.node(edges.front()->from.node)->kind == "step";
}

}  // namespace convolab
