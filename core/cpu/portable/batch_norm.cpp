#include <algorithm>
#include <cmath>

#include "core/cpu/portable/channel_kernels.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

enum Role { kWeight, kBias, kMean, kVariance };

/// y = (x − mean) / √(variance + ε) · weight + bias, with the batch's (biased) variance in training. The workspace
/// holds mean, 1/√(variance + ε), and five rows of coefficients, one float per padded channel each.
class BatchNormOp final : public Op {
  public:
    explicit BatchNormOp(const OpRequest& request)
        : m_slope(request.activationSlope), m_top(request.activationTop), m_epsilon(request.attributes.real("epsilon")),
          m_momentum(request.attributes.real("momentum")), m_block(request.offeredBlocks.front()) {
        const Shape& shape = request.inputs.front();
        m_channels = shape.channels();
        m_pixels = shape.height() * shape.width();
        m_padded = paddedChannels(m_channels, m_block);
        inputBlocks = {m_block};
        outputBlock = m_block;
        implementation = m_slope ? "loops with activation" : "loops";
        workspaceFloats = static_cast<std::size_t>(kRows * m_padded);
        scratchFloats = static_cast<std::size_t>(2 * request.maximumBatch * m_padded);
    }

    void forward(const StepContext& context) override {
        float* scale = row(2);
        float* shift = row(3);
        std::fill_n(row(0), kRows * m_padded, 0.0F);
        inGroups(context.n, 2, [&](const Blocks& blocks) {
            if (context.training) batchStatistics(context.n, blocks);
            for (std::int64_t c = blocks.first; c < blocks.last; ++c) {
                if (!context.training) {
                    row(0)[c] = parameters[kMean].value[c];
                    row(1)[c] = static_cast<float>(1.0 / std::sqrt(parameters[kVariance].value[c] + m_epsilon));
                }
                scale[c] = parameters[kWeight].value[c] * row(1)[c];
                shift[c] = parameters[kBias].value[c];
            }
            eachMap(context.n, blocks, [&](std::int64_t item, std::int64_t first) {
                const std::int64_t at = item * m_pixels * m_block;
                channelAffine(m_block, inputs[0] + at, row(0) + first, scale + first, shift + first, m_pixels,
                      m_slope.has_value(), m_slope.value_or(0.0F), m_top, output + at);
            });
        });
    }

    void backward(const StepContext& context) override {
        if (!context.training) {  // the statistics are constants: dx = w r dy
            for (std::int64_t c = 0; c < m_channels; ++c) row(4)[c] = parameters[kWeight].value[c] * row(1)[c];
            std::fill_n(row(5), 2 * m_padded, 0.0F);
        }
        inGroups(context.n, 3, [&](const Blocks& blocks) {
            if (context.training) batchGradients(context.n, blocks);
            if (inputGradients[0] == nullptr) return;
            eachMap(context.n, blocks, [&](std::int64_t item, std::int64_t first) {
                const std::int64_t at = item * m_pixels * m_block;
                const ChannelActivation activation = activationAt(first);
                channelInputGradient(m_block, inputs[0] + at, outputGradient + at, row(0) + first, row(4) + first, row(5) + first,
                              row(6) + first, m_slope ? &activation : nullptr, m_pixels, inputGradients[0] + at);
            });
        });
    }

  private:
    static constexpr std::int64_t kRows = 7;

    float* row(std::int64_t index) const { return workspace + index * m_padded; }

    /// Blocks of maps begin … end − 1: channels first … last − 1.
    struct Blocks {
        std::int64_t begin, end, first, last;
    };

    /// Calls body for groups of blocks so small that what `arrays` arrays hold of them stays in the cache between the pass for
    /// the statistics and the pass for the result.
    template <class Body>
    void inGroups(std::int64_t n, std::int64_t arrays, Body&& body) const {
        constexpr std::int64_t kGroupBytes = std::int64_t{8} << 20;
        const std::int64_t blocks = m_padded / m_block;
        const std::int64_t bytes = n * m_pixels * m_block * arrays * static_cast<std::int64_t>(sizeof(float));
        const std::int64_t step = std::clamp<std::int64_t>(kGroupBytes / bytes, 1, blocks);
        for (std::int64_t begin = 0; begin < blocks; begin += step) {
            const std::int64_t end = std::min(begin + step, blocks);
            body(Blocks{begin, end, begin * m_block, std::min(end * m_block, m_channels)});
        }
    }

