#pragma once

#include "core/data/dataset.h"
#include "core/graph/analysis.h"

namespace convolab {

/// The network is complete, and the data set has its input shape and number of classes; else the reason.
inline Status requireFit(const NetworkSpec& spec, const Analysis& analysis, const Dataset& dataset) {
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    const DatasetInfo& info = dataset.info();
    if (analysis.inputShape && *analysis.inputShape != info.imageShape) {
        return Error{ErrorCode::ShapeMismatch,
                     info.title + " has images of " + info.imageShape.text() + ", the network expects " +
                         analysis.inputShape->text(),
                     {},
                     "set the shape of the input layer to " + info.imageShape.text()};
    }
    if (analysis.classes != dataset.classes()) {
        return Error{ErrorCode::ShapeMismatch,
                     info.title + " has " + std::to_string(dataset.classes()) +
                         " classes, the network gives " + std::to_string(analysis.classes) + " outputs",
                     {},
                     "give the last dense layer " + std::to_string(dataset.classes()) + " units"};
    }
    return {};
}

}  // namespace convolab
