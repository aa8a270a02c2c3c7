#include "core/cpu/int8/depthwise.h"

#include <algorithm>
#include <vector>

#include "core/cpu/int8/grid.h"
#include "core/cpu/portable/parallel.h"

namespace convolab::int8 {

namespace {

CONVOLAB_CLONES void addTap(const std::uint8_t* x, const std::int16_t* weights, std::int32_t zero, std::int64_t channels,
                            std::int32_t* sums) {
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += (std::int32_t{x[c]} - zero) * weights[c];
}

class DepthwiseOp final : public IntegerOp {
  public:
    explicit DepthwiseOp(const Convolution& convolution) : m_c(convolution) {
        const std::int64_t channels = m_c.input.channels(), taps = m_c.window.taps();
        m_weights.resize(static_cast<std::size_t>(channels * taps));
        for (std::int64_t c = 0; c < channels; ++c) {
            for (std::int64_t t = 0; t < taps; ++t) {
                m_weights[static_cast<std::size_t>(t * channels + c)] = m_c.weight[static_cast<std::size_t>(c * taps + t)];
            }
            m_multiplier.push_back(m_c.requantization.multiplierOf(c));
        }
        implementation = "depthwise";
    }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        const std::int64_t rows = m_c.output.height();
        parallelFor(n * rows, 1, [&](std::int64_t begin, std::int64_t end) {
            std::vector<std::int32_t> sums(static_cast<std::size_t>(m_c.input.channels()));
            for (std::int64_t item = begin; item < end; ++item) {
                runRow(x + item / rows * m_c.input.size(), item, item % rows, sums, output);
            }
        });
    }

  private:
    void runRow(const std::uint8_t* x, std::int64_t item, std::int64_t i, std::vector<std::int32_t>& sums, void* output) {
        const std::int64_t channels = m_c.input.channels();
        for (std::int64_t j = 0; j < m_c.output.width(); ++j) {
            std::ranges::copy(m_c.bias, sums.begin());
            m_c.window.visitTaps(m_c.input, i, j, [&](auto u, auto v, auto row, auto column) {
                addTap(x + (row * m_c.input.width() + column) * channels,
                       m_weights.data() + (u * m_c.window.kernelWidth + v) * channels, m_c.inputZero, channels, sums.data());
            });
            const std::int64_t at = (item * m_c.output.width() + j) * channels;
            if (m_c.floatOutput) {
                scaled(sums.data(), m_multiplier.data(), channels, m_c.requantization.slope, static_cast<float*>(output) + at);
            } else {
                toGrid(sums.data(), m_multiplier.data(), channels, m_c.requantization, static_cast<std::uint8_t*>(output) + at);
            }
        }
    }

    Convolution m_c;
    std::vector<std::int16_t> m_weights;  // (taps, C)
    std::vector<float> m_multiplier;
};

}  // namespace

std::unique_ptr<IntegerOp> makeDepthwiseOp(const Convolution& convolution) {
    return std::make_unique<DepthwiseOp>(convolution);
}

}  // namespace convolab::int8
