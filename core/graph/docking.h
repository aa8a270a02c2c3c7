#pragma once

#include <vector>

#include "core/graph/analysis.h"
#include "core/graph/network_spec.h"

namespace convolab {

// Docking is drawing only: a layer of a docking kind is a row in the card of the layer before it if that layer is its
// only predecessor and it is that layer's only successor. A branch in between undocks it.

/// Is this layer a row in another layer's card?
bool isDocked(const NetworkSpec& spec, NodeId node);
/// The layer whose card shows this one; the node itself if it has a card of its own.
NodeId dockHead(const NetworkSpec& spec, NodeId node);
/// The rows in the card of `head`, in order; empty if `head` is docked itself.
std::vector<NodeId> dockedLayers(const NetworkSpec& spec, NodeId head);
/// The layer whose output a card shows: the last of its docked layers that keeps the head's shape, hence behind the
/// activation. The head itself where nothing docks.
NodeId shownLayer(const NetworkSpec& spec, const Analysis& analysis, NodeId head);

}  // namespace convolab
