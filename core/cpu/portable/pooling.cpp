#include <cstring>
#include <limits>

#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/layers/adaptive_window.h"

namespace convolab {

namespace {

struct PoolWindow {
    std::int64_t height = 0, width = 0, outHeight = 0, outWidth = 0;  // of the maps
    std::int64_t kernelH = 0, kernelW = 0, strideH = 0, strideW = 0, top = 0, left = 0, bottom = 0, right = 0;
    bool countPadding = true;
    bool adaptive = false;  ///< as many windows as the output has pixels, spread evenly (core/layers/adaptive_window.h)
};

/// The part of one window that lies on the map.
struct Span {
    std::int64_t y0, y1, x0, x1;
};

CONVOLAB_INLINE Span spanAt(const PoolWindow& w, std::int64_t oy, std::int64_t ox) {
    if (w.adaptive) {
        const AdaptiveAxis rows{w.height, w.outHeight}, columns{w.width, w.outWidth};
        return {rows.begin(oy), rows.end(oy), columns.begin(ox), columns.end(ox)};
    }
    const std::int64_t y = oy * w.strideH - w.top;
    const std::int64_t x = ox * w.strideW - w.left;
    return {std::max<std::int64_t>(0, y), std::min(w.height, y + w.kernelH), std::max<std::int64_t>(0, x),
            std::min(w.width, x + w.kernelW)};
}

CONVOLAB_INLINE float averageScale(const PoolWindow& w, std::int64_t oy, std::int64_t ox, const Span& s) {
    if (!w.countPadding) return 1.0F / static_cast<float>((s.y1 - s.y0) * (s.x1 - s.x0));
    const std::int64_t y = oy * w.strideH - w.top;
    const std::int64_t x = ox * w.strideW - w.left;
    const std::int64_t rows = std::min(w.height + w.bottom, y + w.kernelH) - y;
    const std::int64_t columns = std::min(w.width + w.right, x + w.kernelW) - x;
    return 1.0F / static_cast<float>(rows * columns);
}

/// Every pixel lies in exactly one window: a gradient is written, not added.
CONVOLAB_INLINE bool windowsTile(const PoolWindow& w) {
    return w.strideH == w.kernelH && w.strideW == w.kernelW && w.top == 0 && w.left == 0 && w.outHeight * w.kernelH == w.height &&
           w.outWidth * w.kernelW == w.width;
}

/// The B maps of a block side by side, as compiler vectors; one map is a plain number.
template <int B>
struct Vectors {
    typedef float Float __attribute__((vector_size(4 * B)));
    typedef std::int32_t Int __attribute__((vector_size(4 * B)));
};
template <>
struct Vectors<1> {
    using Float = float;
    using Int = std::int32_t;
};

// One map (block 1) or one block of maps. `places` remembers the pixel of each maximum for the backward pass.
template <int B>
CONVOLAB_INLINE void maxForwardMap(const PoolWindow& w, const float* x, float* y, std::int32_t* places) {
    using Float = typename Vectors<B>::Float;
    using Int = typename Vectors<B>::Int;
    for (std::int64_t oy = 0; oy < w.outHeight; ++oy) {
        for (std::int64_t ox = 0; ox < w.outWidth; ++ox) {
            const Span s = spanAt(w, oy, ox);
            Float best = Float{} - std::numeric_limits<float>::infinity();
            Int place = Int{} + static_cast<std::int32_t>(s.y0 * w.width + s.x0);
            for (std::int64_t iy = s.y0; iy < s.y1; ++iy) {
                for (std::int64_t ix = s.x0; ix < s.x1; ++ix) {
                    const auto here = static_cast<std::int32_t>(iy * w.width + ix);
                    Float pixel;
                    std::memcpy(&pixel, x + static_cast<std::int64_t>(here) * B, sizeof pixel);
                    const auto kept = pixel <= best;  // false for a NaN, which is taken over
                    best = kept ? best : pixel;
                    place = kept ? place : Int{} + here;
                }
            }
            const std::int64_t out = (oy * w.outWidth + ox) * B;
            std::memcpy(y + out, &best, sizeof best);
            if (places != nullptr) std::memcpy(places + out, &place, sizeof place);
        }
    }
}

template <int B>
CONVOLAB_INLINE void averageForwardMap(const PoolWindow& w, const float* x, float* y) {
    for (std::int64_t oy = 0; oy < w.outHeight; ++oy) {
        for (std::int64_t ox = 0; ox < w.outWidth; ++ox) {
            const Span s = spanAt(w, oy, ox);
            const float scale = averageScale(w, oy, ox, s);
            float sum[B] = {};
            for (std::int64_t iy = s.y0; iy < s.y1; ++iy) {
                for (std::int64_t ix = s.x0; ix < s.x1; ++ix) {
                    const float* pixel = x + (iy * w.width + ix) * B;
                    for (int l = 0; l < B; ++l) sum[l] += pixel[l];
                }
            }
            float* target = y + (oy * w.outWidth + ox) * B;
            for (int l = 0; l < B; ++l) target[l] = sum[l] * scale;
        }
    }
}

template <int B>
CONVOLAB_INLINE void maxBackwardMap(const PoolWindow& w, const float* dy, const std::int32_t* places, const float* y,
                                    bool masked, float slope, float* dx) {
    using Float = typename Vectors<B>::Float;
    using Int = typename Vectors<B>::Int;
    const bool adds = !windowsTile(w);
    if (adds) std::fill_n(dx, w.height * w.width * B, 0.0F);
    for (std::int64_t oy = 0; oy < w.outHeight; ++oy) {
        for (std::int64_t ox = 0; ox < w.outWidth; ++ox) {
            const Span s = spanAt(w, oy, ox);
            const std::int64_t out = (oy * w.outWidth + ox) * B;
            Float g, value;
            Int place;
            std::memcpy(&g, dy + out, sizeof g);
            std::memcpy(&value, y + out, sizeof value);
            std::memcpy(&place, places + out, sizeof place);
            if (masked) g = value > 0.0F ? g : slope * g;
            for (std::int64_t iy = s.y0; iy < s.y1; ++iy) {
                for (std::int64_t ix = s.x0; ix < s.x1; ++ix) {
                    const auto here = static_cast<std::int32_t>(iy * w.width + ix);
                    float* pixel = dx + static_cast<std::int64_t>(here) * B;
                    Float sum{};
                    if (adds) std::memcpy(&sum, pixel, sizeof sum);
                    sum += place == Int{} + here ? g : Float{};
                    std::memcpy(pixel, &sum, sizeof sum);
                }
            }
        }
    }
}

template <int B>
CONVOLAB_INLINE void averageBackwardMap(const PoolWindow& w, const float* dy, float* dx) {
    const std::int64_t pixels = w.height * w.width * B;
    const bool adds = !windowsTile(w);
    for (std::int64_t i = 0; adds && i < pixels; ++i) dx[i] = 0.0F;
    for (std::int64_t oy = 0; oy < w.outHeight; ++oy) {
        for (std::int64_t ox = 0; ox < w.outWidth; ++ox) {
            const Span s = spanAt(w, oy, ox);
            const float scale = averageScale(w, oy, ox, s);
            const float* g = dy + (oy * w.outWidth + ox) * B;
            for (std::int64_t iy = s.y0; iy < s.y1; ++iy) {
                for (std::int64_t ix = s.x0; ix < s.x1; ++ix) {
                    float* pixel = dx + (iy * w.width + ix) * B;
                    for (int l = 0; l < B; ++l) pixel[l] = (adds ? pixel[l] : 0.0F) + scale * g[l];
                }
            }
        }
    }
}

CONVOLAB_CLONES void maxForward(const PoolWindow& w, int block, const float* x, float* y, std::int32_t* places) {
    if (block == 16) maxForwardMap<16>(w, x, y, places);
    else if (block == 8) maxForwardMap<8>(w, x, y, places);
    else maxForwardMap<1>(w, x, y, places);
}

CONVOLAB_CLONES void maxBackward(const PoolWindow& w, int block, const float* dy, const std::int32_t* places,
                                 const float* y, bool masked, float slope, float* dx) {
    if (block == 16) maxBackwardMap<16>(w, dy, places, y, masked, slope, dx);
    else if (block == 8) maxBackwardMap<8>(w, dy, places, y, masked, slope, dx);
    else maxBackwardMap<1>(w, dy, places, y, masked, slope, dx);
}

CONVOLAB_CLONES void averageForward(const PoolWindow& w, int block, const float* x, float* y) {
    if (block == 16) averageForwardMap<16>(w, x, y);
    else if (block == 8) averageForwardMap<8>(w, x, y);
    else averageForwardMap<1>(w, x, y);
}

CONVOLAB_CLONES void averageBackward(const PoolWindow& w, int block, const float* dy, float* dx) {
    if (block == 16) averageBackwardMap<16>(w, dy, dx);
    else if (block == 8) averageBackwardMap<8>(w, dy, dx);
    else averageBackwardMap<1>(w, dy, dx);
}

PoolWindow windowOf(const OpRequest& request, bool maximum) {
    const Shape& in = request.inputs.front();
    PoolWindow window;
    window.height = in.height();
    window.width = in.width();
    window.outHeight = request.output.height();
    window.outWidth = request.output.width();
    if (request.kind->id.starts_with("adaptive_")) {
        window.countPadding = false;
        window.adaptive = true;
        return window;
    }
    const auto& kernel = request.attributes.integers("kernel");
    const auto& stride = request.attributes.integers("stride");
    const auto& pads = request.attributes.integers("pads");
    window.kernelH = kernel[0];
    window.kernelW = kernel[1];
    window.strideH = stride[0];
    window.strideW = stride[1];
    window.top = pads[0];
    window.left = pads[1];
    window.bottom = pads[2];
    window.right = pads[3];
    window.countPadding = maximum || request.attributes.flag("count_include_pad");
    return window;
}

class PoolOp final : public Op {
  public:
    explicit PoolOp(const OpRequest& request)
        : m_maximum(request.kind->id.ends_with("max_pool")), m_masked(request.producerSlope.has_value()), m_slope(request.producerSlope.value_or(0.0F)) {
        const Shape& in = request.inputs.front();
        m_window = windowOf(request, m_maximum);
        const int layout = request.offeredBlocks.front();
        inputBlocks = {layout};
        outputBlock = layout;
        m_block = blockWidth(layout);
        implementation = m_block > 1 ? "loops over blocks of " + std::to_string(m_block) + (isImageLanes(layout) ? " images" : " channels")
                                     : "loops";
        // Of one image, or of one group of images.
        m_maps = isImageLanes(layout) ? in.channels() : paddedChannels(in.channels(), m_block) / m_block;
        m_inMap = in.height() * in.width() * m_block;
        m_outMap = request.output.height() * request.output.width() * m_block;
        backwardReadsInput = false;
        backwardReadsOutput = m_masked;
        if (m_maximum && request.backward) workspaceFloats = static_cast<std::size_t>(mapsOf(request.maximumBatch) * m_outMap);
    }

