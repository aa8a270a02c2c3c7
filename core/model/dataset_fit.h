#pragma once

#include "core/data/targets.h"
#include "core/graph/analysis.h"

namespace convolab {

/// What a caller can make of a data set's labels.
enum class Labels { Classes, ClassesOrTargets };

/// The network is complete, and the data set has its input shape and number of outputs; else the reason. A data set with
/// targets is refused unless the caller reads them: its labels are no places among the outputs.
inline Status requireFit(const NetworkSpec& spec, const Analysis& analysis, const Dataset& dataset, Labels labels = Labels::Classes) {
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    const DatasetInfo& info = dataset.info();
    if (analysis.inputShape && *analysis.inputShape != info.imageShape) {
        return Error{ErrorCode::ShapeMismatch,
                     info.title + " has images of " + info.imageShape.text() + ", the network expects " +
                         analysis.inputShape->text(),
                     {},
                     "set the shape of the input layer to " + info.imageShape.text()};
    }
    if (analysis.classes != outputsOf(dataset)) {
        const auto counted = [](int n, const char* one) { return std::to_string(n) + " " + one + (n == 1 ? "" : "s"); };
        return Error{ErrorCode::ShapeMismatch,
                     info.title + (targetsOf(dataset) == nullptr ? " has " + std::to_string(dataset.classes()) + " classes"
                                                        : " wants " + counted(outputsOf(dataset), "output")) +
                         ", the network gives " + counted(analysis.classes, "output"),
                     {},
                     "give the last dense layer " + counted(outputsOf(dataset), "unit")};
    }
    if (labels == Labels::Classes && targetsOf(dataset) != nullptr) {
        return Error{ErrorCode::InvalidArgument,
                     info.title + " tells the outputs which values to take; this needs a data set with one output for each class",
                     {},
                     "choose another data set"};
    }
    return {};
}

}  // namespace convolab
