#include <algorithm>
#include <vector>

#include "core/cpu/int8/grid.h"
#include "core/cpu/int8/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab::int8 {

namespace {

CONVOLAB_CLONES void keepLarger(const std::uint8_t* x, std::int64_t count, std::uint8_t* largest) {
    for (std::int64_t i = 0; i < count; ++i) largest[i] = x[i] > largest[i] ? x[i] : largest[i];
}

CONVOLAB_CLONES void addTo(const std::uint8_t* x, std::int64_t count, std::int32_t* sums) {
    for (std::int64_t i = 0; i < count; ++i) sums[i] += x[i];
}

CONVOLAB_CLONES void addTo(const std::int32_t* x, std::int64_t count, std::int32_t* sums) {
    for (std::int64_t i = 0; i < count; ++i) sums[i] += x[i];
}

CONVOLAB_CLONES void subtractFrom(const std::int32_t* x, std::int64_t count, std::int32_t* sums) {
    for (std::int64_t i = 0; i < count; ++i) sums[i] -= x[i];
}

/// Every `step`th of `count` pixels of some bytes each.
CONVOLAB_CLONES void takePixels(const void* from, std::int64_t count, std::int64_t step, std::int64_t bytes, void* to) {
    const auto* source = static_cast<const std::uint8_t*>(from);
    auto* target = static_cast<std::uint8_t*>(to);
    for (std::int64_t j = 0; j < count; ++j, source += step * bytes, target += bytes) {
        for (std::int64_t c = 0; c < bytes; ++c) target[c] = source[c];
    }
}

/// One row of outputs from whole rows of the image, channels and pixels alike: joined down the window first, then along it
/// for windows at every pixel, of which the stride takes some. Outside the image lies 0.
template <class T>
class RowPool {
  public:
    RowPool(const Window& window, const Shape& input, const Shape& output)
        : m_w(window), m_channels(input.channels()), m_height(input.height()), m_rowSize(input.width() * input.channels()),
          m_outputs(output.width()), m_last((output.width() - 1) * window.strideWidth) {}

    template <class Join>
    void run(const std::uint8_t* image, std::int64_t i, Join&& join, T* to) {
        m_down.assign(static_cast<std::size_t>((m_last + m_w.coveredWidth()) * m_channels + m_rowSize), T{0});
        visitRows(i, [&](std::int64_t row) { join(image + row * m_rowSize, m_rowSize, m_down.data() + m_w.padLeft * m_channels); });
        const std::int64_t count = (m_last + 1) * m_channels;
        m_along.assign(m_down.begin(), m_down.begin() + count);
        for (std::int64_t v = 1; v < m_w.kernelWidth; ++v) {
            join(m_down.data() + v * m_w.dilationWidth * m_channels, count, m_along.data());
        }
        takePixels(m_along.data(), m_outputs, m_w.strideWidth, m_channels * static_cast<std::int64_t>(sizeof(T)), to);
    }

    /// Rows of the image that the window of output row i meets.
    std::int64_t rowsInside(std::int64_t i) const {
        std::int64_t inside = 0;
        visitRows(i, [&](std::int64_t) { ++inside; });
        return inside;
    }

  private:
    template <class Visit>
    void visitRows(std::int64_t i, Visit&& visit) const {
        for (std::int64_t u = 0; u < m_w.kernelHeight; ++u) {
            const std::int64_t row = i * m_w.strideHeight + u * m_w.dilationHeight - m_w.padTop;
            if (row >= 0 && row < m_height) visit(row);
        }
    }