    void forward(const StepContext& context) override {
        auto* places = m_maximum && context.backward ? reinterpret_cast<std::int32_t*>(workspace) : nullptr;
        parallelFor(mapsOf(context.n), grain(), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t map = begin; map < end; ++map) {
                const float* x = inputs[0] + map * m_inMap;
                float* y = output + map * m_outMap;
                if (m_maximum) maxForward(m_window, m_block, x, y, places ? places + map * m_outMap : nullptr);
                else averageForward(m_window, m_block, x, y);
            }
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        const auto* places = reinterpret_cast<const std::int32_t*>(workspace);
        parallelFor(mapsOf(context.n), grain(), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t map = begin; map < end; ++map) {
                const float* dy = outputGradient + map * m_outMap;
                float* dx = inputGradients[0] + map * m_inMap;
                if (m_maximum) {
                    maxBackward(m_window, m_block, dy, places + map * m_outMap, output + map * m_outMap, m_masked,
                                m_slope, dx);
                } else {
                    averageBackward(m_window, m_block, dy, dx);
                }
            }
        });
    }

  private:
    std::int64_t mapsOf(std::int64_t n) const {
        return (isImageLanes(outputBlock) ? paddedImages(n, outputBlock) / m_block : n) * m_maps;
    }
    std::int64_t grain() const { return std::max<std::int64_t>(1, kElementGrain / m_inMap); }

