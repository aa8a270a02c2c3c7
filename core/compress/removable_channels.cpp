#include "core/compress/removable_channels.h"

#include <algorithm>

#include "core/compress/weight_groups.h"
#include "core/util/text.h"

namespace convolab {

namespace {

class Decision {
  public:
    Decision(const NetworkSpec& spec, const Analysis& analysis, const ChannelMap& map, const ConstantChannels& constants,
             const WeightSet& weights)
        : m_spec(spec), m_analysis(analysis), m_map(map), m_constants(constants), m_weights(weights),
          m_result{std::vector<char>(static_cast<std::size_t>(map.classCount()), 1),
                   std::vector<std::string>(static_cast<std::size_t>(map.classCount()))} {}

    RemovableChannels run() {
        for (int c = 0; c < m_map.classCount(); ++c) {
            if (!m_map.members(c).fixers.empty()) hold(c, couplingReason(m_spec, m_analysis, m_map.members(c)));
        }
        for (const NodeId id : m_analysis.order) {
            const ParameterEntry* weight = filterEntry(m_spec, *m_weights.layout, id);
            if (weight != nullptr && !isDepthwise(*m_spec.node(id), arriving(id))) readBy(id, *weight);
        }
        do {
            m_changed = false;
            for (const NodeId id : m_analysis.order) {
                if (filterEntry(m_spec, *m_weights.layout, id) != nullptr) keepWhole(id);
            }
        } while (m_changed);
        return std::move(m_result);
    }

  private:
    const Shape& arriving(NodeId node) const { return *m_analysis.find(node)->inputs.front(); }
    const std::string& name(NodeId node) const { return m_spec.node(node)->name; }

    void hold(int channelClass, std::string reason) {
        char& removed = m_result.removed[static_cast<std::size_t>(channelClass)];
        if (removed == 0) return;
        removed = 0;
        m_changed = true;
        m_result.reasons[static_cast<std::size_t>(channelClass)] = std::move(reason);
    }

    /// Holds the channels that a convolution or dense layer really reads, unless they are constant and can be folded.
    void readBy(NodeId id, const ParameterEntry& entry) {
        const std::vector<int>& classes = m_map.input(id);
        const auto& constants = m_constants.at(m_spec.edgesInto(id).front()->from.node);
        const bool padded = padsWithZeros(m_spec, id);
        const std::vector<char> read = channelsRead(entry, classes.size());
        for (std::size_t c = 0; c < classes.size(); ++c) {
            if (!read[c] || !m_result.isRemoved(classes[c])) continue;
            const auto& value = constants[c];
            if (value && (*value == 0.0 || !padded)) continue;
            if (value) {
                hold(classes[c], "pruned, it still gives " + formatNumber(*value, 3) + " everywhere, which the zero padding of " +
                                     name(id) + " makes uneven at the edges");
            } else {
                hold(classes[c], couplingReason(m_spec, m_analysis, m_map.members(classes[c])));
            }
        }
    }

    /// Per input channel: does any filter have a weight for it that is not 0?
    std::vector<char> channelsRead(const ParameterEntry& entry, std::size_t channels) const {
        const std::span<const float> weights = m_weights.values(entry);
        const auto count = static_cast<std::size_t>(entry.spec.shape[0]);
        const auto depth = static_cast<std::size_t>(entry.spec.shape[1]);
        const std::size_t taps = weights.size() / (count * depth);
        const std::size_t perGroup = count / (channels / depth);
        std::vector<char> read(channels, 0);
        for (std::size_t f = 0; f < count; ++f) {
            for (std::size_t d = 0; d < depth; ++d) {
                char& channel = read[f / perGroup * depth + d];
                if (channel != 0) continue;
                const auto kernel = weights.subspan((f * depth + d) * taps, taps);
                channel = std::ranges::any_of(kernel, [](float w) { return w != 0.0F; }) ? 1 : 0;
            }
        }
        return read;
    }

    /// A layer keeps a channel, and a grouped one the same number of filters and of maps in each group.
    void keepWhole(NodeId id) {
        const std::vector<int>& output = m_map.output(id);
        const bool any = std::ranges::any_of(output, [this](int c) { return !m_result.isRemoved(c); });
        if (!any) hold(output.front(), "it is the last one that " + name(id) + " has: a layer keeps at least one");
        const std::int64_t groups = groupsOf(*m_spec.node(id), arriving(id));
        if (groups == 1) return;
        const std::string reason = name(id) + " works in " + withThousands(groups) + " groups, which have to stay equally large";
        balance(output, groups, reason);
        balance(m_map.input(id), groups, reason);
    }

    void balance(const std::vector<int>& classes, std::int64_t groups, const std::string& reason) {
        const std::size_t each = classes.size() / static_cast<std::size_t>(groups);
        const auto keptIn = [&](std::size_t first) {
            return std::count_if(classes.begin() + static_cast<std::ptrdiff_t>(first), classes.begin() + static_cast<std::ptrdiff_t>(first + each),
                                 [this](int c) { return !m_result.isRemoved(c); });
        };
        std::ptrdiff_t most = 1;
        for (std::size_t first = 0; first < classes.size(); first += each) most = std::max(most, keptIn(first));
        for (std::size_t first = 0; first < classes.size(); first += each) {
            for (std::size_t c = first; c < first + each && keptIn(first) < most; ++c) hold(classes[c], reason);
        }
    }

    const NetworkSpec& m_spec;
    const Analysis& m_analysis;
    const ChannelMap& m_map;
    const ConstantChannels& m_constants;
    const WeightSet& m_weights;
    RemovableChannels m_result;
    bool m_changed = false;
};

}  // namespace

std::vector<std::int64_t> RemovableChannels::kept(const std::vector<int>& classes) const {
    std::vector<std::int64_t> indices;
    for (std::size_t c = 0; c < classes.size(); ++c) {
        if (!isRemoved(classes[c])) indices.push_back(static_cast<std::int64_t>(c));
    }
    return indices;
}

RemovableChannels removableChannels(const NetworkSpec& spec, const Analysis& analysis, const ChannelMap& map,
                                    const ConstantChannels& constants, const WeightSet& weights) {
    return Decision(spec, analysis, map, constants, weights).run();
}

}  // namespace convolab
