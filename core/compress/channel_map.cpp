#include "core/compress/channel_map.h"

#include <algorithm>
#include <numeric>

#include "core/compress/weight_groups.h"
#include "core/inspect/elementwise.h"
#include "core/layers/rearranging.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

std::string nameList(const NetworkSpec& spec, const Analysis& analysis, const std::set<NodeId>& nodes) {
    std::vector<std::string> names;
    for (const NodeId id : analysis.order) {
        if (nodes.contains(id)) names.push_back(spec.node(id)->name);
    }
    if (names.size() < 2) return names.empty() ? std::string{} : names.front();
    const std::string last = names.back();
    names.pop_back();
    return join(names, ", ") + " and " + last;
}

const Shape& arriving(const Analysis& analysis, NodeId node) { return *analysis.find(node)->inputs.front(); }

/// Pad, crop, resize: each channel of the output is the same one of the input. (A slice names its channels by number, so that
/// none before it may go.)
bool keepsChannels(const Node& node, const LayerKind& kind, const Shape& input) {
    const Rearranging* moved = asRearranging(kind);
    if (moved == nullptr || node.kind == "slice") return false;
    const auto attributes = completeAttributes(kind.attributes, node.attributes);
    for (std::int64_t c = 0; c < input.channels(); ++c) {
        if (!attributes.ok() || moved->channelBehind(*attributes, input, c) != c) return false;
    }
    return true;
}

}  // namespace

bool isDepthwise(const Node& node, const Shape& input) {
    if (node.kind != "conv2d") return false;
    const auto* groups = node.attributes.find("groups");
    const auto* count = groups == nullptr ? nullptr : std::get_if<std::int64_t>(groups);
    return count != nullptr && *count > 1 && *count == input.channels();
}

std::int64_t groupsOf(const Node& node, const Shape& input) {
    if (node.kind != "conv2d" || isDepthwise(node, input)) return 1;
    const auto* groups = node.attributes.find("groups");
    const auto* count = groups == nullptr ? nullptr : std::get_if<std::int64_t>(groups);
    return count == nullptr ? 1 : *count;
}

ChannelMap::ChannelMap(const NetworkSpec& spec, const Analysis& analysis) {
    for (const NodeId id : analysis.order) add(spec, analysis, *spec.node(id));
    compact();
}

const std::vector<int>& ChannelMap::input(NodeId node) const { return m_output.at(m_before.at(node)); }

void ChannelMap::add(const NetworkSpec& spec, const Analysis& analysis, const Node& node) {
    const LayerKind& kind = *findLayerKind(node.kind);
    const std::int64_t channels = analysis.find(node.id)->output->channels();
    const auto incoming = spec.edgesInto(node.id);
    std::vector<int>& output = m_output[node.id];
    if (incoming.empty()) {
        output = fresh({}, channels);
        fix(output, node.id);
        return;
    }
    m_before[node.id] = incoming.front()->from.node;
    const std::vector<int>& before = m_output.at(incoming.front()->from.node);
    if (isDepthwise(node, arriving(analysis, node.id))) {
        const std::int64_t each = channels / static_cast<std::int64_t>(before.size());
        for (std::int64_t c = 0; c < channels; ++c) output.push_back(before[static_cast<std::size_t>(c / each)]);
        for (const int channel : before) {
            m_members[static_cast<std::size_t>(root(channel))].makers.insert(node.id);
            m_members[static_cast<std::size_t>(root(channel))].couplers.insert(node.id);
        }
    } else if (hasFilters(node)) {
        output = fresh(node.id, channels);
    } else if (node.kind == "concat") {
        for (const Edge* edge : incoming) {
            const std::vector<int>& part = m_output.at(edge->from.node);
            output.insert(output.end(), part.begin(), part.end());
        }
    } else if (node.kind == "add" || node.kind == "multiply") {
        output = before;
        for (const Edge* edge : incoming) merge(output, m_output.at(edge->from.node), node.id);
    } else if (node.kind == "flatten") {
        const std::int64_t each = channels / static_cast<std::int64_t>(before.size());
        for (const int channel : before) output.insert(output.end(), static_cast<std::size_t>(each), channel);
    } else if (isElementwise(kind) || kind.group == LayerGroup::Pooling || keepsChannels(node, kind, arriving(analysis, node.id))) {
        output = before;
    } else {
        // Output, softmax, and kinds of which nothing is known here: every value matters.
        for (const Edge* edge : incoming) fix(m_output.at(edge->from.node), node.id);
        output = fresh({}, channels);
        fix(output, node.id);
    }
    CONVOLAB_CHECK(static_cast<std::int64_t>(output.size()) == channels, "channels lost in " + node.name);
}

std::vector<int> ChannelMap::fresh(NodeId maker, std::int64_t count) {
    std::vector<int> classes(static_cast<std::size_t>(count));
    std::iota(classes.begin(), classes.end(), static_cast<int>(m_members.size()));
    for (const int channel : classes) {
        m_parent.push_back(channel);
        m_members.emplace_back();
        if (maker) m_members.back().makers.insert(maker);
    }
    return classes;
}

