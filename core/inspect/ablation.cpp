#include "core/inspect/ablation.h"

#include <algorithm>

#include "core/graph/analysis.h"
#include "core/inspect/elementwise.h"
#include "core/layers/rearranging.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr float kFarBelow = -200.0F;  // sigmoid(−200) is 0 in float32

bool hasWeights(const LayerKind& kind) { return kind.id == "conv2d" || kind.id == "dense"; }

Error noSource(const Node& node, const std::string& why) {
    return {ErrorCode::Unsupported, why, node.name,
            "choose a channel of a convolution or a unit of a dense layer"};
}

Status checkChannel(const Analysis& analysis, const Node& node, std::int64_t channel) {
    const NodeAnalysis* shapes = analysis.find(node.id);
    if (shapes == nullptr || !shapes->output)
        return Error{ErrorCode::InvalidSpec, "is not connected", node.name, ""};
    const std::int64_t count = shapes->output->channels();
    if (channel >= 0 && channel < count) return {};
    return Error{ErrorCode::InvalidArgument,
                 "there is no channel " + withThousands(channel) + ", they are counted from 0 to " +
                     withThousands(count - 1),
                 node.name, ""};
}

/// One layer back; an error where the channel has no single source.
Result<ChannelRef> oneBack(const NetworkSpec& spec, const Analysis& analysis, const Node& node,
                           std::int64_t channel) {
    const LayerKind& kind = *findLayerKind(node.kind);
    const auto incoming = spec.edgesInto(node.id);
    if (incoming.empty()) return noSource(node, "the input has no weights");
    if (node.kind == "concat") {
        for (const Edge* edge : incoming) {
            const std::int64_t channels = analysis.find(edge->from.node)->output->channels();
            if (channel < channels) return ChannelRef{edge->from.node, channel};
            channel -= channels;
        }
    }
    const ChannelRef before{incoming.front()->from.node, channel};
    if (kind.group == LayerGroup::Merge)
        return noSource(node, "its channels are made of several layers' channels");
    if (node.kind == "flatten" && analysis.find(before.node)->output->isImage()) {
        return noSource(node, "its values are single pixels of maps");
    }
    if (const Rearranging* moved = asRearranging(kind)) {
        CONVOLAB_ASSIGN(const Attributes attributes, completeAttributes(kind.attributes, node.attributes));
        const auto behind = moved->channelBehind(attributes, *analysis.find(before.node)->output, channel);
        if (!behind) return noSource(node, "its values come from many maps");
        return ChannelRef{before.node, *behind};
    }
    const bool keepsChannels = isElementwise(kind) || kind.group == LayerGroup::Pooling ||
                               kind.group == LayerGroup::Output || node.kind == "flatten";
    if (!keepsChannels) return noSource(node, "each of its values depends on all of those before it");
    return before;
}

Result<ChannelRef> sourceOf(const NetworkSpec& spec, const Analysis& analysis, ChannelRef current) {
    while (true) {
        const Node* node = spec.node(current.node);
        if (node == nullptr) {
            return Error{ErrorCode::NotFound,
                         "there is no layer with number " + std::to_string(current.node.value), "", ""};
        }
        CONVOLAB_RETURN_IF_ERROR(checkChannel(analysis, *node, current.channel));
        if (hasWeights(*findLayerKind(node->kind))) return current;
        CONVOLAB_ASSIGN(current, oneBack(spec, analysis, *node, current.channel));
    }
}

class Silencer {
  public:
    Silencer(const NetworkSpec& spec, const WeightSet& weights) : m_spec(spec), m_weights(weights) {}

    Status silence(const ChannelRef& source) {
        const Node& node = *m_spec.node(source.node);
        set(node.id, "weight", source.channel, 0.0F);
        set(node.id, "bias", source.channel, 0.0F);
        NodeId shifted = parameter(node.id, "bias") != nullptr ? node.id : NodeId{};
        double value = 0.0;
        for (const NodeId behind : elementwiseBehind(m_spec, source.node)) {
            const Node& layer = *m_spec.node(behind);
            if (parameter(behind, "running_mean") != nullptr) {
                set(behind, "weight", source.channel, 0.0F);
                set(behind, "bias", source.channel, 0.0F);
                shifted = behind;
                value = 0.0;
                continue;
            }
            CONVOLAB_ASSIGN(value, elementwiseValue(m_spec, m_weights, layer, source.channel, value));
            if (value == 0.0) continue;
            CONVOLAB_ASSIGN(value, elementwiseValue(m_spec, m_weights, layer, source.channel, kFarBelow));
            if (!shifted || static_cast<float>(value) != 0.0F) {
                return Error{ErrorCode::Unsupported,
                             "its answer to 0 is not 0, so that no weight can switch a channel off",
                             layer.name, "give " + node.name + " a bias, or use another activation"};
            }
            set(shifted, "bias", source.channel, kFarBelow);
            value = 0.0;
        }
        return {};
    }

    WeightSet take() { return std::move(m_weights); }

  private:
    const ParameterEntry* parameter(NodeId node, const std::string& name) const {
        return m_weights.layout->find(node, name);
    }

    /// All of the tensor's values that belong to one output channel; nothing where there is no such tensor.
    void set(NodeId node, const std::string& name, std::int64_t channel, float value) {
        const ParameterEntry* entry = parameter(node, name);
        if (entry == nullptr) return;
        const auto each = static_cast<std::size_t>(entry->spec.shape.size() / entry->spec.shape[0]);
        std::fill_n(m_weights.parameters.begin() +
                        static_cast<std::ptrdiff_t>(entry->offset + each * static_cast<std::size_t>(channel)),
                    each, value);
    }

    const NetworkSpec& m_spec;
    WeightSet m_weights;
};

}  // namespace

Result<ChannelRef> channelSource(const NetworkSpec& spec, const ChannelRef& channel) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    return sourceOf(spec, analysis, channel);
}

Result<WeightSet> withChannelsOff(const NetworkSpec& spec, const WeightSet& weights,
                                  std::span<const ChannelRef> channels) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, makeParameterLayout(spec, analysis)));
    Silencer silencer(spec, weights);
    for (const ChannelRef& channel : channels) {
        CONVOLAB_ASSIGN(const ChannelRef source, sourceOf(spec, analysis, channel));
        CONVOLAB_RETURN_IF_ERROR(silencer.silence(source));
    }
    return silencer.take();
}

}  // namespace convolab
