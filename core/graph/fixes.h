#pragma once

#include <optional>
#include <span>
#include <vector>

#include "core/graph/analysis.h"
#include "core/layers/layer_kind.h"

namespace convolab {

// Repairs that need the whole network. Those of one layer's own attributes stand with its kind (LayerKind::fixes).

Fix removeFix(const Node& node);  ///< "Remove Conv 2"; the chain heals
Fix disconnectFix(const NetworkSpec& spec, const Edge& edge);
Fix connectFix(const NetworkSpec& spec, NodeId from, PortRef to);
Fix addInputFix(const Shape& shape);
Fix addOutputFix(const NetworkSpec& spec);
Fix removeExtraInputFix(const NetworkSpec& spec, const Node& extra, const Node& kept);
Fix removeBranchFix(const NetworkSpec& spec, const Node& end);
Fix joinEndFix(const Node& lonely);
Fix setAttributeFix(const Node& node, const std::string& label, const std::string& key, AttributeValue value);
Fix eraseAttributeFix(const Node& node, const std::string& key);
Fix setInputShapeFix(const Node& input, const Shape& shape);
/// A dense layer with one unit per class before the output and its softmax.
Fix appendDenseFix(int units);
/// Flatten and dense before a layer that needs one value per class and gets an image.
Fix insertFlattenAndDenseFix(const Node& node, int units);

/// Repairs for inputs whose shapes a layer refuses: its kind's own, a flatten, a projection (1×1 convolution or dense)
/// before a merge, and as the last resort to take the layer or one input away.
std::vector<Fix> shapeFixes(const NetworkSpec& spec, const Node& node, const LayerKind& kind,
                            const Attributes& attributes, std::span<const Shape> inputs, std::optional<int> classes);

}  // namespace convolab