void ChannelMap::merge(std::vector<int>& into, const std::vector<int>& other, NodeId coupler) {
    for (std::size_t c = 0; c < into.size(); ++c) {
        const int a = root(into[c]);
        const int b = root(other[c]);
        if (a == b) continue;
        Members& kept = m_members[static_cast<std::size_t>(a)];
        Members& joined = m_members[static_cast<std::size_t>(b)];
        kept.makers.merge(joined.makers);
        kept.couplers.merge(joined.couplers);
        kept.fixers.merge(joined.fixers);
        kept.couplers.insert(coupler);
        m_parent[static_cast<std::size_t>(b)] = a;
    }
}

void ChannelMap::fix(const std::vector<int>& classes, NodeId fixer) {
    for (const int channel : classes) m_members[static_cast<std::size_t>(root(channel))].fixers.insert(fixer);
}

int ChannelMap::root(int channelClass) {
    while (m_parent[static_cast<std::size_t>(channelClass)] != channelClass) {
        int& parent = m_parent[static_cast<std::size_t>(channelClass)];
        parent = m_parent[static_cast<std::size_t>(parent)];
        channelClass = parent;
    }
    return channelClass;
}

/// Merged classes get one number; numbers stay in the order of their first channel.
void ChannelMap::compact() {
    std::vector<int> number(m_parent.size(), -1);
    std::vector<Members> members;
    for (std::size_t i = 0; i < m_parent.size(); ++i) {
        const auto r = static_cast<std::size_t>(root(static_cast<int>(i)));
        if (number[r] < 0) {
            number[r] = static_cast<int>(members.size());
            members.push_back(m_members[r]);
        }
        number[i] = number[r];
    }
    for (auto& [node, classes] : m_output) {
        for (int& channel : classes) channel = number[static_cast<std::size_t>(channel)];
    }
    m_members = std::move(members);
}

std::string couplingReason(const NetworkSpec& spec, const Analysis& analysis, const ChannelMap::Members& members) {
    for (const NodeId fixer : members.fixers) {
        const Node& node = *spec.node(fixer);
        const LayerKind& kind = *findLayerKind(node.kind);
        const std::string through = members.couplers.empty() ? "" : ", through " + nameList(spec, analysis, members.couplers);
        if (kind.group == LayerGroup::Input) return node.name + " is the image itself" + through + ": all channels stay";
        if (kind.group == LayerGroup::Output || givesTheClasses(spec, fixer)) {
            return "they are the network's outputs, one per class" + through + ": all of them stay";
        }
        return node.name + " needs all of its values" + through + ": all of them stay";
    }
    std::set<NodeId> merges;
    std::set<NodeId> depthwise;
    for (const NodeId id : members.couplers) {
        (findLayerKind(spec.node(id)->kind)->group == LayerGroup::Merge ? merges : depthwise).insert(id);
    }
    if (!merges.empty()) {
        const bool product = std::ranges::any_of(merges, [&](NodeId id) { return spec.node(id)->kind == "multiply"; });
        const std::string verb = std::string(product ? " combine" : " add") + (merges.size() == 1 ? "s " : " ");
        const std::string both = members.makers.size() == 2 ? "from both or from none" : "from all of them or from none";
        return nameList(spec, analysis, merges) + verb + nameList(spec, analysis, members.makers) +
               " channel by channel: a channel goes " + both;
    }
    if (depthwise.empty()) return {};
    std::set<NodeId> others = members.makers;
    for (const NodeId id : depthwise) others.erase(id);
    return nameList(spec, analysis, depthwise) + (depthwise.size() == 1 ? " filters each map of " : " filter each map of ") +
           nameList(spec, analysis, others) + " by itself (depthwise): if one goes, so does the other";
}

Result<std::vector<ChannelGroup>> channelGroups(const NetworkSpec& spec) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    const ChannelMap map(spec, analysis);
    std::vector<ChannelGroup> groups;
    std::vector<const ChannelMap::Members*> kinds;
    for (int c = 0; c < map.classCount(); ++c) {
        const ChannelMap::Members& members = map.members(c);
        if (members.makers.empty()) continue;
        const auto known = std::ranges::find_if(kinds, [&](const auto* other) { return *other == members; });
        if (known != kinds.end()) {
            ++groups[static_cast<std::size_t>(known - kinds.begin())].count;
            continue;
        }
        kinds.push_back(&members);
        ChannelGroup group{.layers = {}, .count = 1, .stays = !members.fixers.empty(), .reason = couplingReason(spec, analysis, members)};
        for (const NodeId id : analysis.order) {
            if (members.makers.contains(id)) group.layers.push_back(id);
        }
        groups.push_back(std::move(group));
    }
    return groups;
}

}  // namespace convolab
