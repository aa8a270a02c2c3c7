// Networks with ranges from random images, and the plain-loop walk through an integer network.
#pragma once

#include <map>

#include "core/compress/quantization/quantized_model.h"
#include "core/cpu/int8/reference.h"
#include "tests/core/network_examples.h"

namespace convolab::testing {

inline DatasetPtr randomDataset(const Shape& shape, int classes, std::int64_t count = 48) {
    DatasetInfo info;
    info.id = info.title = "random";
    info.imageShape = shape;
    for (int i = 0; i < classes; ++i) info.classNames.push_back(std::to_string(i));
    const auto split = [&](std::uint64_t seed) {
        ImageStore store;
        RandomSequence random(seed, RandomStreamId::Data);
        for (std::int64_t i = 0; i < count; ++i) {
            for (std::int64_t k = 0; k < shape.size(); ++k) store.pixels.push_back(static_cast<std::uint8_t>(random.below(256)));
            store.labels.push_back(static_cast<std::uint8_t>(i % classes));
        }
        return store;
    };
    return std::make_shared<MemoryDataset>(info, split(11), split(12), split(13));
}

// Weights whose batch norms do something: scales of both signs, shifts, running statistics.
inline WeightSet livelyWeights(const NetworkSpec& spec, std::uint64_t seed = 3) {
    WeightSet weights = initialWeights(spec, analyze(spec), seed);
    RandomSequence random(seed, RandomStreamId::Data, 1);
    for (const ParameterEntry& entry : weights.layout->entries) {
        auto& buffer = entry.spec.trainable ? weights.parameters : weights.statistics;
        for (std::int64_t i = 0; i < entry.spec.shape.size(); ++i) {
            float& value = buffer[entry.offset + static_cast<std::size_t>(i)];
            switch (entry.spec.role) {
                case ParameterRole::Weight: break;
                case ParameterRole::Bias:
                case ParameterRole::Shift: value = random.uniform(-0.3F, 0.3F); break;
                case ParameterRole::Scale: value = random.uniform(0.6F, 1.4F) * (random.below(4) == 0 ? -1.0F : 1.0F); break;
                case ParameterRole::RunningMean: value = random.uniform(-0.3F, 0.3F); break;
                case ParameterRole::RunningVariance: value = random.uniform(0.5F, 1.5F); break;
            }
        }
    }
    return weights;
}

struct QuantizationCase {
    NetworkSpec spec;
    WeightSet weights;
    DatasetPtr dataset;
    CompressionPlan plan;
    ActivationStatistics seen;
    ActivationRanges ranges;

    explicit QuantizationCase(NetworkSpec network, int bits = 8, QuantizationSettings settings = {})
        : spec(std::move(network)), weights(livelyWeights(spec)) {
        const Analysis analysis = analyze(spec);
        dataset = randomDataset(*analysis.inputShape, analysis.classes);
        plan.quantization = settings;
        for (const NodeId layer : compressibleLayers(spec)) plan.layers[layer].bits = bits;
        seen = observeActivations(spec, weights, *dataset, settings, 0).value();
        ranges = chooseRanges(seen, settings).value();
    }

    Images images(std::int64_t n) const {
        const Analysis analysis = analyze(spec);
        return randomImages(*analysis.inputShape, n, analysis.classes, 5);
    }
    IntegerNetwork network() const { return makeIntegerNetwork(spec, weights, plan, ranges).value(); }
    std::unique_ptr<QuantizedModel> model(const QuantizedModelOptions& options = {}) const {
        auto made = QuantizedModel::make(spec, weights, plan, ranges, options);
        if (!made.ok()) throw std::runtime_error(made.error().sentence());
        return std::move(made).value();
    }
    std::unique_ptr<Model> floatModel(std::int64_t batch, std::vector<NodeId> taps = {}) const {
        CompileOptions options;
        options.maximumBatch = batch;
        options.taps = std::move(taps);
        auto model = std::move(Model::compile(spec, options)).value();
        if (const Status bound = model->bind(weights); !bound.ok()) throw std::runtime_error(bound.error().sentence());
        return model;
    }
};

// The bytes (or floats) of every step, by the plain loops of core/cpu/int8/reference; steps that stay float are left empty.
class PlainWalk {
  public:
    PlainWalk(const IntegerNetwork& network, View<const float> images) : m_network(network), m_images(images) {
        for (const IntegerLayer& layer : network.layers) m_values.push_back(run(layer));
    }

