#include "core/compress/quantization/integer_model.h"

#include <algorithm>
#include <chrono>
#include <new>

#include "core/compress/quantization/float_layer.h"
#include "core/cpu/compute_team.h"
#include "core/cpu/int8/grid.h"
#include "core/cpu/portable/loss.h"
#include "core/model/memory_plan.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kForever = 1 << 30;

struct Step {
    std::unique_ptr<int8::IntegerOp> op;  // null: the input, a float layer, nothing to compute
    std::unique_ptr<Model> model;         // float layers
    int buffer = -1;
    double seconds = 0.0;
};

int8::Requantization ontoGrid(const AffineQuantizer& grid) {
    return {.multiplier = {1.0F}, .slope = 1.0F, .zeroPoint = grid.zeroPoint, .low = grid.lowest, .high = grid.highest};
}

class IntegerModel final : public QuantizedModel {
  public:
    IntegerModel(IntegerNetwork network, const QuantizedModelOptions& options)
        : m_network(std::move(network)), m_options(options), m_steps(m_network.layers.size()) {}

    Status prepare() {
        useComputeTeam();
        std::int64_t scratch = 0;
        for (std::size_t i = 0; i < m_steps.size(); ++i) {
            const IntegerLayer& layer = m_network.layers[i];
            CONVOLAB_RETURN_IF_ERROR(prepareStep(layer, m_steps[i]));
            scratch = std::max(scratch, layer.output.size());
        }
        placeBuffers();
        m_scratch = AlignedBuffer(static_cast<std::size_t>(scratch * m_options.maximumBatch));
        const Shape& output = m_network.layers[static_cast<std::size_t>(m_network.output)].output;
        m_output = Tensor(output.withBatch(m_options.maximumBatch));
        m_logits = Tensor(m_network.layers[static_cast<std::size_t>(m_network.logits)].output.withBatch(m_options.maximumBatch));
        return {};
    }

    const Shape& inputShape() const override { return m_network.layers.front().output; }
    const Shape& outputShape() const override {
        return m_network.layers[static_cast<std::size_t>(m_network.output)].output;
    }
    std::int64_t maximumBatch() const override { return m_options.maximumBatch; }

    std::vector<QuantizedLayerPlan> plan() const override {
        return planOf(m_network, [this](std::size_t i) {
            if (m_steps[i].model) return m_steps[i].model->plan()[1].implementation;
            return m_steps[i].op ? m_steps[i].op->implementation : std::string{};
        });
    }

    View<const float> forward(View<const float> images) override {
        CONVOLAB_CHECK(images.data != nullptr && images.shape.rank() > 1 && images.shape == inputShape().withBatch(images.shape[0]),
                       "the network takes images of " + inputShape().text() + ", the batch is " + images.shape.text());
        m_n = images.shape[0];
        CONVOLAB_CHECK(m_n >= 1 && m_n <= m_options.maximumBatch, "a batch of " + std::to_string(m_n) + " images");
        for (std::size_t i = 0; i < m_steps.size(); ++i) {
            const auto begin = Clock::now();
            runStep(m_network.layers[i], m_steps[i], images);
            m_steps[i].seconds = std::chrono::duration<double>(Clock::now() - begin).count();
        }
        reals(m_network.logits, m_logits.data());
        if (m_network.output == m_network.logits) return logits();
        reals(m_network.output, m_output.data());
        return {m_output.data(), outputShape().withBatch(m_n)};
    }

    View<const float> logits() const override {
        return {m_logits.data(), m_network.layers[static_cast<std::size_t>(m_network.logits)].output.withBatch(m_n)};
    }

    LossResult evaluate(View<const float> images, std::span<const int> labels) override {
        CONVOLAB_CHECK(static_cast<std::int64_t>(labels.size()) >= images.shape[0], "a label for every image");
        forward(images);
        return computeLoss(LossKind::CrossEntropy, logits(), labels, {});
    }

    Tensor valueOf(NodeId node) const override {
        CONVOLAB_CHECK(m_options.keepValues, "the model does not keep its layers' values");
        for (std::size_t i = 0; i < m_steps.size(); ++i) {
            if (m_network.layers[i].last() != node) continue;
            Tensor values(m_network.layers[i].output.withBatch(m_n));
            reals(static_cast<int>(i), values.data());
            return values;
        }
        return {};
    }

    std::vector<double> layerSeconds() const override {
        std::vector<double> seconds;
        for (std::size_t i = 0; i < m_steps.size(); ++i) {
            seconds.push_back(m_steps[i].seconds);
            seconds.insert(seconds.end(), m_network.layers[i].joined.size(), 0.0);
        }
        return seconds;
    }

  private:
    Status prepareStep(const IntegerLayer& layer, Step& step) {
        if (const auto* chain = std::get_if<FloatLayer>(&layer.operation)) {
            const Shape& input = m_network.layers[static_cast<std::size_t>(layer.inputs.front())].output;
            CONVOLAB_ASSIGN(step.model,
                            compileChain(m_network.spec, m_network.weights, chain->nodes, input, m_options.maximumBatch));
            return {};
        }
        step.op = std::visit(
            [&](const auto& operation) -> std::unique_ptr<int8::IntegerOp> {
                using Operation = std::decay_t<decltype(operation)>;
                if constexpr (std::is_same_v<Operation, int8::Convolution>) return int8::makeOp(operation, m_options.isa);
                else if constexpr (std::is_same_v<Operation, QuantizeInput> || std::is_same_v<Operation, PassOn> ||
                                   std::is_same_v<Operation, FloatLayer>) return nullptr;
                else return int8::makeOp(operation);
            },
            layer.operation);
        return {};
    }

