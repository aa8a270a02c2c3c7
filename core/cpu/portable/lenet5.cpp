// The layers that LeNet-5 (1998) has and later networks have not.
#include <algorithm>

#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/layers/connection_table.h"
#include "core/layers/rbf_prototypes.h"

namespace convolab {

namespace {

/// Lets `inner` work on the memory of `outer`.
void share(const Op& outer, Op& inner) {
    inner.inputs = outer.inputs;
    inner.output = outer.output;
    inner.outputGradient = outer.outputGradient;
    inner.inputGradients = outer.inputGradients;
    inner.scratch = outer.scratch;
}

/// A partially connected convolution is a full one whose other kernels are 0 and stay so.
class TableConvolutionOp final : public Op {
  public:
    TableConvolutionOp(const OpRequest& request, std::unique_ptr<Op> full)
        : m_full(std::move(full)), m_table(request.attributes), m_training(request.training),
          m_channels(request.inputs.front().channels()),
          m_taps(request.attributes.integers("kernel")[0] * request.attributes.integers("kernel")[1]),
          m_weight(static_cast<std::size_t>(m_table.filters() * m_channels * m_taps)), m_gradient(m_weight.size()) {
        tier = m_full->tier;
        implementation = m_full->implementation + ", missing connections 0";
        inputBlocks = m_full->inputBlocks;
        outputBlock = m_full->outputBlock;
        backwardReadsInput = m_full->backwardReadsInput;
        backwardReadsOutput = m_full->backwardReadsOutput;
        scratchFloats = m_full->scratchFloats;
    }

    void prepare(std::int64_t n) override {
        connect();
        m_full->prepare(n);
    }

    void bindWeights() override {
        connect();
        expand();
        m_full->bindWeights();
    }

    void forward(const StepContext& context) override {
        connect();
        if (m_training) expand();
        m_full->forward(context);
    }

    void backward(const StepContext& context) override {
        connect();
        m_full->backward(context);
        if (parameters[0].gradient != nullptr) m_table.collect(m_gradient.data(), m_channels, m_taps, parameters[0].gradient);
    }

  private:
    void connect() {
        share(*this, *m_full);
        const Shape shape{m_table.filters(), m_channels, m_taps};
        m_full->parameters = parameters;
        m_full->parameters[0] = {m_weight.data(), parameters[0].gradient == nullptr ? nullptr : m_gradient.data(), shape};
    }

    void expand() { m_table.expand(parameters[0].value, m_channels, m_taps, m_weight.data()); }

    std::unique_ptr<Op> m_full;
    ConnectionTable m_table;
    bool m_training;
    std::int64_t m_channels, m_taps;
    AlignedBuffer m_weight, m_gradient;
};

CONVOLAB_CLONES void scaleMap(const float* mean, const float* scale, const float* shift, std::int64_t pixels, int block, float* y) {
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (int l = 0; l < block; ++l) y[p * block + l] = mean[p * block + l] * scale[l] + shift[l];
    }
}

/// Average pooling into memory of its own, then coefficient and bias of each map.
class SubsamplingOp final : public Op {
  public:
    SubsamplingOp(const OpRequest& request, std::unique_ptr<Op> pool)
        : m_pool(std::move(pool)), m_block(m_pool->outputBlock), m_channels(request.output.channels()),
          m_pixels(request.output.height() * request.output.width()), m_padded(paddedChannels(m_channels, m_block)),
          m_scale(static_cast<std::size_t>(m_padded)), m_shift(static_cast<std::size_t>(m_padded)) {
        implementation = m_pool->implementation + ", scaled";
        inputBlocks = m_pool->inputBlocks;
        outputBlock = m_block;
        backwardReadsInput = false;
        overwritesOutputGradient = true;
        workspaceFloats = static_cast<std::size_t>(request.maximumBatch * m_padded * m_pixels);
    }

    void forward(const StepContext& context) override {
        takeParameters();
        share(*this, *m_pool);
        m_pool->output = workspace;
        m_pool->forward(context);
        eachMap(context.n, [&](std::int64_t map, std::int64_t first) {
            scaleMap(workspace + map * size(), m_scale.data() + first, m_shift.data() + first, m_pixels, m_block, output + map * size());
        });
    }

    void backward(const StepContext& context) override {
        takeParameters();
        if (parameters[0].gradient != nullptr) parameterGradients(context.n);
        if (inputGradients[0] == nullptr) return;
        static constexpr float kNone[16] = {};
        eachMap(context.n, [&](std::int64_t map, std::int64_t first) {
            float* gradient = outputGradient + map * size();
            scaleMap(gradient, m_scale.data() + first, kNone, m_pixels, m_block, gradient);
        });
        share(*this, *m_pool);
        m_pool->output = workspace;
        m_pool->backward(context);
    }