    const std::vector<std::uint8_t>& bytes(int step) const { return m_values[static_cast<std::size_t>(step)]; }
    std::vector<float> floats(int step) const {
        const auto& raw = bytes(step);
        std::vector<float> values(raw.size() / sizeof(float));
        std::copy_n(reinterpret_cast<const float*>(raw.data()), values.size(), values.data());
        return values;
    }

  private:
    using Bytes = std::vector<std::uint8_t>;

    std::int64_t n() const { return m_images.shape[0]; }

    Bytes run(const IntegerLayer& layer) {
        const std::size_t size = static_cast<std::size_t>(n() * layer.output.size()) * (layer.grid ? 1 : sizeof(float));
        Bytes result(size);
        if (layer.isFloat()) return {};
        if (std::holds_alternative<PassOn>(layer.operation)) return bytes(layer.inputs.front());
        if (const auto* input = std::get_if<QuantizeInput>(&layer.operation)) {
            quantize(layer, *input, result);
            return result;
        }
        std::vector<const std::uint8_t*> inputs;
        for (const int step : layer.inputs) inputs.push_back(bytes(step).data());
        std::visit([&](const auto& operation) { reference(operation, inputs, result); }, layer.operation);
        return result;
    }

    void quantize(const IntegerLayer& layer, const QuantizeInput& input, Bytes& result) const {
        const Shape& shape = layer.output;
        const std::int64_t plane = shape.size() / shape.channels();
        for (std::int64_t i = 0; i < m_images.size(); ++i) {
            const std::int64_t image = i / shape.size(), channel = i / plane % shape.channels(), pixel = i % plane;
            const auto at = [&](const std::vector<double>& values) {
                return static_cast<float>(values.size() == 1 ? values[0] : values[static_cast<std::size_t>(channel)]);
            };
            const float value = (m_images[i] - at(input.mean)) / at(input.deviation);
            result[static_cast<std::size_t>(image * shape.size() + pixel * shape.channels() + channel)] =
                static_cast<std::uint8_t>(layer.grid->quantize(value));
        }
    }

    template <class Operation>
    void reference(const Operation& operation, const std::vector<const std::uint8_t*>& inputs, Bytes& result) const {
        if constexpr (std::is_same_v<Operation, int8::Convolution>) {
            int8::reference(operation, n(), inputs[0], result.data());
        } else if constexpr (std::is_same_v<Operation, int8::Add> || std::is_same_v<Operation, int8::Concat>) {
            int8::reference(operation, n(), inputs, result.data());
        } else if constexpr (!std::is_same_v<Operation, QuantizeInput> && !std::is_same_v<Operation, PassOn> &&
                             !std::is_same_v<Operation, FloatLayer>) {
            int8::reference(operation, n(), inputs[0], result.data());
        }
    }

    const IntegerNetwork& m_network;
    View<const float> m_images;
    std::vector<Bytes> m_values;
};

inline double decibels(std::span<const float> exact, std::span<const float> rounded) {
    double signal = 0.0, noise = 1e-30;
    for (std::size_t i = 0; i < exact.size(); ++i) {
        signal += double{exact[i]} * exact[i];
        noise += std::pow(double{exact[i]} - rounded[i], 2);
    }
    return 10.0 * std::log10(signal / noise);
}

}  // namespace convolab::testing
