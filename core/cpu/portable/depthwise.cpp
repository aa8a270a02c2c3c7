#include <vector>

#include "core/cpu/conv2d.h"
#include "core/cpu/portable/depthwise_kernels.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

using depthwise::Tap;

/// One axis of the window, from the side of whoever sums: output pixels that see input pixels (forward, gradient of the
/// weights), or input pixels that have been seen by output pixels (gradient of the input).
struct Axis {
    std::int64_t in, out, kernel, stride, dilation, before;

    /// The input that tap `u` of output `o` sees; may lie outside.
    std::int64_t seen(std::int64_t o, std::int64_t u) const { return o * stride + u * dilation - before; }
    bool inside(std::int64_t i) const { return i >= 0 && i < in; }
    /// The output whose tap `u` sees input `i`, or −1.
    std::int64_t seer(std::int64_t i, std::int64_t u) const {
        const std::int64_t at = i + before - u * dilation;
        return at >= 0 && at % stride == 0 && at / stride < out ? at / stride : -1;
    }
    /// Outputs all of whose taps lie inside: [first, last).
    std::int64_t firstWhole() const { return std::clamp<std::int64_t>((before + stride - 1) / stride, 0, out); }
    std::int64_t lastWhole() const {
        const std::int64_t room = in - 1 + before - (kernel - 1) * dilation;
        return room < 0 ? firstWhole() : std::clamp<std::int64_t>(room / stride + 1, firstWhole(), out);
    }
};

/// A convolution that filters every map by itself, on maps in blocks of 8 or 16 that the vectors work on side by side.
class DepthwiseOp final : public Op {
  public:
    DepthwiseOp(const OpRequest& request, int block)
        : m_geometry(request), m_weights(request, m_geometry), m_block(block), m_training(request.training),
          m_slope(request.activationSlope), m_top(request.activationTop), m_masksGradient(m_slope && !request.activationMaskedByConsumer) {
        const Conv2dGeometry& g = m_geometry;
        m_rows = {g.inHeight, g.outHeight, g.kernelH, g.strideH, g.dilationH, g.top};
        m_columns = {g.inWidth, g.outWidth, g.kernelW, g.strideW, g.dilationW, g.left};
        m_taps = g.kernelH * g.kernelW;
        m_blocks = paddedChannels(g.inChannels, block) / block;
        m_packed = AlignedBuffer(static_cast<std::size_t>(m_blocks * m_taps * block));
        m_bias = AlignedBuffer(static_cast<std::size_t>(m_blocks * block));
        inputBlocks = {block};
        outputBlock = block;
        implementation = "depthwise loops";
        backwardReadsOutput = m_masksGradient;
        overwritesOutputGradient = m_masksGradient;
        scratchFloats = static_cast<std::size_t>(kParts * m_blocks * (m_taps + 1) * block);
    }

    void bindWeights() override {
        m_weights.fold(*this);
        pack(m_weights.weight(*this), m_weights.bias(*this));
    }

    void forward(const StepContext& context) override {
        if (m_training) pack(m_weights.weight(*this), m_weights.bias(*this));
        eachMap(context.n, outSize() * m_taps, [&](std::int64_t map, std::vector<Tap>& taps) {
            const std::int64_t b = map % m_blocks;
            for (std::int64_t y = 0; y < m_rows.out; ++y) {
                forwardRow(y, inputs[0] + map * inSize(), weightsOf(b), taps, output + map * outSize());
            }
        });
    }

    void backward(const StepContext& context) override {
        if (m_masksGradient) maskGradient(output, *m_slope, outputGradient, context.n * m_blocks * outSize(), m_top);
        if (parameters[0].gradient != nullptr) weightGradient(context.n);  // null outside training
        if (inputGradients[0] == nullptr) return;
        // A batch norm is folded in inference models only, so these are the parameters themselves.
        eachMap(context.n, outSize() * m_taps, [&](std::int64_t map, std::vector<Tap>& taps) {
            const float* dy = outputGradient + map * outSize();
            for (std::int64_t y = 0; y < m_rows.in; ++y) {
                backwardRow(y, dy, weightsOf(map % m_blocks), taps, inputGradients[0] + map * inSize());
            }
        });
    }

  private:
    static constexpr std::int64_t kParts = 8;  ///< of a batch, whatever the number of threads: sums keep their order

    std::int64_t inSize() const { return m_rows.in * m_columns.in * m_block; }
    std::int64_t outSize() const { return m_rows.out * m_columns.out * m_block; }
    const float* weightsOf(std::int64_t b) const { return m_packed.data() + b * m_taps * m_block; }

