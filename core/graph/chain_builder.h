#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/graph/network_spec.h"
#include "core/tensor/shape.h"

namespace convolab {

/// Writes a network down as one chain, layer by layer:
///     ChainBuilder("Small").input({1, 28, 28}).conv({.filters = 8}).relu().maxPool(2).classifier(10)
/// Follows the shapes, so that *same* padding can be filled in and a flatten is added before a dense layer where an
/// image arrives. What does not fit is left to analyze.
class ChainBuilder {
  public:
    enum class Pads { Valid, Same };
    struct Conv {
        std::int64_t filters = 16;
        std::int64_t kernel = 3;
        std::int64_t stride = 1;
        Pads pads = Pads::Valid;
    };

    explicit ChainBuilder(std::string title);

    ChainBuilder& input(const Shape& shape);
    ChainBuilder& conv(const Conv& conv);
    ChainBuilder& maxPool(std::int64_t size);
    ChainBuilder& avgPool(std::int64_t size);
    ChainBuilder& dense(std::int64_t units);
    ChainBuilder& relu();
    ChainBuilder& dropout(double rate);
    /// The end of every preset: dense logits, one per class, with softmax and output docked to them.
    ChainBuilder& classifier(std::int64_t classes);
    /// Any other kind.
    ChainBuilder& add(const std::string& kind, Attributes attributes = {}, const std::string& name = {});

    /// The finished network, laid out for the canvas.
    NetworkSpec build() const;

  private:
    ChainBuilder& pool(const std::string& kind, std::int64_t size);

    NetworkSpec m_spec;
    NodeId m_last;
    std::optional<Shape> m_shape;  ///< of what leaves the last layer, while it is known
};

}  // namespace convolab
