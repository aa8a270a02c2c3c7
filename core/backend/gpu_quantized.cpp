#include "core/backend/gpu_quantized.h"

#include <algorithm>
#include <optional>

namespace convolab {

namespace {

constexpr std::int32_t kShift = 128;  // from uint8 to int8

std::int8_t shifted(std::int32_t value) { return static_cast<std::int8_t>(value - kShift); }

ConvolabGpuGrid gpuGrid(float scale, const int8::Requantization& to) {
    return {.scale = scale, .slope = to.slope, .zero = to.zeroPoint - kShift, .low = to.low - kShift, .high = to.high - kShift};
}

ConvolabGpuGrid gpuGrid(const AffineQuantizer& grid) {
    return {.scale = grid.scale, .slope = 1.0F, .zero = grid.zeroPoint - kShift, .low = grid.lowest - kShift, .high = grid.highest - kShift};
}

/// (O, I, kernel height, kernel width) → (O, kernel height, kernel width, I), each output filled up to a multiple of 4.
std::vector<std::int8_t> channelsLast(const int8::Convolution& c) {
    const auto outputs = static_cast<std::size_t>(c.output.channels()), depth = static_cast<std::size_t>(c.depth());
    const auto taps = static_cast<std::size_t>(c.window.taps()), each = (depth * taps + 3) / 4 * 4;
    std::vector<std::int8_t> weights(outputs * each);
    for (std::size_t o = 0; o < outputs; ++o) {
        for (std::size_t k = 0; k < depth; ++k) {
            for (std::size_t tap = 0; tap < taps; ++tap) weights[o * each + tap * depth + k] = c.weight[(o * depth + k) * taps + tap];
        }
    }
    return weights;
}

void append(std::span<const std::uint8_t> table, std::vector<std::int8_t>& bytes) {
    for (std::int32_t q = 0; table.empty() && q < 256; ++q) bytes.push_back(shifted(q));
    for (const std::uint8_t q : table) bytes.push_back(shifted(q));
}

void describe(const int8::Convolution& c, const IntegerLayer& step, GpuOp& made) {
    made.op.kind = kGpuInt8Convolution;
    made.op.window = gpuWindow(c.window);
    made.op.groups = c.groups;
    made.op.inputZero = c.inputZero - kShift;
    made.op.floatOutput = c.floatOutput ? 1 : 0;
    made.op.grid = gpuGrid(step.grid ? step.grid->scale : 1.0F, c.requantization);
    made.table = c.bias;
    for (std::int64_t o = 0; o < c.output.channels(); ++o) made.constants.push_back(c.requantization.multiplierOf(o));
    made.bytes = channelsLast(c);
}

void describe(const int8::MaxPool& pool, const IntegerLayer& step, GpuOp& made) {
    made.op.kind = kGpuInt8MaxPool;
    made.op.window = gpuWindow(pool.window);
    made.op.grid = gpuGrid(*step.grid);
}

void describe(const int8::AveragePool& pool, const IntegerLayer& step, GpuOp& made) {
    made.op.kind = kGpuInt8AveragePool;
    made.op.window = gpuWindow(pool.window);
    made.op.countPadding = pool.countPadding ? 1 : 0;
    made.op.inputZero = pool.inputZero - kShift;
    made.op.grid = gpuGrid(step.grid->scale, pool.requantization);
    made.constants = {pool.requantization.multiplierOf(0)};
}

void describe(const int8::Add& sum, const IntegerLayer& step, GpuOp& made) {
    made.op.kind = kGpuInt8Add;
    made.op.grid = gpuGrid(step.grid->scale, sum.requantization);
    made.constants = sum.inputMultiplier;
    for (const std::int32_t zero : sum.inputZero) made.table.push_back(zero - kShift);
}

void describe(const int8::Table& table, const IntegerLayer& step, GpuOp& made) {
    made.op.kind = kGpuInt8Lookup;
    made.op.grid = gpuGrid(*step.grid);
    append(table.entries, made.bytes);
}

void describe(const int8::Concat& concat, const IntegerLayer& step, GpuOp& made) {
    made.op.kind = kGpuInt8Concat;
    made.op.grid = gpuGrid(*step.grid);
    for (const auto& table : concat.tables) append(table, made.bytes);
}

void describe(const int8::Flatten&, const IntegerLayer& step, GpuOp& made) {
    made.op.kind = kGpuInt8Flatten;
    made.op.grid = gpuGrid(*step.grid);
}

// No operation of integers.
void describe(const QuantizeInput&, const IntegerLayer&, GpuOp&) {}
void describe(const PassOn&, const IntegerLayer&, GpuOp&) {}
void describe(const FloatLayer&, const IntegerLayer&, GpuOp&) {}

/// Walks through the steps in order of execution.
class Describer {
  public:
    explicit Describer(const IntegerNetwork& network) : m_network(network), m_values(network.layers.size()), m_reals(network.layers.size()) {}