    /// Computed again from the input: that is cheaper than reading the output.
    ChannelActivation activationAt(std::int64_t channel) const {
        return {row(2) + channel, row(3) + channel, m_slope.value_or(0.0F), m_top};
    }

    /// Gradients of scale and shift, and the coefficients of the input's gradient.
    void batchGradients(std::int64_t n, const Blocks& blocks) {
        float* sum = scratch->data();
        float* product = sum + n * m_padded;
        eachMap(n, blocks, [&](std::int64_t item, std::int64_t first) {
            const std::int64_t at = item * m_pixels * m_block;
            const ChannelActivation activation = activationAt(first);
            channelGradientSums(m_block, inputs[0] + at, outputGradient + at, row(0) + first, row(1) + first,
                         m_slope ? &activation : nullptr, m_pixels, sum + item * m_block, product + item * m_block);
        });
        // dx = w r / M · (M dy − Σ dy − x̂ Σ dy x̂), with x̂ = (x − m) r; written as a·dy + b·(x − m) + c.
        const double count = static_cast<double>(n * m_pixels);
        for (std::int64_t c = blocks.first; c < blocks.last; ++c) {
            const auto [total, dot] = totals(n, c, sum, product);
            parameters[kBias].gradient[c] = static_cast<float>(total);
            parameters[kWeight].gradient[c] = static_cast<float>(dot);
            const double inverse = row(1)[c];
            const double factor = parameters[kWeight].value[c] * inverse;
            row(4)[c] = static_cast<float>(factor);
            row(5)[c] = static_cast<float>(-factor * dot / count * inverse);
            row(6)[c] = static_cast<float>(-factor * total / count);
        }
    }

    /// Sums around the first pixel's value: a shift keeps the variance exact where the mean is large.
    void batchStatistics(std::int64_t n, const Blocks& blocks) {
        float* sum = scratch->data();
        float* squares = sum + n * m_padded;
        float* center = row(0);
        for (std::int64_t c = blocks.first; c < blocks.last; ++c) {
            center[c] = inputs[0][c / m_block * m_block * m_pixels + c % m_block];
        }
        eachMap(n, blocks, [&](std::int64_t item, std::int64_t first) {
            channelSums(m_block, inputs[0] + item * m_pixels * m_block, center + first, m_pixels, sum + item * m_block,
                 squares + item * m_block);
        });
        const double count = static_cast<double>(n * m_pixels);
        for (std::int64_t c = blocks.first; c < blocks.last; ++c) {
            const auto [total, square] = totals(n, c, sum, squares);
            const double mean = center[c] + total / count;
            const double variance = std::max(0.0, square / count - total / count * (total / count));
            const double unbiased = count > 1.0 ? variance * count / (count - 1.0) : variance;
            float& runningMean = parameters[kMean].value[c];
            float& runningVariance = parameters[kVariance].value[c];
            runningMean = static_cast<float>((1.0 - m_momentum) * runningMean + m_momentum * mean);
            runningVariance = static_cast<float>((1.0 - m_momentum) * runningVariance + m_momentum * unbiased);
            row(0)[c] = static_cast<float>(mean);
            row(1)[c] = static_cast<float>(1.0 / std::sqrt(variance + m_epsilon));
        }
    }

    /// The images' partial sums of channel c in image order.
    std::pair<double, double> totals(std::int64_t n, std::int64_t c, const float* first, const float* second) const {
        double a = 0.0;
        double b = 0.0;
        for (std::int64_t image = 0; image < n; ++image) {
            a += first[image * m_padded + c];
            b += second[image * m_padded + c];
        }
        return {a, b};
    }

    template <class Body>
    void eachMap(std::int64_t n, const Blocks& some, Body&& body) const {
        const std::int64_t blocks = m_padded / m_block;
        const std::int64_t now = some.end - some.begin;
        const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / (m_pixels * m_block));
        parallelFor(n * now, grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                const std::int64_t block = some.begin + i % now;
                body(i / now * blocks + block, block * m_block);
            }
        });
    }

    std::optional<float> m_slope;
    float m_top;
    double m_epsilon, m_momentum;
    int m_block;
    std::int64_t m_channels = 0, m_pixels = 0, m_padded = 0;
};

}  // namespace

std::unique_ptr<Op> makeBatchNormOp(const OpRequest& request) { return std::make_unique<BatchNormOp>(request); }

}  // namespace convolab