    Window m_w;
    std::int64_t m_channels, m_height, m_rowSize, m_outputs;
    std::int64_t m_last;  // left end of the last window
    std::vector<T> m_down, m_along;
};

/// Calls `visit(begin, end)` for parts of the output rows of n images, in parallel.
template <class Visit>
void visitRows(std::int64_t n, const Shape& input, const Shape& output, Visit&& visit) {
    const std::int64_t rows = output.height();
    parallelFor(n * rows, 1 + kElementGrain / std::max<std::int64_t>(1, input.size() / rows), visit);
}

class MaxPoolOp final : public IntegerOp {
  public:
    explicit MaxPoolOp(const MaxPool& pool) : m_pool(pool) { implementation = "integers"; }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        auto* y = static_cast<std::uint8_t*>(output);
        const std::int64_t rows = m_pool.output.height(), rowSize = m_pool.output.width() * m_pool.output.channels();
        visitRows(n, m_pool.input, m_pool.output, [&](std::int64_t begin, std::int64_t end) {
            RowPool<std::uint8_t> pool(m_pool.window, m_pool.input, m_pool.output);
            for (std::int64_t item = begin; item < end; ++item) {
                pool.run(x + item / rows * m_pool.input.size(), item % rows, keepLarger, y + item * rowSize);
            }
        });
    }

  private:
    MaxPool m_pool;
};

class AveragePoolOp final : public IntegerOp {
  public:
    explicit AveragePoolOp(const AveragePool& pool) : m_pool(pool) {
        for (std::int64_t rows = 0; rows <= pool.window.kernelHeight; ++rows) m_corrections.push_back(correctionFor(rows));
        implementation = "integers";
    }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        auto* y = static_cast<std::uint8_t*>(output);
        const std::int64_t rows = m_pool.output.height(), rowSize = m_pool.output.width() * m_pool.output.channels();
        visitRows(n, m_pool.input, m_pool.output, [&](std::int64_t begin, std::int64_t end) {
            RowPool<std::int32_t> pool(m_pool.window, m_pool.input, m_pool.output);
            std::vector<std::int32_t> sums(static_cast<std::size_t>(rowSize));
            const auto join = [](const auto* from, std::int64_t count, std::int32_t* to) { addTo(from, count, to); };
            for (std::int64_t item = begin; item < end; ++item) {
                pool.run(x + item / rows * m_pool.input.size(), item % rows, join, sums.data());
                const Correction& correction = m_corrections[static_cast<std::size_t>(pool.rowsInside(item % rows))];
                subtractFrom(correction.zeros.data(), rowSize, sums.data());
                toGrid(sums.data(), correction.multiplier.data(), rowSize, m_pool.requantization, y + item * rowSize);
            }
        });
    }

  private:
    /// For a row of outputs: the zero points in its sums, and the multipliers.
    struct Correction {
        std::vector<std::int32_t> zeros;
        std::vector<float> multiplier;
    };

    Correction correctionFor(std::int64_t rows) const {
        const Window& w = m_pool.window;
        Correction correction;
        for (std::int64_t j = 0; j < m_pool.output.width(); ++j) {
            std::int64_t inside = 0;
            for (std::int64_t v = 0; v < w.kernelWidth; ++v) {
                const std::int64_t column = j * w.strideWidth + v * w.dilationWidth - w.padLeft;
                if (column >= 0 && column < m_pool.input.width()) inside += rows;
            }
            const auto divisor = static_cast<float>(m_pool.countPadding ? w.taps() : std::max<std::int64_t>(1, inside));
            const auto channels = static_cast<std::size_t>(m_pool.input.channels());
            correction.zeros.insert(correction.zeros.end(), channels, static_cast<std::int32_t>(inside) * m_pool.inputZero);
            correction.multiplier.insert(correction.multiplier.end(), channels, m_pool.requantization.multiplierOf(0) / divisor);
        }
        return correction;
    }

    AveragePool m_pool;
    std::vector<Correction> m_corrections;  // by the number of rows inside the image
};

}  // namespace

std::unique_ptr<IntegerOp> makeOp(const MaxPool& pool) { return std::make_unique<MaxPoolOp>(pool); }
std::unique_ptr<IntegerOp> makeOp(const AveragePool& pool) { return std::make_unique<AveragePoolOp>(pool); }

}  // namespace convolab::int8
