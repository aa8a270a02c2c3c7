#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/graph/blocks/block_kind.h"
#include "core/graph/network_spec.h"
#include "core/tensor/shape.h"

namespace convolab {

// What the blocks of a network are. The network itself holds a name and a set of layers for each; the kind and its
// parameters are read off those layers, so that they are always true, whatever was changed inside by hand.

const Block* blockNamed(const NetworkSpec& spec, std::string_view name);  ///< exactly this name
const Block* blockOf(const NetworkSpec& spec, NodeId node);               ///< that a layer is in, or none
std::string freeBlockName(const NetworkSpec& spec, const std::string& base);

/// Drawn as one card: several layers, all in one place.
bool isFolded(const NetworkSpec& spec, const Block& block);
/// The layer by which the card that shows `node` is called: the first one of a folded block, else dockHead.
NodeId cardHead(const NetworkSpec& spec, NodeId node);

/// How a block hangs in its network.
struct BlockBorder {
    std::optional<PortRef> source;  ///< the output outside that feeds it; where several do: the one of its first layer
    NodeId exit;                    ///< its last layer, which feeds what follows
};
BlockBorder borderOf(const NetworkSpec& spec, const Block& block);

/// A block as one of the kinds.
struct BlockReading {
    const BlockKind* kind = nullptr;
    Attributes parameters;  ///< complete
};
/// Nothing where the layers are not (or no longer) what a kind builds. `input`: the shape that arrives, where known;
/// what a kind chooses by it is accepted either way.
std::optional<BlockReading> readBlock(const NetworkSpec& spec, const Block& block, const std::optional<Shape>& input);

}  // namespace convolab
