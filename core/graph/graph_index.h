#pragma once

#include <map>
#include <string>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/layers/layer_kind.h"

namespace convolab {

/// Who feeds whom in one spec, looked up once: nodes with their kinds and edges. Valid while the spec is unchanged.
struct GraphIndex {
    struct Entry {
        const Node* node = nullptr;
        const LayerKind* kind = nullptr;   ///< null if unknown
        std::vector<const Edge*> incoming; ///< ordered by port
        std::vector<const Edge*> outgoing; ///< ordered by id
        bool sorted = false;               ///< has a place in the execution order (is in or behind no loop)
        bool fed = false;                  ///< an input layer leads here
        bool needed = false;               ///< leads to the output
    };

    explicit GraphIndex(const NetworkSpec& spec);

    const Entry& at(NodeId id) const { return entries.at(id); }
    const std::string& name(NodeId id) const { return entries.at(id).node->name; }

    std::map<NodeId, Entry> entries;
    std::vector<NodeId> order;        ///< NetworkSpec::topologicalOrder
    std::vector<const Node*> inputs;  ///< nodes of the group Input
    std::vector<const Node*> outputs; ///< nodes of the group Output
};

}  // namespace convolab
