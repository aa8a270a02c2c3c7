#pragma once

#include <optional>
#include <string>

#include "core/graph/blocks.h"
#include "core/tensor/shape.h"

namespace convolab {

// Edits of blocks. Each leaves a network in which everything outside the block is as before.

/// Adds a folded block that reads `source` (nothing: unconnected) with all its layers at `place`; returns its name.
/// Without parameters of their own, new blocks take those that fit behind the source. An unknown kind or a parameter
/// out of range is an error.
Result<std::string> addBlock(NetworkSpec& spec, const std::string& kind, std::optional<PortRef> source,
                             const Attributes& parameters = {}, Position place = {});
/// The same where the shape that arrives is known already, and with exactly these parameters.
Result<std::string> addBlock(NetworkSpec& spec, const std::string& kind, std::optional<PortRef> source,
                             const std::optional<Shape>& input, const Attributes& parameters, Position place = {});
/// The same in the middle of an edge.
Result<std::string> insertBlockOnEdge(NetworkSpec& spec, const std::string& kind, EdgeId edge,
                                      const Attributes& parameters = {}, Position place = {});
/// The same behind a layer: everything that it led to now comes from the block.
Result<std::string> insertBlockBehind(NetworkSpec& spec, const std::string& kind, NodeId after,
                                      const Attributes& parameters = {}, Position place = {});

/// Builds the inside of a block anew for a changed parameter. Layers that stay keep their ids and names, hence their
/// weights where shapes agree. Refuses a block of which the layers are no longer what its kind builds.
Status setBlockParameter(NetworkSpec& spec, const std::string& block, const std::string& key, const AttributeValue& value);
Status renameBlock(NetworkSpec& spec, const std::string& block, const std::string& name);
/// Names a set of layers; refuses layers that are in a block already.
Result<std::string> groupNodes(NetworkSpec& spec, const std::vector<NodeId>& nodes);

/// Lets everything that the block reads from outside come from `source`.
Status feedBlock(NetworkSpec& spec, const std::string& block, PortRef source);
/// Cuts everything that the block reads from outside.
void starveBlock(NetworkSpec& spec, const std::string& block);

/// Draws the block as one card, or opens it and moves what stands right of it away. A block of one layer stays as it is.
void setFolded(NetworkSpec& spec, const std::string& block, bool folded);
/// Forgets the block and leaves its layers.
void unfoldBlock(NetworkSpec& spec, const std::string& block);
/// Places the layers of an open block among themselves, from the place of its first layer.
void layoutBlock(NetworkSpec& spec, const Block& block);
/// Removes the block's layers and joins what fed it to what followed.
void removeBlock(NetworkSpec& spec, const std::string& block);

}  // namespace convolab