    Result<GpuQuantizedNetwork> run() {
        gatherWeights();
        for (std::size_t i = 0; i < m_network.layers.size(); ++i) CONVOLAB_RETURN_IF_ERROR(addStep(i));
        const std::int32_t loss = reals(m_network.logits), output = reals(m_network.output);
        m_made.described.finish(output, loss, m_made.layout);
        return std::move(m_made);
    }

  private:
    const IntegerLayer& layer(int step) const { return m_network.layers[static_cast<std::size_t>(step)]; }

    /// Of layers that stay float32.
    void gatherWeights() {
        const WeightSet& weights = m_network.weights;
        const auto stays = [&](NodeId node) {
            return std::ranges::any_of(m_network.layers, [&](const IntegerLayer& step) {
                const auto* chain = std::get_if<FloatLayer>(&step.operation);
                return chain != nullptr && std::ranges::find(chain->nodes, node) != chain->nodes.end();
            });
        };
        for (const ParameterEntry& entry : weights.layout->entries) {
            if (!stays(entry.node)) continue;
            std::vector<float>& buffer = entry.spec.trainable ? m_made.parameters : m_made.statistics;
            const std::span<const float> values = weights.values(entry);
            m_made.layout.entries.push_back(entry);
            m_made.layout.entries.back().offset = buffer.size();
            buffer.insert(buffer.end(), values.begin(), values.end());
        }
        m_made.layout.parameterCount = m_made.parameters.size();
        m_made.layout.statisticCount = m_made.statistics.size();
    }

    Status addStep(std::size_t i) {
        const IntegerLayer& step = m_network.layers[i];
        if (std::holds_alternative<PassOn>(step.operation)) {
            m_values[i] = m_values[static_cast<std::size_t>(step.inputs.front())];
            return {};
        }
        if (const auto* chain = std::get_if<FloatLayer>(&step.operation)) return addFloat(i, *chain);
        if (std::holds_alternative<QuantizeInput>(step.operation)) {
            CONVOLAB_ASSIGN(GpuOp images, describeGpuNode(m_network.spec, step.node, std::span(&step.output, 1), step.output, m_made.layout));
            m_values[i] = add(quantization(step), {m_made.described.add(std::move(images), {-1})}, step);
            return {};
        }
        std::vector<Shape> shapes;
        std::vector<std::int32_t> inputs;
        for (const int input : step.inputs) {
            inputs.push_back(m_values[static_cast<std::size_t>(input)]);
            shapes.push_back(layer(input).output);
        }
        m_values[i] = add(describeGpuInteger(step, shapes), std::move(inputs), step);
        return {};
    }

    std::int32_t add(GpuOp op, std::vector<std::int32_t> inputs, const IntegerLayer& step) {
        op.op.node = static_cast<std::uint64_t>(step.node.value);
        return m_made.described.add(std::move(op), std::move(inputs));
    }

    static GpuOp quantization(const IntegerLayer& step) {
        GpuOp made;
        made.op.kind = kGpuQuantize;
        made.op.output = gpuShape(step.output);
        made.inputShapes = {made.op.output};
        made.op.grid = gpuGrid(*step.grid);
        return made;
    }

    /// The op that gives a step's values in float32.
    std::int32_t reals(int step) {
        const auto i = static_cast<std::size_t>(step);
        if (!layer(step).grid) return m_values[i];
        if (!m_reals[i]) {
            GpuOp made = quantization(layer(step));
            made.op.kind = kGpuDequantize;
            m_reals[i] = add(std::move(made), {m_values[i]}, layer(step));
        }
        return *m_reals[i];
    }

    Status addFloat(std::size_t i, const FloatLayer& chain) {
        const IntegerLayer& step = m_network.layers[i];
        std::int32_t before = reals(step.inputs.front());
        Shape shape = layer(step.inputs.front()).output;
        const Analysis analysis = analyze(m_network.spec);
        for (const NodeId node : chain.nodes) {
            const Shape& output = *analysis.find(node)->output;
            CONVOLAB_ASSIGN(GpuOp op, describeGpuNode(m_network.spec, node, std::span(&shape, 1), output, m_made.layout));
            before = m_made.described.add(std::move(op), {before});
            shape = output;
        }
        m_values[i] = step.grid ? add(quantization(step), {before}, step) : before;
        return {};
    }

    const IntegerNetwork& m_network;
    GpuQuantizedNetwork m_made;
    std::vector<std::int32_t> m_values;                ///< ops, by step
    std::vector<std::optional<std::int32_t>> m_reals;  ///< the same in float32, where somebody wants it
};

}  // namespace

GpuOp describeGpuInteger(const IntegerLayer& step, std::span<const Shape> inputs) {
    GpuOp made;
    for (const Shape& input : inputs) made.inputShapes.push_back(gpuShape(input));
    made.op.output = gpuShape(step.output);
    std::visit([&](const auto& operation) { describe(operation, step, made); }, step.operation);
    made.connect();
    return made;
}

Result<GpuQuantizedNetwork> describeGpuQuantized(const IntegerNetwork& network) { return Describer(network).run(); }

}  // namespace convolab
