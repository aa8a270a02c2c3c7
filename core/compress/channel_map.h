#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/graph/analysis.h"
#include "core/graph/network_spec.h"

namespace convolab {

/// Is this a convolution that filters every input map by itself?
bool isDepthwise(const Node& node, const Shape& input);
/// `groups` of a convolution that is not depthwise; 1 for every other layer.
std::int64_t groupsOf(const Node& node, const Shape& input);

/// Which channels of which layers are one and the same thing: they stay or go together. Channels keep their identity
/// through activations, batch norm, dropout, pooling, pad, crop, resize, concat and flatten (all positions of a map); an add makes one of those
/// that it adds, a depthwise convolution one of map and filters. Each such set is a *class*, a number from 0. Made for one
/// complete spec; channels of (C, H, W) and elements of (n) both count as channels.
class ChannelMap {
  public:
    ChannelMap(const NetworkSpec& spec, const Analysis& analysis);

    int classCount() const { return static_cast<int>(m_members.size()); }
    /// The classes of a layer's output, one per channel.
    const std::vector<int>& output(NodeId node) const { return m_output.at(node); }
    /// The same of what arrives at a layer with one input.
    const std::vector<int>& input(NodeId node) const;

    struct Members {
        std::set<NodeId> makers;   ///< layers with weights whose filters (units) these are
        std::set<NodeId> couplers; ///< adds and depthwise convolutions that hold several layers' channels together
        std::set<NodeId> fixers;   ///< input, output or softmax: such a channel can never go
        bool operator==(const Members&) const = default;
    };
    const Members& members(int channelClass) const { return m_members[static_cast<std::size_t>(channelClass)]; }

  private:
    void add(const NetworkSpec& spec, const Analysis& analysis, const Node& node);
    std::vector<int> fresh(NodeId maker, std::int64_t count);
    void merge(std::vector<int>& into, const std::vector<int>& other, NodeId coupler);
    void fix(const std::vector<int>& classes, NodeId fixer);
    int root(int channelClass);
    void compact();

    std::map<NodeId, std::vector<int>> m_output;
    std::map<NodeId, NodeId> m_before;
    std::vector<Members> m_members;
    std::vector<int> m_parent;
};

/// Channels of which `count` exist and for which the same holds.
struct ChannelGroup {
    std::vector<NodeId> layers;  ///< whose filters go together, in execution order; one layer: each can go by itself
    std::int64_t count = 0;
    bool stays = false;          ///< none of them can ever go
    std::string reason;          ///< why they go together, or stay; names the layer that holds them; empty if neither
};

/// All channels of the network in groups, by execution order of their first layer. An error where the network is incomplete.
Result<std::vector<ChannelGroup>> channelGroups(const NetworkSpec& spec);

/// The sentence of a ChannelGroup for a class.
std::string couplingReason(const NetworkSpec& spec, const Analysis& analysis, const ChannelMap::Members& members);

}  // namespace convolab
