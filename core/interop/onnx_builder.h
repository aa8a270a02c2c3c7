#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "core/graph/network_spec.h"
#include "core/tensor/shape.h"

namespace convolab {

using OnnxAttribute = std::pair<std::string, std::variant<std::int64_t, float, std::string, std::vector<std::int64_t>>>;

/// Collects the nodes and initialisers of one ONNX graph (opset 13). The protobuf types stay in the .cpp. Batch
/// dimensions are the symbolic "N".
class OnnxBuilder {
  public:
    OnnxBuilder();
    ~OnnxBuilder();
    OnnxBuilder(const OnnxBuilder&) = delete;
    OnnxBuilder& operator=(const OnnxBuilder&) = delete;

    /// Adds constant data under a unique name close to `name` and returns that name.
    std::string addInitializer(const std::string& name, const Shape& shape, std::span<const float> values);
    std::string addInitializer(const std::string& name, std::span<const std::int64_t> values);
    // A shape of rank 0 makes a scalar.
    std::string addInitializer(const std::string& name, const Shape& shape, std::span<const std::int8_t> values);
    std::string addInitializer(const std::string& name, const Shape& shape, std::span<const std::uint8_t> values);
    std::string addInitializer(const std::string& name, const Shape& shape, std::span<const std::int32_t> values);
    void addNode(const std::string& type, const std::vector<std::string>& inputs,
                 const std::vector<std::string>& outputs, const std::string& name,
                 const std::vector<OnnxAttribute>& attributes = {});
    /// `tensor` is the same as `source`: for layers that do nothing in evaluation. Later nodes that read `tensor` read
    /// `source`.
    void connectThrough(const std::string& source, const std::string& tensor);
    /// A tensor name: `base`, or `base` with a number if it is taken already. (Node names are a set of their own, kept
    /// apart in the same way by addNode, so that a layer's node and its tensor can both carry the layer's name.)
    std::string uniqueName(const std::string& base);

    struct Impl;
    Impl& impl() { return *m_impl; }

  private:
    std::unique_ptr<Impl> m_impl;
};

/// One layer as its ONNX writer sees it.
struct OnnxNodeContext {
    const Node& node;
    const Attributes& attributes;              ///< complete
    std::vector<std::string> inputs;           ///< tensor names
    std::string output;                        ///< tensor name to produce
    std::vector<Shape> inputShapes;            ///< per image
    Shape outputShape;                         ///< per image
    std::vector<std::span<const float>> parameters;  ///< in ParameterSpec order
};

}  // namespace convolab
