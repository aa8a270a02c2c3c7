#pragma once

#include <string>
#include <vector>

#include "core/compress/channel_map.h"
#include "core/compress/constant_channels.h"

namespace convolab {

/// Which classes of channels can go, and why a class that could be expected to go stays.
struct RemovableChannels {
    std::vector<char> removed;         ///< per class of the ChannelMap
    std::vector<std::string> reasons;  ///< per class that stays: what holds it; may be empty

    bool isRemoved(int channelClass) const { return removed[static_cast<std::size_t>(channelClass)] != 0; }
    /// Indices of those of `classes` (a layer's input or output) that stay.
    std::vector<std::int64_t> kept(const std::vector<int>& classes) const;
};

/// `weights` are masked already.
RemovableChannels removableChannels(const NetworkSpec& spec, const Analysis& analysis, const ChannelMap& map,
                                    const ConstantChannels& constants, const WeightSet& weights);

}  // namespace convolab
