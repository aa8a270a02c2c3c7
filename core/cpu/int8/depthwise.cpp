#include "core/cpu/int8/depthwise.h"

#include <algorithm>
#include <cstring>
#include <numeric>
#include <vector>

#include "core/cpu/int8/depthwise_kernels.h"
#include "core/cpu/int8/grid.h"
#include "core/cpu/portable/parallel.h"

namespace convolab::int8 {

void depthwiseRowPortable(const DepthwiseRow& row) {
    for (std::int64_t g = 0; g < row.groups; ++g) {
        const std::uint8_t* x = row.x + g * kDepthwiseLanes;
        const std::int64_t place = g % row.period;
        const std::int16_t* weights = row.weights + place * row.tapPairs * 2 * kDepthwiseLanes;
        std::int32_t* sums = row.sums + g * kDepthwiseLanes;
        for (int k = 0; k < kDepthwiseLanes; ++k) sums[k] = row.bias[place * kDepthwiseLanes + k];
        for (std::int64_t t = 0; t < row.tapPairs; ++t, weights += 2 * kDepthwiseLanes) {
            const std::uint8_t* x0 = x + row.offsets[2 * t];
            const std::uint8_t* x1 = x + row.offsets[2 * t + 1];
            for (int k = 0; k < kDepthwiseLanes; ++k) sums[k] += x0[k] * weights[2 * k] + x1[k] * weights[2 * k + 1];
        }
    }
}

namespace {

constexpr std::int64_t kLanes = kDepthwiseLanes;
constexpr std::int64_t kLongestPeriod = 1024;  // lanes whose weights stay in the second cache

class DepthwiseOp final : public IntegerOp {
  public:
    DepthwiseOp(const Convolution& convolution, Isa isa)
        : m_c(convolution), m_function(functionFor(isa)), m_channels(m_c.input.channels()),
          m_pixel(std::lcm(m_channels, kLanes) <= kLongestPeriod ? m_channels : (m_channels + kLanes - 1) / kLanes * kLanes),
          m_period(std::lcm(m_pixel, kLanes) / kLanes) {
        const Window& w = m_c.window;
        const std::int64_t width = std::max(m_c.input.width() + w.padLeft + w.padRight,
                                            (m_c.output.width() - 1) * w.strideWidth + w.coveredWidth());
        m_rowBytes = width * m_pixel;
        m_groups = (((m_c.output.width() - 1) * w.strideWidth + 1) * m_pixel + kLanes - 1) / kLanes;
        for (std::int64_t u = 0; u < w.kernelHeight; ++u) {
            for (std::int64_t v = 0; v < w.kernelWidth; ++v) m_offsets.push_back(u * m_rowBytes + v * w.dilationWidth * m_pixel);
        }
        m_offsets.resize(static_cast<std::size_t>(2 * tapPairs()), 0);
        for (std::int64_t j = 0; j < m_c.output.width(); ++j) {
            for (std::int64_t c = 0; c < m_channels; ++c) m_multiplier.push_back(m_c.requantization.multiplierOf(c));
        }
        spreadWeights();
        implementation = isa == Isa::Portable ? "depthwise, portable" : "depthwise, AVX2";
    }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        const std::int64_t rows = m_c.output.height(), rowSize = m_c.output.width() * m_channels;
        const std::int64_t grain = 1 + kElementGrain / std::max<std::int64_t>(1, rowSize * m_c.window.taps());
        parallelFor(n * rows, grain, [&](std::int64_t begin, std::int64_t end) {
            Space space;
            space.rows.assign(static_cast<std::size_t>(m_c.window.kernelHeight * m_rowBytes + kSlack),
                              static_cast<std::uint8_t>(m_c.inputZero));
            space.sums.resize(static_cast<std::size_t>(m_groups * kLanes));
            space.taken.resize(static_cast<std::size_t>(rowSize));
            for (std::int64_t item = begin; item < end; ++item) {
                runRow(x + item / rows * m_c.input.size(), item % rows, space, output, item * rowSize);
            }
        });
    }

  private:
    using Function = void (*)(const DepthwiseRow&);
    static Function functionFor(Isa isa) {
#if defined(__x86_64__)
        if (isa != Isa::Portable) return &depthwiseRowAvx2;
#endif
        static_cast<void>(isa);
        return &depthwiseRowPortable;
    }