    PoolWindow m_window;
    bool m_maximum;
    bool m_masked;
    float m_slope;
    int m_block = 1;
    std::int64_t m_maps = 0, m_inMap = 0, m_outMap = 0;
};

template <int B>
CONVOLAB_INLINE void globalForwardMap(const float* x, std::int64_t pixels, float* y, std::int64_t lanes) {
    float sum[B] = {};
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (int l = 0; l < B; ++l) sum[l] += x[p * B + l];
    }
    for (std::int64_t l = 0; l < lanes; ++l) y[l] = sum[l] / static_cast<float>(pixels);
}

CONVOLAB_CLONES void globalForward(int block, const float* x, std::int64_t pixels, float* y, std::int64_t lanes) {
    if (block == 16) globalForwardMap<16>(x, pixels, y, lanes);
    else if (block == 8) globalForwardMap<8>(x, pixels, y, lanes);
    else globalForwardMap<1>(x, pixels, y, lanes);
}

class GlobalAveragePoolOp final : public Op {
  public:
    explicit GlobalAveragePoolOp(const OpRequest& request)
        : m_channels(request.inputs.front().channels()),
          m_pixels(request.inputs.front().height() * request.inputs.front().width()),
          m_block(request.offeredBlocks.front()), m_blocks(paddedChannels(m_channels, m_block) / m_block) {
        inputBlocks = {m_block};
        implementation = "loops";
        backwardReadsInput = false;
    }

