#pragma once

#include "core/inspect/microscope.h"
#include "core/layers/layer_kind.h"

namespace convolab {

/// Looks numbers up in a snapshot: outputs, inputs and weights of a layer. Answers with a sentence where the
/// snapshot does not hold them, since it may be older than the spec.
struct SnapshotReader {
    const NetworkSpec& spec;
    const ActivationSnapshot& snapshot;

    /// The node of `value`, if there is such a value; else an error with the range.
    Result<const Node*> checked(const ValueRef& value) const;
    Error stale(const Node& node) const;  ///< "the activations belong to another network"

    Attributes attributes(const Node& node) const;            ///< with the defaults
    Result<View<const float>> output(NodeId node) const;      ///< (C, H, W) or (n)
    Result<View<const float>> input(const Node& node) const;  ///< of its first port
    Result<View<const float>> parameter(const Node& node, const std::string& name) const;
    Result<double> value(const ValueRef& value) const;
    Result<double> inputValue(const Node& node,
                              const ValueRef& value) const;  ///< same place, one layer before
    /// The values that a layer without arithmetic of its own adds up or passes on; empty for kinds unknown
    /// here.
    Result<std::vector<ValueRef>> sources(const Node& node, const ValueRef& value) const;
    std::string placeText(const ValueRef& value) const;  ///< "Conv 1, channel 3, row 2, column 5"
};

}  // namespace convolab
