// The structural edits that gestures and commands are made of: plain functions on a spec, no canvas needed.
#pragma once

#include "core/graph/network_spec.h"
#include "core/util/result.h"

#include <QString>

#include <optional>
#include <set>
#include <string>
#include <vector>

namespace convolab {

// Puts `node` (without edges) behind `after`: everything that `after` led to now comes from `node`. A layer without
// inputs stays unconnected; an output layer is only appended where nothing follows.
void placeBehind(NetworkSpec& spec, NodeId node, NodeId after);

// The layer of a card behind which a new layer of `kind` belongs: its last one, or the one before a final softmax and
// output, which stay last.
NodeId appendPoint(const NetworkSpec& spec, NodeId anyNodeOfCard, const std::string& kind);

// The layer behind which "add at the end" appends; 0 in an empty network.
NodeId endOfNetwork(const NetworkSpec& spec);

// Takes a node out of its chain, joining its neighbours; it stays in the network with its id, name and attributes.
void detach(NetworkSpec& spec, NodeId node);

void removeNodes(NetworkSpec& spec, const std::vector<NodeId>& nodes);  // with healing; blocks of which all is meant whole

// An edge as the canvas means it: into a folded block it feeds, or cuts, everything that the block reads.
void connectLayers(NetworkSpec& spec, PortRef from, PortRef to);
void cutLink(NetworkSpec& spec, EdgeId edge);

// With all layers of the folded blocks of which one is given.
std::vector<NodeId> withWholeBlocks(const NetworkSpec& spec, const std::vector<NodeId>& nodes);
// The block that a selection means: a folded one, or all layers of an open one. Null: none, or more than that.
const Block* blockMeant(const NetworkSpec& spec, const std::vector<NodeId>& nodes);

// What an edge from → to would do.
struct ConnectVerdict {
    bool allowed = false;
    PortRef to;            // a merge's port may be the next free one
    QString reason;        // why not; or what it replaces
};
ConnectVerdict connectVerdict(const NetworkSpec& spec, PortRef from, PortRef to, std::optional<EdgeId> moved = {});
// A port of `node` that can take an edge: the first free one, else the first.
PortRef freeInputPort(const NetworkSpec& spec, NodeId node, std::optional<EdgeId> moved = {});
int maximumInputs(const NetworkSpec& spec, NodeId node);  // −1: any number

// Parts of a network as JSON, for the clipboard. Pasting gives new ids and free names, moved by (dx, dy).
std::string fragmentToJson(const NetworkSpec& spec, const std::vector<NodeId>& nodes);
Result<std::vector<NodeId>> pasteFragment(NetworkSpec& spec, const std::string& json, double dx, double dy);

}  // namespace convolab
