#pragma once

#include <string>

#include "core/interop/onnx_builder.h"
#include "core/layers/reference_layer.h"

namespace convolab {

/// Base of the element-wise activations. The derived class has `template <class T> static T value(T x, T parameter)`
/// and `static T slope(T x, T parameter)` (the derivative at x); `m_parameterKey` names the attribute behind
/// `parameter`, empty for none. A derived class with another parameterOf gets what that returns.
template <class Derived>
class ActivationLayer : public ReferenceLayer<Derived> {
  public:
    ActivationLayer() {
        this->group = LayerGroup::Activation;
        this->docks = true;
        this->inPlace = true;
        this->examples = {{"image", {}, {Shape{2, 3, 4}}, 2}, {"vector", {}, {Shape{6}}, 3}};
    }

    Result<Shape> outputShape(const Attributes&, std::span<const Shape> inputs) const override { return inputs[0]; }

    template <class T>
    void runForward(ReferenceContext<T>& context) const {
        const auto parameter = derived().template parameterOf<T>(context.attributes);
        for (std::int64_t i = 0; i < context.output.size(); ++i) {
            context.output[i] = Derived::value(context.inputs[0][i], parameter);
        }
    }

    template <class T>
    void runBackward(ReferenceContext<T>& context) const {
        const View<T> dx = wantedGradient(context, 0);
        if (dx.data == nullptr) return;
        const auto parameter = derived().template parameterOf<T>(context.attributes);
        for (std::int64_t i = 0; i < dx.size(); ++i) {
            dx[i] = context.outputGradient[i] * Derived::slope(context.inputs[0][i], parameter);
        }
    }

    Status exportOnnx(OnnxBuilder& builder, const OnnxNodeContext& node) const override {
        std::vector<OnnxAttribute> values;
        if (!m_parameterKey.empty()) {
            values.emplace_back(m_onnxParameter, static_cast<float>(node.attributes.real(m_parameterKey)));
        }
        builder.addNode(m_onnxType, node.inputs, {node.output}, node.node.name, values);
        return {};
    }

    template <class T>
    T parameterOf(const Attributes& values) const {
        return m_parameterKey.empty() ? T{0} : static_cast<T>(values.real(m_parameterKey));
    }

  protected:
    std::string m_onnxType;       ///< "Relu"
    std::string m_parameterKey;   ///< "slope"
    std::string m_onnxParameter;  ///< "alpha"

  private:
    const Derived& derived() const { return static_cast<const Derived&>(*this); }
};

}  // namespace convolab
