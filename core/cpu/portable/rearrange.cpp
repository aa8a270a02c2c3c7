#include <algorithm>
#include <array>

#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/layers/rearranging.h"

namespace convolab {

namespace {

// --- Whole maps: slice, channel shuffle ------------------------------------------------------------------------------

/// A block of maps out of maps that lie anywhere: from[lane] moves on by step[lane] from pixel to pixel.
template <int B>
CONVOLAB_INLINE void collectLanes(const float* const* from, const std::int64_t* step, std::int64_t pixels, float* to) {
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (int l = 0; l < B; ++l) to[p * B + l] = from[l][p * step[l]];
    }
}

CONVOLAB_CLONES void collect(int block, const float* const* from, const std::int64_t* step, std::int64_t pixels, float* to) {
    if (block == 16) collectLanes<16>(from, step, pixels, to);
    else collectLanes<8>(from, step, pixels, to);
}

/// Output channel k is input channel m_behind[k]; no input channel is used twice.
class ChannelsOp final : public Op {
  public:
    explicit ChannelsOp(const OpRequest& request)
        : m_block(request.offeredBlocks.front()), m_plane(request.output.height() * request.output.width()) {
        const Shape& in = request.inputs.front();
        const Rearranging& kind = *asRearranging(*request.kind);
        m_ahead.assign(static_cast<std::size_t>(in.channels()), -1);
        for (std::int64_t k = 0; k < request.output.channels(); ++k) {
            m_behind.push_back(*kind.channelBehind(request.attributes, in, k));
            m_ahead[static_cast<std::size_t>(m_behind.back())] = k;
        }
        inputBlocks = {m_block};
        outputBlock = m_block;
        implementation = "copies of maps";
        backwardReadsInput = false;
    }

    void forward(const StepContext& context) override { gather(context.n, inputs[0], m_ahead.size(), m_behind, output); }
    void backward(const StepContext& context) override {
        if (inputGradients[0] != nullptr) gather(context.n, outputGradient, m_behind.size(), m_ahead, inputGradients[0]);
    }

  private:
    /// Channel k of the target is channel map[k] of the source; −1: zeros.
    void gather(std::int64_t n, const float* source, std::size_t sourceChannels, const std::vector<std::int64_t>& map, float* target) const {
        const auto channels = static_cast<std::int64_t>(map.size());
        const std::int64_t blocks = paddedChannels(channels, m_block) / m_block;
        const std::int64_t size = paddedChannels(static_cast<std::int64_t>(sourceChannels), m_block) * m_plane;
        const std::int64_t each = m_block * m_plane;
        parallelFor(n * blocks, std::max<std::int64_t>(1, kElementGrain / each), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) {
                const std::int64_t first = item % blocks * m_block;
                const std::int64_t* wanted = map.data() + first;
                gatherBlock(source + item / blocks * size, wanted, std::min<std::int64_t>(m_block, channels - first), target + item * each);
            }
        });
    }

    void gatherBlock(const float* image, const std::int64_t* wanted, std::int64_t lanes, float* target) const {
        bool together = lanes == m_block && wanted[0] >= 0 && wanted[0] % m_block == 0;
        for (std::int64_t l = 1; l < lanes && together; ++l) together = wanted[l] == wanted[0] + l;
        if (together) {
            std::copy_n(image + wanted[0] * m_plane, m_block * m_plane, target);
            return;
        }
        if (m_block == 1) {  // dense, and not wanted
            std::fill_n(target, m_plane, 0.0F);
            return;
        }
        static constexpr float kZero = 0.0F;
        std::array<const float*, 16> from{};
        std::array<std::int64_t, 16> step{};
        for (std::int64_t l = 0; l < m_block; ++l) {
            const std::int64_t channel = l < lanes ? wanted[l] : -1;
            const auto lane = static_cast<std::size_t>(l);
            from[lane] = channel < 0 ? &kZero : image + channel / m_block * m_block * m_plane + channel % m_block;
            step[lane] = channel < 0 ? 0 : m_block;
        }
        collect(m_block, from.data(), step.data(), m_plane, target);
    }

    int m_block;
    std::int64_t m_plane;
    std::vector<std::int64_t> m_behind, m_ahead;
};

// --- Pixels: pad, crop, resize ---------------------------------------------------------------------------------------

/// Where the pixels of one output axis come from. Mixed: (1 − share) · first + share · second; copied: first, −1: a constant.
struct Axis {
    std::vector<std::int32_t> first, second;
    std::vector<float> share;

    void add(std::int64_t from) { first.push_back(static_cast<std::int32_t>(from)); }
    void add(const LinearTap& tap) {
        add(tap.first);
        second.push_back(static_cast<std::int32_t>(tap.second));
        share.push_back(static_cast<float>(tap.share));
    }
    std::int64_t size() const { return static_cast<std::int64_t>(first.size()); }
};

