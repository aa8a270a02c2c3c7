#pragma once

#include <QImage>
#include <map>
#include <memory>
#include <vector>

#include "core/graph/analysis.h"
#include "core/inspect/activations.h"
#include "widgets/maps/map_mosaic.h"

namespace convolab {

/// What one card shows of one image.
struct LayerPicture {
    NodeId shown;                      ///< the layer whose output it is (behind the docked activation)
    MapMosaic mosaic;                  ///< empty for input and output
    QImage image;                      ///< of the input: the pixels as they are
    std::vector<float> probabilities;  ///< of the output: one per class
    double activeShare = -1.0;         ///< share of the values above 0; −1: says nothing here
    bool hasNaN = false;
};

/// All cards of one snapshot. Immutable, any thread.
struct LayerPictures {
    ActivationSnapshotPtr snapshot;
    std::map<NodeId, LayerPicture> byHead;
    bool hasNaN() const;
};

/// Takes a few milliseconds for networks of a few hundred maps: not for the UI thread.
LayerPictures layerPictures(const NetworkSpec& spec, const Analysis& analysis, ActivationSnapshotPtr snapshot);

}  // namespace convolab
