#pragma once

#include <string>

#include "core/graph/network_spec.h"
#include "core/layers/layer_kind.h"

namespace convolab {

/// Adds a layer, behind `before` if that is one.
NodeId append(NetworkSpec& spec, NodeId before, const std::string& kind, const Attributes& attributes = {}, const std::string& name = {});

/// The smallest network with a layer of this kind and example between input and output. A merge gets a branch for each of its
/// inputs; with `weighted`, every layer has weights before it, and a classifier of three classes follows.
NetworkSpec networkAround(const LayerKind& kind, const LayerExample& example, bool weighted = false);

/// 3 classes of 2×6×6: values that are used three times, gradients that are summed, maps that are joined, a factor per channel.
NetworkSpec branchedNetwork();

/// 3 classes of 1×8×8: everything that has state (batch norm, dropout) in a chain.
NetworkSpec smallNetworkWithState(int classes = 3);

}  // namespace convolab