template <int B>
CONVOLAB_INLINE void copyPixels(const float* x, const Axis& columns, float constant, float* y) {
    for (std::int64_t j = 0; j < columns.size(); ++j) {
        const std::int64_t from = columns.first[static_cast<std::size_t>(j)];
        for (int l = 0; l < B; ++l) y[j * B + l] = from < 0 ? constant : x[from * B + l];
    }
}

template <int B>
CONVOLAB_INLINE void addPixels(const float* dy, const Axis& columns, float* dx) {
    for (std::int64_t j = 0; j < columns.size(); ++j) {
        const std::int64_t to = columns.first[static_cast<std::size_t>(j)];
        if (to < 0) continue;
        for (int l = 0; l < B; ++l) dx[to * B + l] += dy[j * B + l];
    }
}

/// One output row out of the rows x0 and x1, of which the second has `share`.
template <int B>
CONVOLAB_INLINE void mixPixels(const float* x0, const float* x1, float share, const Axis& columns, float* y) {
    for (std::int64_t j = 0; j < columns.size(); ++j) {
        const auto at = static_cast<std::size_t>(j);
        const std::int64_t a = columns.first[at] * B, b = columns.second[at] * B;
        const float right = columns.share[at], left = 1.0F - right;
        for (int l = 0; l < B; ++l) {
            const float above = left * x0[a + l] + right * x0[b + l];
            const float below = left * x1[a + l] + right * x1[b + l];
            y[j * B + l] = (1.0F - share) * above + share * below;
        }
    }
}

template <int B>
CONVOLAB_INLINE void spreadPixels(const float* dy, float share, const Axis& columns, float* dx0, float* dx1) {
    for (std::int64_t j = 0; j < columns.size(); ++j) {
        const auto at = static_cast<std::size_t>(j);
        const std::int64_t a = columns.first[at] * B, b = columns.second[at] * B;
        const float right = columns.share[at], left = 1.0F - right;
        for (int l = 0; l < B; ++l) {
            const float above = (1.0F - share) * dy[j * B + l], below = share * dy[j * B + l];
            dx0[a + l] += left * above;
            dx0[b + l] += right * above;
            dx1[a + l] += left * below;
            dx1[b + l] += right * below;
        }
    }
}

CONVOLAB_CLONES void copyRow(int block, const float* x, const Axis& columns, float constant, float* y) {
    if (block == 16) copyPixels<16>(x, columns, constant, y);
    else if (block == 8) copyPixels<8>(x, columns, constant, y);
    else copyPixels<1>(x, columns, constant, y);
}

CONVOLAB_CLONES void addRow(int block, const float* dy, const Axis& columns, float* dx) {
    if (block == 16) addPixels<16>(dy, columns, dx);
    else if (block == 8) addPixels<8>(dy, columns, dx);
    else addPixels<1>(dy, columns, dx);
}

CONVOLAB_CLONES void mixRow(int block, const float* x0, const float* x1, float share, const Axis& columns, float* y) {
    if (block == 16) mixPixels<16>(x0, x1, share, columns, y);
    else if (block == 8) mixPixels<8>(x0, x1, share, columns, y);
    else mixPixels<1>(x0, x1, share, columns, y);
}

CONVOLAB_CLONES void spreadRow(int block, const float* dy, float share, const Axis& columns, float* dx0, float* dx1) {
    if (block == 16) spreadPixels<16>(dy, share, columns, dx0, dx1);
    else if (block == 8) spreadPixels<8>(dy, share, columns, dx0, dx1);
    else spreadPixels<1>(dy, share, columns, dx0, dx1);
}

class PixelsOp final : public Op {
  public:
    explicit PixelsOp(const OpRequest& request)
        : m_in(request.inputs.front()), m_out(request.output), m_block(request.offeredBlocks.front()) {
        const Rearranging& kind = *asRearranging(*request.kind);
        m_constant = static_cast<float>(kind.constant(request.attributes));
        if (m_constant != 0.0F && m_in.channels() % m_block != 0) m_block = 1;  // lanes beyond the channels stay 0
        m_mixes = !kind.copies(request.attributes);
        for (std::int64_t i = 0; i < m_out.height(); ++i) addTo(m_rows, request, i, 0, m_in.height(), m_out.height());
        for (std::int64_t j = 0; j < m_out.width(); ++j) addTo(m_columns, request, j, 1, m_in.width(), m_out.width());
        inputBlocks = {m_block};
        outputBlock = m_block;
        implementation = m_mixes ? "mixed pixels" : "copied pixels";
        backwardReadsInput = false;
    }

