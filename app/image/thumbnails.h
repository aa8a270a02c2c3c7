#pragma once

#include "app/image/current_image.h"
#include "core/inspect/predictions.h"
#include "widgets/pictures/picture_grid.h"

namespace convolab {

/// An image of the current data set with its class below.
Thumbnail datasetThumbnail(const CurrentImage& image, Split split, std::int64_t index);
/// One that the network takes for something else: "4 → 9" in the error colour.
Thumbnail wrongThumbnail(const CurrentImage& image, Split split, std::int64_t index, const Prediction& prediction);

}  // namespace convolab