    std::int64_t tapPairs() const { return (m_c.window.taps() + 1) / 2; }

    struct Space {
        std::vector<std::uint8_t> rows;   // those under the window, with their border of "real zeros"
        std::vector<std::int32_t> sums;   // at every pixel
        std::vector<std::int32_t> taken;  // at those that the stride takes
    };

    void spreadWeights() {
        const std::int64_t taps = m_c.window.taps();
        m_weights.assign(static_cast<std::size_t>(m_period * tapPairs() * 2 * kLanes), 0);
        m_bias.assign(static_cast<std::size_t>(m_period * kLanes), 0);
        for (std::int64_t lane = 0; lane < m_period * kLanes; ++lane) {
            const std::int64_t channel = lane % m_pixel;
            if (channel >= m_channels) continue;
            std::int32_t sum = 0;
            for (std::int64_t t = 0; t < taps; ++t) {
                const std::int8_t weight = m_c.weight[static_cast<std::size_t>(channel * taps + t)];
                const std::int64_t pair = lane / kLanes * tapPairs() + t / 2;
                m_weights[static_cast<std::size_t>((pair * kLanes + lane % kLanes) * 2 + t % 2)] = weight;
                sum += weight;
            }
            m_bias[static_cast<std::size_t>(lane)] = m_c.bias[static_cast<std::size_t>(channel)] - m_c.inputZero * sum;
        }
    }

    void runRow(const std::uint8_t* image, std::int64_t i, Space& space, void* output, std::int64_t at) const {
        const Window& w = m_c.window;
        for (std::int64_t u = 0; u < w.kernelHeight; ++u) {
            copyRow(image, i * w.strideHeight + u * w.dilationHeight - w.padTop, space.rows.data() + u * m_rowBytes);
        }
        m_function({.x = space.rows.data(),
                    .offsets = m_offsets.data(),
                    .tapPairs = tapPairs(),
                    .weights = m_weights.data(),
                    .bias = m_bias.data(),
                    .period = m_period,
                    .groups = m_groups,
                    .sums = space.sums.data()});
        const std::int32_t* sums = space.sums.data();
        if (w.strideWidth > 1 || m_pixel != m_channels) {
            std::int32_t* to = space.taken.data();
            for (std::int64_t j = 0; j < m_c.output.width(); ++j, to += m_channels) {
                std::copy_n(sums + j * w.strideWidth * m_pixel, m_channels, to);
            }
            sums = space.taken.data();
        }
        const auto count = static_cast<std::int64_t>(m_multiplier.size());
        if (m_c.floatOutput) {
            scaled(sums, m_multiplier.data(), count, m_c.requantization.slope, static_cast<float*>(output) + at);
        } else {
            toGrid(sums, m_multiplier.data(), count, m_c.requantization, static_cast<std::uint8_t*>(output) + at);
        }
    }

    /// The border left and right of it is there already.
    void copyRow(const std::uint8_t* image, std::int64_t row, std::uint8_t* to) const {
        const std::int64_t width = m_c.input.width();
        to += m_c.window.padLeft * m_pixel;
        if (row < 0 || row >= m_c.input.height()) {
            std::memset(to, m_c.inputZero, static_cast<std::size_t>(width * m_pixel));
            return;
        }
        image += row * width * m_channels;
        if (m_pixel == m_channels) {
            std::memcpy(to, image, static_cast<std::size_t>(width * m_channels));
            return;
        }
        for (std::int64_t j = 0; j < width; ++j) {
            std::memcpy(to + j * m_pixel, image + j * m_channels, static_cast<std::size_t>(m_channels));
        }
    }

    Convolution m_c;
    Function m_function;
    std::int64_t m_channels;
    std::int64_t m_pixel;   // bytes of a pixel under the window: its channels, filled up where weights would repeat too late
    std::int64_t m_period;  // groups of lanes after which the channels repeat
    std::int64_t m_rowBytes = 0, m_groups = 0;
    std::vector<std::int64_t> m_offsets;
    std::vector<std::int16_t> m_weights;
    std::vector<std::int32_t> m_bias;
    std::vector<float> m_multiplier;  // of a row of outputs
};

}  // namespace

std::unique_ptr<IntegerOp> makeDepthwiseOp(const Convolution& convolution, Isa isa) {
    return std::make_unique<DepthwiseOp>(convolution, isa);
}

}  // namespace convolab::int8