    void forward(const StepContext& context) override {
        eachBlock(context.n, [&](std::int64_t item, std::int64_t vector, std::int64_t lanes) {
            globalForward(m_block, inputs[0] + item * m_pixels * m_block, m_pixels, output + vector, lanes);
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        eachBlock(context.n, [&](std::int64_t item, std::int64_t vector, std::int64_t lanes) {
            float* dx = inputGradients[0] + item * m_pixels * m_block;
            float pixel[16] = {};
            for (std::int64_t l = 0; l < lanes; ++l) pixel[l] = outputGradient[vector + l] / static_cast<float>(m_pixels);
            for (std::int64_t p = 0; p < m_pixels; ++p) std::copy_n(pixel, m_block, dx + p * m_block);
        });
    }

  private:
    template <class Body>
    void eachBlock(std::int64_t n, Body&& body) const {
        const std::int64_t grain = std::max<std::int64_t>(1, kElementGrain / (m_pixels * m_block));
        parallelFor(n * m_blocks, grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) {
                const std::int64_t first = item % m_blocks * m_block;
                body(item, item / m_blocks * m_channels + first, std::min<std::int64_t>(m_block, m_channels - first));
            }
        });
    }

    std::int64_t m_channels, m_pixels;
    int m_block;
    std::int64_t m_blocks;
};

}  // namespace

std::unique_ptr<Op> makePoolOp(const OpRequest& request) { return std::make_unique<PoolOp>(request); }
std::unique_ptr<Op> makeGlobalAveragePoolOp(const OpRequest& request) {
    return std::make_unique<GlobalAveragePoolOp>(request);
}

}  // namespace convolab
