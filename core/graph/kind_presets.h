#pragma once

#include <string>
#include <vector>

#include "core/graph/network_spec.h"

namespace convolab {

/// A kind of layer with ready-made attributes, which the palette offers beside the kinds themselves. In the network it is
/// a layer of that kind like any other.
struct KindPreset {
    std::string id;     ///< "depthwise_conv"; never the id of a kind
    std::string label;  ///< on the palette
    std::string title;
    std::string help;
    std::string kind;   ///< id of the LayerKind
};

const std::vector<KindPreset>& kindPresets();
const KindPreset* findKindPreset(const std::string& id);
/// The kind behind the id of a preset; any other id unchanged.
std::string kindOfPreset(const std::string& id);

/// Sets the attributes of `node`, a new layer that has been connected: they may follow what arrives there.
void applyKindPreset(NetworkSpec& spec, NodeId node, const std::string& id);

}  // namespace convolab
