#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/graph/attributes.h"
#include "core/tensor/shape.h"

namespace convolab {

/// One layer inside a block.
struct BlockLayer {
    std::string kind;       ///< id of a LayerKind
    Attributes attributes;
    std::vector<int> from;  ///< what its inputs read: places in the plan, or kBlockInput
};

inline constexpr int kBlockInput = -1;

/// The inside of a block as a plain value: layers in the order in which they are added. The last one is its output.
class BlockPlan {
  public:
    /// Returns the layer's place.
    int add(std::string kind, Attributes attributes, std::vector<int> from);
    const std::vector<BlockLayer>& layers() const { return m_layers; }

  private:
    std::vector<BlockLayer> m_layers;
};

/// A kind of block: a named sub-graph that unfolds into layers. One immutable instance lives in the registry.
class BlockKind {
  public:
    virtual ~BlockKind() = default;

    std::string id;        ///< "basic_residual"
    std::string label;     ///< "Basic residual", on the palette
    std::string baseName;  ///< "Residual": new blocks are called "Residual 1", "Residual 2" …
    std::string title;     ///< over the inspector
    std::string help;      ///< one or two sentences and the source
    std::vector<AttributeSchema> parameters;

    /// The layers for complete parameters and the shape that arrives, where that is known and an image. Layers of one
    /// kind keep their order when a parameter changes, as far as they stay: by it they keep their ids and weights.
    virtual BlockPlan plan(const Attributes& parameters, const std::optional<Shape>& input) const = 0;
    /// The parameters with which these layers (complete attributes) could have been built; what they say is compared with
    /// the plan afterwards. Nothing if they are clearly something else.
    virtual std::optional<Attributes> read(const std::vector<BlockLayer>& layers, const std::optional<Shape>& input) const = 0;
    /// The shapes that may have arrived when a block with these parameters was built, as far as they lead to other layers.
    virtual std::vector<std::optional<Shape>> assumedInputs(const Attributes& parameters, const std::optional<Shape>& input) const;
    /// Parameters with which a new block fits behind `input`; what is left out has its default.
    virtual Attributes fitted(const Shape& input) const;
    /// Short text for the card: "64 filters, stride 2".
    virtual std::string summary(const Attributes& parameters) const = 0;
};

/// All kinds in palette order.
const std::vector<const BlockKind*>& blockKinds();
const BlockKind* findBlockKind(const std::string& id);

}  // namespace convolab
