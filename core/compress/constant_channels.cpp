#include "core/compress/constant_channels.h"

#include <algorithm>

#include "core/compress/weight_groups.h"
#include "core/inspect/elementwise.h"
#include "core/layers/rearranging.h"
#include "core/model/fusion.h"

namespace convolab {

namespace {

using Channels = std::vector<std::optional<double>>;

class Propagation {
  public:
    Propagation(const NetworkSpec& spec, const Analysis& analysis, const WeightSet& weights)
        : m_spec(spec), m_analysis(analysis), m_weights(weights) {}

    Result<ConstantChannels> run() {
        for (const NodeId id : m_analysis.order) {
            const auto count = static_cast<std::size_t>(m_analysis.find(id)->output->channels());
            CONVOLAB_ASSIGN(m_channels[id], outputOf(*m_spec.node(id), count));
        }
        return std::move(m_channels);
    }

  private:
    Result<Channels> outputOf(const Node& node, std::size_t count) {
        const LayerKind& kind = *findLayerKind(node.kind);
        const auto incoming = m_spec.edgesInto(node.id);
        if (incoming.empty()) return Channels(count);
        const Channels& before = m_channels.at(incoming.front()->from.node);
        if (const ParameterEntry* weight = filterEntry(m_spec, *m_weights.layout, node.id)) return filters(node, *weight, before);
        if (isElementwise(kind)) return elementwise(node, before);
        if (const Rearranging* moved = asRearranging(kind)) return rearranged(node, *moved, before, count);
        if (node.kind == "subsampling") return subsampled(node, before);
        if (kind.group == LayerGroup::Pooling) return pooled(node, before);
        if (node.kind == "add") return added(incoming, count);
        if (node.kind == "multiply") return multiplied(incoming, count);
        Channels joined;
        if (node.kind == "concat") {
            for (const Edge* edge : incoming) {
                const Channels& part = m_channels.at(edge->from.node);
                joined.insert(joined.end(), part.begin(), part.end());
            }
            return joined;
        }
        if (node.kind == "flatten") {
            for (const auto& channel : before) joined.insert(joined.end(), count / before.size(), channel);
            return joined;
        }
        return Channels(count);
    }

    /// Filters of a convolution, units of a dense layer.
    Channels filters(const Node& node, const ParameterEntry& entry, const Channels& before) const {
        const std::span<const float> weights = m_weights.values(entry);
        const ParameterEntry* bias = m_weights.layout->find(node.id, "bias");
        const bool padded = padsWithZeros(m_spec, node.id);
        const auto count = static_cast<std::size_t>(entry.spec.shape[0]);
        const auto depth = static_cast<std::size_t>(entry.spec.shape[1]);
        const std::size_t taps = weights.size() / (count * depth);
        const std::size_t perGroup = count / (before.size() / depth);
        Channels result(count);
        for (std::size_t f = 0; f < count; ++f) {
            double sum = bias == nullptr ? 0.0 : static_cast<double>(m_weights.values(*bias)[f]);
            bool constant = true;
            for (std::size_t d = 0; d < depth && constant; ++d) {
                const auto kernel = weights.subspan((f * depth + d) * taps, taps);
                if (std::ranges::all_of(kernel, [](float w) { return w == 0.0F; })) continue;
                const std::optional<double>& value = before[f / perGroup * depth + d];
                constant = value && (*value == 0.0 || !padded);
                if (!constant) break;
                for (const float weight : kernel) sum += *value * static_cast<double>(weight);
            }
            if (constant) result[f] = sum;
        }
        return result;
    }

    Result<Channels> elementwise(const Node& node, const Channels& before) const {
        Channels result(before.size());
        for (std::size_t c = 0; c < before.size(); ++c) {
            if (!before[c]) continue;
            CONVOLAB_ASSIGN(result[c], elementwiseValue(m_spec, m_weights, node, static_cast<std::int64_t>(c), *before[c]));
        }
        return result;
    }

    /// A maximum never sees the padding, a mean does where it is counted.
    Channels pooled(const Node& node, const Channels& before) const {
        Channels result = before;
        if (node.kind != "avg_pool" || !padsWithZeros(m_spec, node.id)) return result;
        if (!attributesOf(m_spec, node.id).flag("count_include_pad")) return result;
        for (auto& channel : result) {
            if (channel && *channel != 0.0) channel.reset();
        }
        return result;
    }

    Channels rearranged(const Node& node, const Rearranging& kind, const Channels& before, std::size_t count) const {
        const Attributes attributes = attributesOf(m_spec, node.id);
        const Shape& in = *m_analysis.find(node.id)->inputs.front();
        const bool pads = node.kind == "pad" && attributes.text("mode") == "constant";
        Channels result(count);
        for (std::size_t c = 0; c < count; ++c) {
            const auto behind = kind.channelBehind(attributes, in, static_cast<std::int64_t>(c));
            if (!behind) return Channels(count);
            result[c] = before[static_cast<std::size_t>(*behind)];
            if (pads && result[c] && *result[c] != kind.constant(attributes)) result[c].reset();
        }
        return result;
    }

    /// Coefficient · mean + bias; only where no zeros come into the mean.
    Channels subsampled(const Node& node, const Channels& before) const {
        Channels result(before.size());
        const auto values = [&](const char* name) { return m_weights.values(*m_weights.layout->find(node.id, name)); };
        for (std::size_t c = 0; c < before.size(); ++c) {
            if (!before[c] || (*before[c] != 0.0 && padsWithZeros(m_spec, node.id))) continue;
            result[c] = static_cast<double>(values("weight")[c]) * *before[c] + static_cast<double>(values("bias")[c]);
        }
        return result;
    }

    Channels added(const std::vector<const Edge*>& incoming, std::size_t count) const {
        Channels result(count, 0.0);
        for (const Edge* edge : incoming) {
            const Channels& part = m_channels.at(edge->from.node);
            for (std::size_t c = 0; c < count; ++c) {
                if (!part[c]) result[c].reset();
                else if (result[c]) *result[c] += *part[c];
            }
        }
        return result;
    }

    /// A factor of 0 makes the product 0, whatever the others are.
    Channels multiplied(const std::vector<const Edge*>& incoming, std::size_t count) const {
        Channels result(count, 1.0);
        for (std::size_t c = 0; c < count; ++c) {
            bool zero = false;
            for (const Edge* edge : incoming) {
                const std::optional<double>& factor = m_channels.at(edge->from.node)[c];
                zero = zero || factor == 0.0;
                if (!factor) result[c].reset();
                else if (result[c]) *result[c] *= *factor;
            }
            if (zero) result[c] = 0.0;
        }
        return result;
    }

    const NetworkSpec& m_spec;
    const Analysis& m_analysis;
    const WeightSet& m_weights;
    ConstantChannels m_channels;
};

}  // namespace

bool padsWithZeros(const NetworkSpec& spec, NodeId node) {
    const Attributes attributes = attributesOf(spec, node);
    if (!attributes.has("pads")) return false;
    return std::ranges::any_of(attributes.integers("pads"), [](std::int64_t pad) { return pad != 0; });
}

Result<ConstantChannels> constantChannels(const NetworkSpec& spec, const Analysis& analysis, const WeightSet& weights) {
    return Propagation(spec, analysis, weights).run();
}

}  // namespace convolab