    /// (C, 1, kH, kW) → [block][tap][lane].
    void pack(const float* weight, const float* bias) {
        for (std::int64_t c = 0; c < m_geometry.inChannels; ++c) {
            float* target = m_packed.data() + c / m_block * m_taps * m_block + c % m_block;
            for (std::int64_t t = 0; t < m_taps; ++t) target[t * m_block] = weight[c * m_taps + t];
            if (bias != nullptr) m_bias.data()[c] = bias[c];
        }
    }

    template <class Body>
    void eachMap(std::int64_t n, std::int64_t work, Body&& body) {
        parallelFor(n * m_blocks, std::max<std::int64_t>(1, kElementGrain / work), [&](std::int64_t begin, std::int64_t end) {
            std::vector<Tap>& taps = tapsOfThread();
            taps.resize(static_cast<std::size_t>(m_taps));
            for (std::int64_t map = begin; map < end; ++map) body(map, taps);
        });
    }

    /// Reused by every call of a thread, so that a step allocates nothing.
    static std::vector<Tap>& tapsOfThread() {
        thread_local std::vector<Tap> taps;
        return taps;
    }

    void forwardRow(std::int64_t y, const float* x, const float* weights, std::vector<Tap>& taps, float* target) const {
        const std::int64_t b = (weights - m_packed.data()) / (m_taps * m_block);
        depthwise::Stretch stretch{.taps = taps.data(), .tapCount = 0,
                                   .bias = m_weights.hasBias() ? m_bias.data() + b * m_block : nullptr, .y = nullptr,
                                   .pixels = 0, .inStep = m_columns.stride * m_block, .outStep = m_block,
                                   .activated = m_slope.has_value(), .slope = m_slope.value_or(0.0F), .top = m_top};
        const auto run = [&](std::int64_t from, std::int64_t to) {
            if (from >= to) return;
            stretch.tapCount = 0;
            for (std::int64_t u = 0; u < m_rows.kernel; ++u) {
                const std::int64_t row = m_rows.seen(y, u);
                if (!m_rows.inside(row)) continue;
                for (std::int64_t v = 0; v < m_columns.kernel; ++v) {
                    const std::int64_t column = m_columns.seen(from, v);
                    if (!m_columns.inside(column)) continue;
                    taps[static_cast<std::size_t>(stretch.tapCount++)] = {
                        x + (row * m_columns.in + column) * m_block, weights + (u * m_columns.kernel + v) * m_block};
                }
            }
            stretch.y = target + (y * m_columns.out + from) * m_block;
            stretch.pixels = to - from;
            depthwise::convolve(m_block, stretch);
        };
        const std::int64_t first = m_columns.firstWhole(), last = m_columns.lastWhole();
        for (std::int64_t i = 0; i < first; ++i) run(i, i + 1);
        run(first, last);
        for (std::int64_t i = last; i < m_columns.out; ++i) run(i, i + 1);
    }

    /// Input pixels that lie `stride` apart have been seen by the same taps: they make one stretch.
    void backwardRow(std::int64_t y, const float* dy, const float* weights, std::vector<Tap>& taps, float* target) const {
        const std::int64_t stride = m_columns.stride;
        depthwise::Stretch stretch{.taps = taps.data(), .tapCount = 0, .bias = nullptr, .y = nullptr, .pixels = 0,
                                   .inStep = m_block, .outStep = stride * m_block, .activated = false, .slope = 0.0F, .top = 0.0F};
        const auto run = [&](std::int64_t from, std::int64_t pixels) {
            stretch.tapCount = 0;
            for (std::int64_t u = 0; u < m_rows.kernel; ++u) {
                const std::int64_t row = m_rows.seer(y, u);
                if (row < 0) continue;
                for (std::int64_t v = 0; v < m_columns.kernel; ++v) {
                    const std::int64_t column = m_columns.seer(from, v);
                    if (column < 0) continue;
                    taps[static_cast<std::size_t>(stretch.tapCount++)] = {
                        dy + (row * m_columns.out + column) * m_block, weights + (u * m_columns.kernel + v) * m_block};
                }
            }
            stretch.y = target + (y * m_columns.in + from) * m_block;
            stretch.pixels = pixels;
            depthwise::convolve(m_block, stretch);
        };
        for (std::int64_t phase = 0; phase < std::min(stride, m_columns.in); ++phase) {
            for (std::int64_t i = phase; i < m_columns.in;) {
                const std::int64_t pixels = sameSeers(i);
                run(i, pixels);
                i += pixels * stride;
            }
        }
    }

