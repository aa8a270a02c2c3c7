#include "app/lenses/look_inside/layer_pictures.h"

#include <algorithm>
#include <cmath>

#include "app/lenses/look_inside/inspect_focus.h"
#include "core/graph/docking.h"
#include "widgets/pictures/pixel_picture.h"

namespace convolab {

namespace {

constexpr int kLargestSide = 64;  // of a tile in a card, which has some 50 pixels for it

double activeShareOf(std::span<const float> values) {
    if (values.empty()) return -1.0;
    const auto active = std::count_if(values.begin(), values.end(), [](float value) { return value > 0; });
    return static_cast<double>(active) / static_cast<double>(values.size());
}

bool isOutputCard(const NetworkSpec& spec, NodeId head) {
    if (spec.node(head)->kind == "output") return true;
    const auto rows = dockedLayers(spec, head);
    return std::any_of(rows.begin(), rows.end(), [&](NodeId row) { return spec.node(row)->kind == "output"; });
}

}  // namespace

bool LayerPictures::hasNaN() const {
    return std::any_of(byHead.begin(), byHead.end(), [](const auto& each) { return each.second.hasNaN; });
}

LayerPictures layerPictures(const NetworkSpec& spec, const Analysis& analysis, ActivationSnapshotPtr snapshot) {
    LayerPictures result;
    result.snapshot = std::move(snapshot);
    const ActivationSnapshot& values = *result.snapshot;
    for (const NodeId head : analysis.order) {
        if (isDocked(spec, head)) continue;
        LayerPicture picture;
        picture.shown = shownLayer(spec, analysis, head);
        const auto found = values.outputs.find(picture.shown);
        if (spec.node(head)->kind == "input") {
            picture.image = pixelPicture(values.image.view());
        } else if (found != values.outputs.end()) {
            picture.hasNaN = hasNonFinite(found->second.span());
            if (isOutputCard(spec, head) && !values.probabilities.empty())
                picture.probabilities = values.probabilities;
            else
                picture.mosaic = MapMosaic(found->second.view(), {.largestSide = kLargestSide});
            const NodeAnalysis* layer = analysis.find(head);
            if (layer != nullptr && layer->cost.parameters > 0 && picture.probabilities.empty())
                picture.activeShare = activeShareOf(found->second.span());
        }
        result.byHead.emplace(head, std::move(picture));
    }
    return result;
}

}  // namespace convolab
