#include <algorithm>
#include <cstring>
#include <vector>

#include "core/cpu/int8/grid.h"
#include "core/cpu/int8/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab::int8 {

namespace {

CONVOLAB_CLONES void keepLarger(const std::uint8_t* x, std::int64_t channels, std::uint8_t* largest) {
    for (std::int64_t c = 0; c < channels; ++c) largest[c] = x[c] > largest[c] ? x[c] : largest[c];
}

CONVOLAB_CLONES void addValues(const std::uint8_t* x, std::int64_t channels, std::int32_t* sums) {
    for (std::int64_t c = 0; c < channels; ++c) sums[c] += x[c];
}

/// Calls `visit(image's pixels, row, column, index of the output pixel)` for every output pixel, rows in parallel.
template <class Visit>
void visitRows(std::int64_t n, const Shape& input, const Shape& output, const std::uint8_t* x, Visit&& visit) {
    const std::int64_t rows = output.height();
    parallelFor(n * rows, 1 + kElementGrain / std::max<std::int64_t>(1, input.size() / rows),
                [&](std::int64_t begin, std::int64_t end) {
                    for (std::int64_t item = begin; item < end; ++item) {
                        for (std::int64_t j = 0; j < output.width(); ++j) {
                            visit(x + item / rows * input.size(), item % rows, j, item * output.width() + j);
                        }
                    }
                });
}

class MaxPoolOp final : public IntegerOp {
  public:
    explicit MaxPoolOp(const MaxPool& pool) : m_pool(pool) { implementation = "integers"; }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const std::int64_t channels = m_pool.input.channels();
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        auto* y = static_cast<std::uint8_t*>(output);
        visitRows(n, m_pool.input, m_pool.output, x, [&](const std::uint8_t* image, auto i, auto j, auto pixel) {
            std::uint8_t* largest = y + pixel * channels;
            std::memset(largest, 0, static_cast<std::size_t>(channels));
            m_pool.window.visitTaps(m_pool.input, i, j, [&](auto, auto, auto row, auto column) {
                keepLarger(image + (row * m_pool.input.width() + column) * channels, channels, largest);
            });
        });
    }

  private:
    MaxPool m_pool;
};

class AveragePoolOp final : public IntegerOp {
  public:
    explicit AveragePoolOp(const AveragePool& pool) : m_pool(pool) {
        // By the number of pixels inside the window.
        for (std::int64_t count = 0; count <= pool.window.taps(); ++count) {
            const auto divisor = static_cast<float>(pool.countPadding ? pool.window.taps() : std::max<std::int64_t>(1, count));
            m_multipliers.emplace_back(static_cast<std::size_t>(pool.input.channels()),
                                       pool.requantization.multiplierOf(0) / divisor);
        }
        implementation = "integers";
    }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const std::int64_t channels = m_pool.input.channels();
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        auto* y = static_cast<std::uint8_t*>(output);
        visitRows(n, m_pool.input, m_pool.output, x, [&](const std::uint8_t* image, auto i, auto j, auto pixel) {
            thread_local std::vector<std::int32_t> sums;
            sums.assign(static_cast<std::size_t>(channels), 0);
            std::int32_t inside = 0;
            m_pool.window.visitTaps(m_pool.input, i, j, [&](auto, auto, auto row, auto column) {
                addValues(image + (row * m_pool.input.width() + column) * channels, channels, sums.data());
                ++inside;
            });
            for (std::int32_t& sum : sums) sum -= inside * m_pool.inputZero;
            toGrid(sums.data(), m_multipliers[static_cast<std::size_t>(inside)].data(), channels, m_pool.requantization,
                   y + pixel * channels);
        });
    }

  private:
    AveragePool m_pool;
    std::vector<std::vector<float>> m_multipliers;
};

}  // namespace

std::unique_ptr<IntegerOp> makeOp(const MaxPool& pool) { return std::make_unique<MaxPoolOp>(pool); }
std::unique_ptr<IntegerOp> makeOp(const AveragePool& pool) { return std::make_unique<AveragePoolOp>(pool); }

}  // namespace convolab::int8
