#pragma once

#include <QStringList>
#include <optional>

#include "core/tensor/tensor.h"
#include "widgets/maps/map_mosaic.h"

namespace convolab {

/// An output map as the sum of its tiles: the largest partial maps, the rest of them in one, the bias, and the map itself.
struct PartialTiles {
    Tensor maps;        ///< (tiles, H, W)
    MapMosaic mosaic;   ///< one diverging scale for all
    QStringList captions;                  ///< "0", "5 others", "+ bias", "= map 2"
    std::vector<std::int64_t> inputMaps;   ///< per tile; −1 where it is not one input map's
};

/// `partials` (I, H, W), one per input map from `firstInput` on; at most `most` of them are shown on their own.
PartialTiles partialTiles(const Tensor& partials, std::int64_t firstInput, std::optional<double> bias, std::int64_t outputMap, int most = 13);

}  // namespace convolab
