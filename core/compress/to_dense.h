#pragma once

#include <string>
#include <vector>

#include "core/compress/masks.h"

namespace convolab {

/// A network without the filters (units) that its masks had emptied, and what became of them.
struct DenseNetwork {
    NetworkSpec spec;   ///< the same layers by id and name, with fewer filters, units and groups
    WeightSet weights;

    struct Layer {      ///< a convolution or dense layer
        NodeId node;
        std::int64_t filtersBefore = 0, filtersAfter = 0;
        std::int64_t parametersBefore = 0, parametersAfter = 0;
        std::int64_t macsBefore = 0, macsAfter = 0;
    };
    std::vector<Layer> layers;  ///< in execution order
    std::int64_t parametersBefore = 0, parametersAfter = 0;  ///< of all layers, trainable
    std::int64_t macsBefore = 0, macsAfter = 0;              ///< executed, of one image

    /// Pruned filters that had to stay, with the reason: which layer holds them.
    struct Held {
        NodeId layer;
        std::int64_t filters = 0;
        std::string reason;
    };
    std::vector<Held> held;
    std::vector<NodeId> foldedInto;  ///< layers whose bias took over what removed channels still gave (sigmoid(0) = 0.5)

    std::int64_t filtersRemoved() const;
};

/// The masked network made really smaller: it computes the same, up to rounding, in evaluation mode. A channel goes where
/// nobody needs it: behind it all weights are 0, or it is constant and its part can be added to the bias there. Channels
/// that are one thing (ChannelMap) go together; the network's input and outputs, and the last channel of a layer, stay; the
/// groups of a grouped convolution stay equally large. Single pruned weights of kept filters stay as zeros. An error only
/// where the weights or masks belong to another network.
Result<DenseNetwork> toDense(const NetworkSpec& spec, const WeightSet& weights, const Masks& masks);

/// The largest |difference| of the logits of two networks with the same input and outputs on images (n, C, H, W).
Result<double> maxAbsDifference(const NetworkSpec& a, const WeightSet& weightsA, const NetworkSpec& b, const WeightSet& weightsB,
                                View<const float> images);

}  // namespace convolab
