#pragma once

#include <optional>
#include <string>

#include "core/graph/network_spec.h"
#include "core/tensor/shape.h"

namespace convolab {

// Edits of more than one step, which the repairs of diagnostics and the canvas share. Each leaves readable positions.

/// Adds a layer of `kind` in front of input `to`: on its edge if there is one, otherwise connected to the input only.
NodeId insertBefore(NetworkSpec& spec, PortRef to, const std::string& kind, Attributes attributes = {});
/// Adds a layer of `kind` behind `node` and connects the two. The node's other connections stay.
NodeId appendAfter(NetworkSpec& spec, NodeId node, const std::string& kind, Attributes attributes = {});
/// Moves every layer at or right of `x` one card to the right, but for those of other lines than `beside` stands in.
void makeRoom(NetworkSpec& spec, NodeId beside, double x);

/// Where the network goes on: the last layer, in execution order, that is fed by the input and feeds nothing; 0 if
/// there is none. An output layer does not count.
NodeId openEnd(const NetworkSpec& spec);
/// The input in front of which a new last layer belongs: before the output and a softmax that precedes it. Nothing if
/// there is no output layer.
std::optional<PortRef> beforeOutput(const NetworkSpec& spec);
/// The layer nearest before `to` that decides how many values arrive there (it has the attribute "units"), seen
/// through layers that only pass values on; 0 if there is none.
NodeId unitsLayerBefore(const NetworkSpec& spec, PortRef to);

}  // namespace convolab