  private:
    std::int64_t size() const { return m_pixels * m_block; }

    void takeParameters() {  // beyond the channels they stay 0
        std::copy_n(parameters[0].value, m_channels, m_scale.data());
        std::copy_n(parameters[1].value, m_channels, m_shift.data());
    }

    /// Calls `body(number of the map or block, its first channel)`.
    template <class Body>
    void eachMap(std::int64_t n, Body&& body) {
        const std::int64_t blocks = m_padded / m_block;
        parallelFor(n * blocks, std::max<std::int64_t>(1, kElementGrain / size()), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t map = begin; map < end; ++map) body(map, map % blocks * m_block);
        });
    }

    void parameterGradients(std::int64_t n) {
        parallelFor(m_channels, std::max<std::int64_t>(1, kElementGrain / (n * m_pixels)), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t c = begin; c < end; ++c) {
                double scale = 0.0, shift = 0.0;
                for (std::int64_t image = 0; image < n; ++image) {
                    const std::int64_t first = (image * m_padded / m_block + c / m_block) * size() + c % m_block;
                    for (std::int64_t at = first; at < first + size() - c % m_block; at += m_block) {
                        scale += static_cast<double>(outputGradient[at]) * workspace[at];
                        shift += outputGradient[at];
                    }
                }
                parameters[0].gradient[c] = static_cast<float>(scale);
                parameters[1].gradient[c] = static_cast<float>(shift);
            }
        });
    }

    std::unique_ptr<Op> m_pool;
    int m_block;
    std::int64_t m_channels, m_pixels, m_padded;
    AlignedBuffer m_scale, m_shift;
};

CONVOLAB_CLONES float squaredDistance(const float* x, const float* prototype, std::int64_t count) {
    constexpr int kSums = 16;
    float sums[kSums] = {};
    std::int64_t i = 0;
    for (; i + kSums <= count; i += kSums) {
        for (int l = 0; l < kSums; ++l) sums[l] += (x[i + l] - prototype[i + l]) * (x[i + l] - prototype[i + l]);
    }
    float sum = 0.0F;
    for (; i < count; ++i) sum += (x[i] - prototype[i]) * (x[i] - prototype[i]);
    for (const float part : sums) sum += part;
    return sum;
}

CONVOLAB_CLONES void addDifference(const float* x, const float* prototype, float factor, std::int64_t count, float* dx) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] += factor * (x[i] - prototype[i]);
}

class RbfOp final : public Op {
  public:
    explicit RbfOp(const OpRequest& request)
        : m_units(request.output.size()), m_count(request.inputs.front().size()), m_prototypes(rbfPrototypes(m_units, m_count)) {
        inputBlocks = {1};
        implementation = "loops";
    }

    void forward(const StepContext& context) override {
        eachImage(context.n, [&](std::int64_t image) {
            for (std::int64_t k = 0; k < m_units; ++k) {
                output[image * m_units + k] = -squaredDistance(inputs[0] + image * m_count, prototype(k), m_count);
            }
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        eachImage(context.n, [&](std::int64_t image) {
            float* dx = inputGradients[0] + image * m_count;
            std::fill_n(dx, m_count, 0.0F);
            for (std::int64_t k = 0; k < m_units; ++k) {
                addDifference(inputs[0] + image * m_count, prototype(k), -2.0F * outputGradient[image * m_units + k], m_count, dx);
            }
        });
    }

  private:
    const float* prototype(std::int64_t unit) const { return m_prototypes.data() + unit * m_count; }

    template <class Body>
    void eachImage(std::int64_t n, Body&& body) {
        parallelFor(n, std::max<std::int64_t>(1, kElementGrain / (m_units * m_count)), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t image = begin; image < end; ++image) body(image);
        });
    }

    std::int64_t m_units, m_count;
    std::vector<float> m_prototypes;
};

}  // namespace

std::unique_ptr<Op> makeTableConvolutionOp(const OpRequest& request, std::unique_ptr<Op> full) {
    return std::make_unique<TableConvolutionOp>(request, std::move(full));
}

std::unique_ptr<Op> makeSubsamplingOp(const OpRequest& request) {
    OpRequest mean = request;
    mean.kind = findLayerKind("avg_pool");
    mean.attributes.set("count_include_pad", true);
    return std::make_unique<SubsamplingOp>(request, makePoolOp(mean));
}

std::unique_ptr<Op> makeRbfOp(const OpRequest& request) { return std::make_unique<RbfOp>(request); }

}  // namespace convolab
