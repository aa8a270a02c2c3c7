#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

// Each kernel handles the pixels of one map (B = 1) or of one block of B maps of one image; `slope` has B values.

template <int B>
CONVOLAB_INLINE void forwardMap(const float* x, const float* slope, std::int64_t pixels, float* y) {
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (int l = 0; l < B; ++l) {
            const float v = x[p * B + l];
            y[p * B + l] = v > 0.0F ? v : slope[l] * v;
        }
    }
}

template <int B>
CONVOLAB_INLINE void inputGradientMap(const float* x, const float* slope, const float* dy, std::int64_t pixels, float* dx) {
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (int l = 0; l < B; ++l) {
            const float g = dy[p * B + l];
            dx[p * B + l] = x[p * B + l] > 0.0F ? g : slope[l] * g;
        }
    }
}

/// sum = Σ dy · x over the pixels with x ≤ 0.
template <int B>
CONVOLAB_INLINE void slopeGradientMap(const float* x, const float* dy, std::int64_t pixels, float* sum) {
    if constexpr (B == 1) {
        float total = 0.0F;
#pragma omp simd reduction(+ : total)
        for (std::int64_t p = 0; p < pixels; ++p) total += (x[p] > 0.0F ? 0.0F : x[p]) * dy[p];
        sum[0] = total;
    } else {
        float totals[B] = {};
        for (std::int64_t p = 0; p < pixels; ++p) {
            for (int l = 0; l < B; ++l) {
                // Chosen before the product: GCC 12 miscompiles a sum of chosen products.
                const float low = x[p * B + l] > 0.0F ? 0.0F : x[p * B + l];
                totals[l] += low * dy[p * B + l];
            }
        }
        for (int l = 0; l < B; ++l) sum[l] = totals[l];
    }
}

CONVOLAB_CLONES void preluForward(int block, const float* x, const float* slope, std::int64_t pixels, float* y) {
    if (block == 16) forwardMap<16>(x, slope, pixels, y);
    else if (block == 8) forwardMap<8>(x, slope, pixels, y);
    else forwardMap<1>(x, slope, pixels, y);
}

CONVOLAB_CLONES void preluInputGradient(int block, const float* x, const float* slope, const float* dy,
                                        std::int64_t pixels, float* dx) {
    if (block == 16) inputGradientMap<16>(x, slope, dy, pixels, dx);
    else if (block == 8) inputGradientMap<8>(x, slope, dy, pixels, dx);
    else inputGradientMap<1>(x, slope, dy, pixels, dx);
}

CONVOLAB_CLONES void preluSlopeGradient(int block, const float* x, const float* dy, std::int64_t pixels, float* sum) {
    if (block == 16) slopeGradientMap<16>(x, dy, pixels, sum);
    else if (block == 8) slopeGradientMap<8>(x, dy, pixels, sum);
    else slopeGradientMap<1>(x, dy, pixels, sum);
}

/// Scratch holds a slope per padded channel, then a partial sum per image and padded channel.
class PreluOp final : public Op {
  public:
    explicit PreluOp(const OpRequest& request)
        : m_block(request.offeredBlocks.front()), m_channels(request.output.channels()),
          m_pixels(request.output.height() * request.output.width()), m_padded(paddedChannels(m_channels, m_block)) {
        inputBlocks = {m_block};
        outputBlock = m_block;
        implementation = "loops";
        scratchFloats = static_cast<std::size_t>((1 + request.maximumBatch) * m_padded);
    }

    void forward(const StepContext& context) override {
        const float* slopes = spreadSlopes();
        eachMap(context.n, [&](std::int64_t item, std::int64_t first) {
            const std::int64_t at = item * m_pixels * m_block;
            preluForward(m_block, inputs[0] + at, slopes + first, m_pixels, output + at);
        });
    }

    void backward(const StepContext& context) override {
        const float* slopes = spreadSlopes();
        float* sums = scratch->data() + m_padded;
        const bool trained = parameters[0].gradient != nullptr;
        eachMap(context.n, [&](std::int64_t item, std::int64_t first) {
            const std::int64_t at = item * m_pixels * m_block;
            if (trained) preluSlopeGradient(m_block, inputs[0] + at, outputGradient + at, m_pixels, sums + item * m_block);
            if (inputGradients[0] == nullptr) return;
            preluInputGradient(m_block, inputs[0] + at, slopes + first, outputGradient + at, m_pixels,
                               inputGradients[0] + at);
        });
        if (trained) addUp(context.n, sums);
    }

  private:
    bool isShared() const { return parameters[0].shape.size() == 1; }

    const float* spreadSlopes() const {
        float* slopes = scratch->data();
        for (std::int64_t c = 0; c < m_padded; ++c) {
            slopes[c] = c < m_channels ? parameters[0].value[isShared() ? 0 : c] : 0.0F;
        }
        return slopes;
    }

    /// Image by image, channel by channel: the same order for any number of threads.
    void addUp(std::int64_t n, const float* sums) const {
        double all = 0.0;
        for (std::int64_t c = 0; c < m_channels; ++c) {
            double total = 0.0;
            for (std::int64_t image = 0; image < n; ++image) total += sums[image * m_padded + c];
            if (!isShared()) parameters[0].gradient[c] = static_cast<float>(total);
            all += total;
        }
        if (isShared()) parameters[0].gradient[0] = static_cast<float>(all);
    }

    template <class Body>
    void eachMap(std::int64_t n, Body&& body) const {
        const std::int64_t blocks = m_padded / m_block;
        const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / (m_pixels * m_block));
        parallelFor(n * blocks, grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) body(item, item % blocks * m_block);
        });
    }

    int m_block;
    std::int64_t m_channels, m_pixels, m_padded;
};

}  // namespace

std::unique_ptr<Op> makePreluOp(const OpRequest& request) { return std::make_unique<PreluOp>(request); }

}  // namespace convolab