    std::size_t bytesOf(const IntegerLayer& layer) const {
        const auto values = static_cast<std::size_t>(layer.output.size() * m_options.maximumBatch);
        return values * (layer.grid ? 1 : sizeof(float)) + static_cast<std::size_t>(int8::kSlack);
    }

    void placeBuffers() {
        for (std::size_t i = 0; i < m_steps.size(); ++i) {
            const IntegerLayer& layer = m_network.layers[i];
            for (const int input : layer.inputs) extend(m_steps[static_cast<std::size_t>(input)].buffer, static_cast<int>(i));
            if (std::holds_alternative<PassOn>(layer.operation)) {
                m_steps[i].buffer = m_steps[static_cast<std::size_t>(layer.inputs.front())].buffer;
                continue;
            }
            const int now = static_cast<int>(i);
            m_buffers.push_back({(bytesOf(layer) + sizeof(float) - 1) / sizeof(float), now, m_options.keepValues ? kForever : now});
            m_steps[i].buffer = static_cast<int>(m_buffers.size()) - 1;
        }
        for (const int step : {m_network.output, m_network.logits}) extend(m_steps[static_cast<std::size_t>(step)].buffer, kForever);
        m_arena = AlignedBuffer(planArena(m_buffers));
    }

    void extend(int buffer, int time) {
        int& last = m_buffers[static_cast<std::size_t>(buffer)].last;
        last = std::max(last, time);
    }

    void* valueAt(int step) const {
        const int buffer = m_steps[static_cast<std::size_t>(step)].buffer;
        return const_cast<float*>(m_arena.data()) + m_buffers[static_cast<std::size_t>(buffer)].offset;
    }

    void runStep(const IntegerLayer& layer, Step& step, View<const float> images) {
        void* output = const_cast<float*>(m_arena.data()) + m_buffers[static_cast<std::size_t>(step.buffer)].offset;
        if (step.model) return runFloat(layer, step, output);
        const ComputeGuard guard;
        if (const auto* input = std::get_if<QuantizeInput>(&layer.operation)) {
            int8::quantizeImages(m_n, layer.output, normalised(*input, images), layer.grid->scale, ontoGrid(*layer.grid),
                                 static_cast<std::uint8_t*>(output));
            return;
        }
        if (!step.op) return;
        std::vector<const void*>& inputs = m_inputs;
        inputs.clear();
        for (const int input : layer.inputs) inputs.push_back(valueAt(input));
        step.op->run(m_n, inputs, output);
    }

    const float* normalised(const QuantizeInput& input, View<const float> images) {
        const auto plain = [](const std::vector<double>& values, double neutral) {
            return std::ranges::all_of(values, [&](double value) { return value == neutral; });
        };
        if (plain(input.mean, 0.0) && plain(input.deviation, 1.0)) return images.data;
        const std::int64_t channels = inputShape().channels();
        const std::int64_t plane = inputShape().size() / channels;
        const auto at = [](const std::vector<double>& values, std::int64_t channel) {
            return static_cast<float>(values.size() == 1 ? values[0] : values[static_cast<std::size_t>(channel)]);
        };
        for (std::int64_t i = 0; i < m_n * channels; ++i) {
            const float mean = at(input.mean, i % channels), deviation = at(input.deviation, i % channels);
            for (std::int64_t k = i * plane; k < (i + 1) * plane; ++k) m_scratch.data()[k] = (images.data[k] - mean) / deviation;
        }
        return m_scratch.data();
    }

    void runFloat(const IntegerLayer& layer, Step& step, void* output) {
        reals(layer.inputs.front(), m_scratch.data());
        const Shape& shape = m_network.layers[static_cast<std::size_t>(layer.inputs.front())].output;
        const View<const float> values = step.model->forward({m_scratch.data(), shape.withBatch(m_n)});
        if (layer.grid) {
            int8::quantizeImages(m_n, layer.output, values.data, layer.grid->scale, ontoGrid(*layer.grid),
                                 static_cast<std::uint8_t*>(output));
        } else {
            std::copy_n(values.data, values.size(), static_cast<float*>(output));
        }
    }

    /// A step's values as float32 in (N, C, H, W). What has no grid is a vector, or came from a float layer in that order.
    void reals(int index, float* target) const {
        const IntegerLayer& layer = m_network.layers[static_cast<std::size_t>(index)];
        if (layer.grid) {
            int8::dequantizeImages(m_n, layer.output, static_cast<const std::uint8_t*>(valueAt(index)), layer.grid->scale,
                                   layer.grid->zeroPoint, target);
        } else {
            std::copy_n(static_cast<const float*>(valueAt(index)), m_n * layer.output.size(), target);
        }
    }

    IntegerNetwork m_network;
    QuantizedModelOptions m_options;
    std::vector<Step> m_steps;
    std::vector<ArenaBuffer> m_buffers;
    AlignedBuffer m_arena;
    AlignedBuffer m_scratch;
    Tensor m_output, m_logits;
    std::vector<const void*> m_inputs;
    std::int64_t m_n = 0;
};

}  // namespace

Result<std::unique_ptr<QuantizedModel>> makeIntegerModel(IntegerNetwork network, const QuantizedModelOptions& options) {
    try {
        auto model = std::make_unique<IntegerModel>(std::move(network), options);
        CONVOLAB_RETURN_IF_ERROR(model->prepare());
        return std::unique_ptr<QuantizedModel>(std::move(model));
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::OutOfMemory,
                     "there is not enough memory for batches of " + withThousands(options.maximumBatch) + " images", "",
                     "make the batch smaller"};
    }
}

}  // namespace convolab