    void forward(const StepContext& context) override {
        eachMap(context.n, [&](std::int64_t map) {
            for (std::int64_t i = 0; i < m_out.height(); ++i) forwardRow(map, i);
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        eachMap(context.n, [&](std::int64_t map) {
            std::fill_n(inputGradients[0] + map * mapSize(m_in), mapSize(m_in), 0.0F);
            for (std::int64_t i = 0; i < m_out.height(); ++i) backwardRow(map, i);
        });
    }

  private:
    static void addTo(Axis& axis, const OpRequest& request, std::int64_t position, std::size_t side, std::int64_t from, std::int64_t to) {
        const Attributes& values = request.attributes;
        if (request.kind->id == "resize") {
            if (values.text("mode") == "nearest") axis.add(nearestSource(position, from, to));
            else axis.add(linearTap(position, from, to));
        } else if (request.kind->id == "pad") {
            axis.add(paddedSource(values.text("mode"), position - values.integers("sides")[side], from));
        } else {
            axis.add(position + values.integers("sides")[side]);
        }
    }

    std::int64_t mapSize(const Shape& shape) const { return shape.height() * shape.width() * m_block; }
    const float* rowAt(const float* data, const Shape& shape, std::int64_t map, std::int64_t row) const {
        return data + map * mapSize(shape) + row * shape.width() * m_block;
    }
    float* rowAt(float* data, const Shape& shape, std::int64_t map, std::int64_t row) const {
        return data + map * mapSize(shape) + row * shape.width() * m_block;
    }

    template <class Body>
    void eachMap(std::int64_t n, Body&& body) {
        const std::int64_t maps = n * paddedChannels(m_in.channels(), m_block) / m_block;
        const std::int64_t work = std::max(mapSize(m_in), mapSize(m_out));
        parallelFor(maps, std::max<std::int64_t>(1, kElementGrain / work), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t map = begin; map < end; ++map) body(map);
        });
    }

    void forwardRow(std::int64_t map, std::int64_t i) {
        const auto at = static_cast<std::size_t>(i);
        float* y = rowAt(output, m_out, map, i);
        const std::int64_t from = m_rows.first[at];
        if (from < 0) {
            std::fill_n(y, m_out.width() * m_block, m_constant);
        } else if (m_mixes) {
            mixRow(m_block, rowAt(inputs[0], m_in, map, from), rowAt(inputs[0], m_in, map, m_rows.second[at]), m_rows.share[at], m_columns, y);
        } else {
            copyRow(m_block, rowAt(inputs[0], m_in, map, from), m_columns, m_constant, y);
        }
    }

    void backwardRow(std::int64_t map, std::int64_t i) {
        const auto at = static_cast<std::size_t>(i);
        const float* dy = rowAt(static_cast<const float*>(outputGradient), m_out, map, i);
        const std::int64_t to = m_rows.first[at];
        if (to < 0) return;
        float* dx = rowAt(inputGradients[0], m_in, map, to);
        if (m_mixes) spreadRow(m_block, dy, m_rows.share[at], m_columns, dx, rowAt(inputGradients[0], m_in, map, m_rows.second[at]));
        else addRow(m_block, dy, m_columns, dx);
    }

    Shape m_in, m_out;
    int m_block;
    float m_constant = 0.0F;
    bool m_mixes = false;
    Axis m_rows, m_columns;
};

// --- Single values: permute ------------------------------------------------------------------------------------------

class PermuteOp final : public Op {
  public:
    explicit PermuteOp(const OpRequest& request) : m_out(request.output) {
        const Shape& in = request.inputs.front();
        const Rearranging& kind = *asRearranging(*request.kind);
        const auto at = [&](const Place& place) { return indexOf(in, *kind.sourceOf(request.attributes, in, m_out, place)); };
        if (m_out.channels() > 1) m_channelStep = at({1, 0, 0});
        if (m_out.height() > 1) m_rowStep = at({0, 1, 0});
        if (m_out.width() > 1) m_columnStep = at({0, 0, 1});
        inputBlocks = {1};
        implementation = "strided copies";
        backwardReadsInput = false;
    }

    void forward(const StepContext& context) override {
        eachRow(context.n, [&](std::int64_t from, std::int64_t to) {
            for (std::int64_t j = 0; j < m_out.width(); ++j) output[to + j] = inputs[0][from + j * m_columnStep];
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        eachRow(context.n, [&](std::int64_t from, std::int64_t to) {
            for (std::int64_t j = 0; j < m_out.width(); ++j) inputGradients[0][from + j * m_columnStep] = outputGradient[to + j];
        });
    }

  private:
    /// Calls `body(first value in the input, first value in the output)` for every row of the output.
    template <class Body>
    void eachRow(std::int64_t n, Body&& body) {
        const std::int64_t channels = m_out.channels(), plane = m_out.height() * m_out.width();
        parallelFor(n * channels, std::max<std::int64_t>(1, kElementGrain / plane), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) {
                const std::int64_t from = item / channels * m_out.size() + item % channels * m_channelStep;
                for (std::int64_t i = 0; i < m_out.height(); ++i) body(from + i * m_rowStep, item * plane + i * m_out.width());
            }
        });
    }

    Shape m_out;
    std::int64_t m_channelStep = 0, m_rowStep = 0, m_columnStep = 0;
};

}  // namespace

std::unique_ptr<Op> makeChannelsOp(const OpRequest& request) { return std::make_unique<ChannelsOp>(request); }
std::unique_ptr<Op> makePixelsOp(const OpRequest& request) { return std::make_unique<PixelsOp>(request); }
std::unique_ptr<Op> makePermuteOp(const OpRequest& request) { return std::make_unique<PermuteOp>(request); }

}  // namespace convolab
