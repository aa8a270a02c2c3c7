#pragma once

#include <string>
#include <utility>

#include "core/layers/layer_kind.h"

namespace convolab {

/// Base of every kind: forwards the four virtual functions of the oracle to two templates of the derived class,
/// `runForward(ReferenceContext<T>&)` and `runBackward(ReferenceContext<T>&)`. Backward reads inputs, parameters and
/// the gradient of the output; it never reads `output`.
template <class Derived>
class ReferenceLayer : public LayerKind {
  public:
    void forward(ReferenceContext<float>& context) const override { self().runForward(context); }
    void forward(ReferenceContext<double>& context) const override { self().runForward(context); }
    void backward(ReferenceContext<float>& context) const override { self().runBackward(context); }
    void backward(ReferenceContext<double>& context) const override { self().runBackward(context); }

  private:
    const Derived& self() const { return static_cast<const Derived&>(*this); }
};

/// A repair that sets one attribute of `node`.
inline Fix attributeFix(const Node& node, std::string label, std::string key, AttributeValue value) {
    return {std::move(label), [id = node.id, key = std::move(key), value = std::move(value)](NetworkSpec& spec) {
                spec.setAttribute(id, key, value);
            }};
}

/// "an image of 16×5×5" or "a vector of 120 values": how messages speak of what arrives.
std::string describeShape(const Shape& shape);

/// The wanted gradient of input `index`, or a view without data.
template <class T>
View<T> wantedGradient(const ReferenceContext<T>& context, std::size_t index) {
    return index < context.inputGradients.size() ? context.inputGradients[index] : View<T>{};
}

}  // namespace convolab
