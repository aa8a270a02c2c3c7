#pragma once

#include <array>
#include <span>
#include <string>
#include <vector>

#include "core/interop/onnx_builder.h"

namespace convolab {

/// Writes one layer as a chain of ONNX operators, for kinds without one of their own at opset 13. Tensors and nodes in
/// between are called "<layer>.<step>"; the last step carries the layer's name.
class OnnxSteps {
  public:
    OnnxSteps(OnnxBuilder& builder, const OnnxNodeContext& node) : m_builder(builder), m_node(node) {}

    const std::string& input() const { return m_node.inputs[0]; }

    /// A constant of rank 0.
    std::string scalar(const std::string& step, double value) {
        const std::array<float, 1> one{static_cast<float>(value)};
        return m_builder.addInitializer(m_node.node.name + "." + step, Shape{}, std::span<const float>(one));
    }
    std::string constant(const std::string& step, const Shape& shape, std::span<const float> values) {
        return m_builder.addInitializer(m_node.node.name + "." + step, shape, values);
    }
    /// A constant list of integers: axes, shapes, splits.
    std::string integers(const std::string& step, const std::vector<std::int64_t>& values) {
        return m_builder.addInitializer(m_node.node.name + "." + step, values);
    }

    /// Adds an operator and returns the tensor that it makes.
    std::string add(const std::string& type, const std::vector<std::string>& inputs, const std::string& step,
                    const std::vector<OnnxAttribute>& attributes = {}) {
        const std::string name = m_node.node.name + "." + step;
        const std::string tensor = m_builder.uniqueName(name);
        m_builder.addNode(type, inputs, {tensor}, name, attributes);
        return tensor;
    }
    /// Adds the operator that makes the layer's output.
    void finish(const std::string& type, const std::vector<std::string>& inputs,
                const std::vector<OnnxAttribute>& attributes = {}) {
        m_builder.addNode(type, inputs, {m_node.output}, m_node.node.name, attributes);
    }

  private:
    OnnxBuilder& m_builder;
    const OnnxNodeContext& m_node;
};

}  // namespace convolab
