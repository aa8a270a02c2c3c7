#include "widgets/canvas/layer_group_style.h"

#include <QCoreApplication>

namespace convolab {

GroupColor groupColor(LayerGroup group) {
    switch (group) {
        case LayerGroup::Input: return GroupColor::Input;
        case LayerGroup::Convolution: return GroupColor::Convolution;
        case LayerGroup::Pooling: return GroupColor::Pooling;
        case LayerGroup::Dense: return GroupColor::Dense;
        case LayerGroup::Activation: return GroupColor::Activation;
        case LayerGroup::Normalisation: return GroupColor::Normalise;
        case LayerGroup::Shape: return GroupColor::Shape;
        case LayerGroup::Merge: return GroupColor::Merge;
        case LayerGroup::Output: return GroupColor::Output;
    }
    return GroupColor::Shape;
}

GroupColor groupColorOfKind(const std::string& kindId) {
    const LayerKind* kind = findLayerKind(kindId);
    return kind ? groupColor(kind->group) : GroupColor::Shape;
}

QString groupTitle(LayerGroup group) {
    const auto text = [](const char* source) { return QCoreApplication::translate("LayerGroup", source); };
    switch (group) {
        case LayerGroup::Input: return text("Input and output");
        case LayerGroup::Convolution: return text("Convolution");
        case LayerGroup::Pooling: return text("Pooling");
        case LayerGroup::Dense: return text("Dense");
        case LayerGroup::Activation: return text("Activation");
        case LayerGroup::Normalisation: return text("Normalise and regularise");
        case LayerGroup::Shape: return text("Shape");
        case LayerGroup::Merge: return text("Merge");
        case LayerGroup::Output: return text("Output");
    }
    return {};
}

}  // namespace convolab
