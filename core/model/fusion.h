#pragma once

#include <limits>
#include <optional>
#include <vector>

#include "core/graph/analysis.h"
#include "core/layers/layer_kind.h"
#include "core/model/model.h"

namespace convolab {

/// A layer together with those behind it that run as part of it.
struct FusedLayer {
    NodeId node;                              ///< decides the kind of operation
    std::optional<NodeId> batchNorm;          ///< folded into the weights (inference models)
    std::optional<NodeId> activation;         ///< relu, leaky relu, relu6
    std::optional<float> activationSlope;
    float activationTop = std::numeric_limits<float>::infinity();
    bool activationMaskedByConsumer = false;  ///< the max pooling behind applies the derivative, to fewer values
    std::optional<float> producerSlope;       ///< this is that pooling

    NodeId last() const { return activation ? *activation : (batchNorm ? *batchNorm : node); }
};

/// The layer whose output is the model's: options.end, or the network's output node.
NodeId lastLayer(const Analysis& analysis, const CompileOptions& options);

/// The attributes of a node with the schema's defaults filled in; the spec has no errors.
Attributes attributesOf(const NetworkSpec& spec, NodeId id);

/// Nodes that the output or a tapped node depends on, in execution order, joined where one operation can do the work
/// of several. Tapped nodes keep an output of their own. The reference tier joins nothing. Without `joinClipping` a relu6
/// stays by itself.
std::vector<FusedLayer> fuseLayers(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options,
                                   bool joinClipping = true);

}  // namespace convolab
