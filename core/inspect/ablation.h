#pragma once

#include <cstdint>
#include <span>

#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/util/result.h"

namespace convolab {

struct ChannelRef {
    NodeId node;
    std::int64_t channel = 0;
    auto operator<=>(const ChannelRef&) const = default;
};

/// The layer with weights (convolution or dense) whose channel k this is: back through element-wise and pooling layers,
/// and through the right branch of a concat. An error names the layer where the channel has no single source (input,
/// add, softmax, a flattened image) or does not exist.
Result<ChannelRef> channelSource(const NetworkSpec& spec, const ChannelRef& channel);

/// The weights with those channels silent: their value behind the docked activation is 0. Filter, bias and a batch
/// norm's scale and shift become 0; where the activation answers 0 with something else (sigmoid), the shift or bias is
/// pushed to where it answers with 0. The document's own weights stay as they are.
Result<WeightSet> withChannelsOff(const NetworkSpec& spec, const WeightSet& weights,
                                  std::span<const ChannelRef> channels);

}  // namespace convolab
