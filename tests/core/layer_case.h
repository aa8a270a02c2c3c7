// One layer with its buffers: lets a test run a kind's reference arithmetic on a few numbers.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/layers/layer_kind.h"
#include "core/util/random.h"
#include "core/util/spread_values.h"

namespace convolab::testing {

using convolab::spreadValues;

// Like spreadValues; variances are positive.
template <class T>
std::vector<T> parameterValues(const ParameterSpec& spec, std::uint64_t seed) {
    std::vector<T> values = spreadValues<T>(spec.shape.size(), seed);
    if (spec.role == ParameterRole::RunningVariance) {
        for (T& value : values) value = T{0.5} + value * value;
    }
    return values;
}

template <class T>
struct LayerCase {
    const LayerKind& kind;
    Attributes attributes;
    std::vector<Shape> inputShapes;  // per image
    std::int64_t batch;
    Shape outputShape;               // per image
    std::vector<ParameterSpec> specs;
    std::vector<std::vector<T>> inputs, parameters, inputGradients, parameterGradients;
    std::vector<T> output, outputGradient;
    bool training = false;
    bool inputGradientsWanted = true;
    std::uint64_t seed = 7, step = 3, nodeKey = 5;

    // Throws std::bad_variant_access for attributes or shapes that the kind rejects.
    LayerCase(const LayerKind& layer, const Attributes& given, std::vector<Shape> shapes, std::int64_t images)
        : kind(layer),
          attributes(completeAttributes(layer.attributes, given).value()),
          inputShapes(std::move(shapes)),
          batch(images),
          outputShape(layer.outputShape(attributes, inputShapes).value()),
          specs(layer.parameters(attributes, inputShapes)) {
        std::uint64_t draw = 1;
        for (const Shape& shape : inputShapes) {
            inputs.push_back(spreadValues<T>(batch * shape.size(), draw++));
            inputGradients.emplace_back(inputs.back().size(), T{1e30});
        }
        for (const ParameterSpec& spec : specs) {
            parameters.push_back(parameterValues<T>(spec, draw++));
            parameterGradients.emplace_back(parameters.back().size(), T{0});
        }
        output.resize(static_cast<std::size_t>(batch * outputShape.size()));
        outputGradient = spreadValues<T>(batch * outputShape.size(), draw);
    }
    LayerCase(const LayerKind& layer, const LayerExample& example)
        : LayerCase(layer, example.attributes, example.inputs, example.batch) {}

    void forward() {
        ReferenceContext<T> context = makeContext();
        kind.forward(context);
    }

    void backward() {
        ReferenceContext<T> context = makeContext();
        context.outputGradient = {outputGradient.data(), outputShape.withBatch(batch)};
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            T* data = inputGradientsWanted ? inputGradients[i].data() : nullptr;
            context.inputGradients.push_back({data, inputShapes[i].withBatch(batch)});
        }
        for (std::size_t i = 0; i < specs.size(); ++i) {
            context.parameterGradients.push_back(specs[i].trainable
                                                     ? View<T>{parameterGradients[i].data(), specs[i].shape}
                                                     : View<T>{});
        }
        kind.backward(context);
    }

  private:
    ReferenceContext<T> makeContext() {
        ReferenceContext<T> context{attributes, {}, {}, {output.data(), outputShape.withBatch(batch)}, training,
                                    seed, step, nodeKey, {}, {}, {}};
        for (std::size_t i = 0; i < inputs.size(); ++i) {
            context.inputs.push_back({inputs[i].data(), inputShapes[i].withBatch(batch)});
        }
        for (std::size_t i = 0; i < specs.size(); ++i) {
            context.parameters.push_back({parameters[i].data(), specs[i].shape});
        }
        return context;
    }
};

}  // namespace convolab::testing
