#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/inspect/predictions.h"
#include "core/model/weights.h"
#include "core/tensor/tensor.h"
#include "core/util/result.h"

namespace convolab {

struct AttributionRequest {
    WeightSetPtr weights;
    View<const float> image;  ///< (C, H, W) in [0, 1]
    int target = -1;          ///< class whose logit is explained; −1: the predicted one
    NodeId layer;             ///< Grad-CAM: the maps to weigh; 0: the last convolution's, behind what docks to it
                            ///< and the add or concat that it leads to
    int steps = 50;           ///< integrated gradients: points of the midpoint rule from the black image, 1 … 1000
};

struct Attribution {
    Tensor map;               ///< (H, W) of the input image
    Tensor coarse;            ///< Grad-CAM: (h, w) of the layer before it is enlarged; else empty
    bool isSigned = false;    ///< diverging colours about 0; otherwise 0 … largest
    int target = 0;
    double logit = 0.0;       ///< of the target
    std::string note;         ///< "sum 4.21 of 4.23" (completeness of integrated gradients), may be empty
};

/// One way of asking "why?": a file in attribution/. Appears in panel, command line and help by being registered.
struct AttributionMethod {
    std::string id, label, help;  ///< "integrated-gradients", "Integrated gradients"
    bool needsConvolution = false;
    std::function<Result<Attribution>(const NetworkSpec&, const AttributionRequest&, const Progress&)> run;
};
const std::vector<const AttributionMethod*>& attributionMethods();
const AttributionMethod* findAttributionMethod(const std::string& id);

}  // namespace convolab