    /// How many input pixels from `i` on, `stride` apart, are seen by the taps that see `i`, and by no other.
    std::int64_t sameSeers(std::int64_t i) const {
        const std::int64_t stride = m_columns.stride;
        std::int64_t pixels = (m_columns.in - i + stride - 1) / stride;
        for (std::int64_t v = 0; v < m_columns.kernel; ++v) {
            const std::int64_t at = i + m_columns.before - v * m_columns.dilation;
            if (at % stride != 0) continue;
            const std::int64_t first = at / stride;  // negative: the tap enters later
            if (first < 0) pixels = std::min(pixels, -first);
            else if (first < m_columns.out) pixels = std::min(pixels, m_columns.out - first);
        }
        return pixels;
    }

    void weightGradient(std::int64_t n) {
        const std::int64_t parts = std::min(n, kParts);
        const std::int64_t partSize = (m_taps + 1) * m_block;  // the bias behind the taps
        parallelFor(parts * m_blocks, std::max<std::int64_t>(1, kElementGrain * parts / (n * outSize() * m_taps)),
                    [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t item = begin; item < end; ++item) {
                            const std::int64_t part = item / m_blocks, b = item % m_blocks;
                            float* sums = scratch->data() + item * partSize;
                            std::fill_n(sums, partSize, 0.0F);
                            for (std::int64_t image = n * part / parts; image < n * (part + 1) / parts; ++image) {
                                const std::int64_t map = image * m_blocks + b;
                                correlateMap(inputs[0] + map * inSize(), outputGradient + map * outSize(), sums);
                            }
                        }
                    });
        for (std::int64_t c = 0; c < m_geometry.inChannels; ++c) {
            const auto sum = [&](std::int64_t tap) {
                double total = 0.0;
                for (std::int64_t part = 0; part < parts; ++part) {
                    total += scratch->data()[(part * m_blocks + c / m_block) * partSize + tap * m_block + c % m_block];
                }
                return static_cast<float>(total);
            };
            for (std::int64_t t = 0; t < m_taps; ++t) parameters[0].gradient[c * m_taps + t] = sum(t);
            if (parameters.size() > 1) parameters[1].gradient[c] = sum(m_taps);
        }
    }

    void correlateMap(const float* x, const float* dy, float* sums) const {
        if (parameters.size() > 1) {
            depthwise::sumPixels(m_block, dy, m_rows.out * m_columns.out, sums + m_taps * m_block);
        }
        const std::int64_t first = m_columns.firstWhole(), last = m_columns.lastWhole();
        for (std::int64_t y = 0; y < m_rows.out; ++y) {
            const float* gradients = dy + y * m_columns.out * m_block;
            for (std::int64_t i = 0; i < first; ++i) correlateStretch(y, i, i + 1, x, gradients, sums);
            if (first < last) correlateStretch(y, first, last, x, gradients, sums);
            for (std::int64_t i = last; i < m_columns.out; ++i) correlateStretch(y, i, i + 1, x, gradients, sums);
        }
    }

    /// Taps of neighbouring rows lie side by side in `sums`, so a row's valid taps are added in one go where all columns are.
    void correlateStretch(std::int64_t y, std::int64_t from, std::int64_t to, const float* x, const float* gradients,
                          float* sums) const {
        constexpr std::int64_t kMost = 64;
        const float* pixels[kMost];
        std::int64_t count = 0, firstTap = 0;
        const auto flush = [&] {
            if (count == 0) return;
            depthwise::correlate(m_block, {.dy = gradients + from * m_block, .x = pixels, .tapCount = count,
                                           .pixels = to - from, .inStep = m_columns.stride * m_block,
                                           .sums = sums + firstTap * m_block});
            count = 0;
        };
        for (std::int64_t u = 0; u < m_rows.kernel; ++u) {
            const std::int64_t row = m_rows.seen(y, u);
            if (!m_rows.inside(row)) continue;
            for (std::int64_t v = 0; v < m_columns.kernel; ++v) {
                const std::int64_t column = m_columns.seen(from, v), tap = u * m_columns.kernel + v;
                if (!m_columns.inside(column)) continue;
                if (count == kMost || firstTap + count != tap) flush();
                if (count == 0) firstTap = tap;
                pixels[count++] = x + (row * m_columns.in + column) * m_block;
            }
        }
        flush();
    }

    Conv2dGeometry m_geometry;
    Conv2dWeights m_weights;
    int m_block;
    bool m_training;
    std::optional<float> m_slope;
    float m_top;
    bool m_masksGradient;
    Axis m_rows{}, m_columns{};
    std::int64_t m_taps = 0, m_blocks = 0;
    AlignedBuffer m_packed, m_bias;
};

}  // namespace

std::unique_ptr<Op> makeDepthwiseOp(const OpRequest& request, int block) {
    return std::make_unique<DepthwiseOp>(request, block);
}

}  // namespace convolab
