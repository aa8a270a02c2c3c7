#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/cpu/portable/vector_math.h"

namespace convolab {

namespace {

constexpr int kChunk = 256;       // floats worked on at once
constexpr int kMostChannels = 96; // of the blocks that a window of 63 channels touches: 9 of 8, or 5 of 16

/// The maps of one image, [blocks][pixels][B], and the neighbours that are summed.
struct Maps {
    std::int64_t blocks = 0, pixels = 0;
    std::int64_t before = 0, after = 0;
};

CONVOLAB_INLINE float square(float x) { return x * x; }

/// sum[i] = Σ over the neighbouring channels of the values (or their squares) at the `count` floats of block `block`
/// that begin at float `first`. Dense maps: one channel a block, pixels side by side.
template <bool kSquared>
CONVOLAB_INLINE void denseSums(const float* image, const Maps& maps, std::int64_t block, std::int64_t first, std::int64_t count,
                               float* sum) {
    for (std::int64_t i = 0; i < count; ++i) sum[i] = 0.0F;
    const std::int64_t last = std::min(block + maps.after, maps.blocks - 1);
    for (std::int64_t c = std::max<std::int64_t>(block - maps.before, 0); c <= last; ++c) {
        const float* source = image + c * maps.pixels + first;
        for (std::int64_t i = 0; i < count; ++i) sum[i] += kSquared ? square(source[i]) : source[i];
    }
}

/// The same for B channels side by side: the channels around one pixel are gathered from the blocks around.
template <int B, bool kSquared>
CONVOLAB_INLINE void blockedSums(const float* image, const Maps& maps, std::int64_t block, std::int64_t first, std::int64_t count,
                                 float* sum) {
    const std::int64_t reach = (std::max(maps.before, maps.after) + B - 1) / B;
    for (std::int64_t at = 0; at < count; at += B) {
        float line[kMostChannels];
        for (std::int64_t d = -reach; d <= reach; ++d) {
            const bool exists = block + d >= 0 && block + d < maps.blocks;
            const float* source = image + (exists ? block + d : block) * maps.pixels * B + first + at;
            float* target = line + (d + reach) * B;
            for (int l = 0; l < B; ++l) {
                const float value = kSquared ? square(source[l]) : source[l];
                target[l] = exists ? value : 0.0F;
            }
        }
        float lanes[B] = {};
        for (std::int64_t j = -maps.before; j <= maps.after; ++j) {
            const float* shifted = line + reach * B + j;
            for (int l = 0; l < B; ++l) lanes[l] += shifted[l];
        }
        for (int l = 0; l < B; ++l) sum[at + l] = lanes[l];
    }
}

template <bool kSquared>
CONVOLAB_INLINE void neighbourSums(int B, const float* image, const Maps& maps, std::int64_t block, std::int64_t first,
                                   std::int64_t count, float* sum) {
    if (B == 16) blockedSums<16, kSquared>(image, maps, block, first, count, sum);
    else if (B == 8) blockedSums<8, kSquared>(image, maps, block, first, count, sum);
    else denseSums<kSquared>(image, maps, block, first, count, sum);
}

/// x^−β for x > 0; the usual β = ¾ by square roots.
CONVOLAB_INLINE float inversePower(float x, float beta) { return exponential(-beta * logarithm(x)); }
CONVOLAB_INLINE float inverseThreeQuarters(float x) {
    const float root = __builtin_sqrtf(x);
    return 1.0F / (root * __builtin_sqrtf(root));
}

struct Response {
    float share = 0.0F;  ///< alpha / size
    float beta = 0.75F, k = 1.0F;
};

/// One block of maps: the brackets d = k + share · Σ x² and y = x · d^−β.
CONVOLAB_CLONES void respondForward(int B, const float* image, const Maps& maps, std::int64_t block, const Response& r, float* bracket,
                                    float* y) {
    float sum[kChunk];
    const float* x = image + block * maps.pixels * B;
    for (std::int64_t first = 0; first < maps.pixels * B; first += kChunk) {
        const std::int64_t count = std::min<std::int64_t>(kChunk, maps.pixels * B - first);
        neighbourSums<true>(B, image, maps, block, first, count, sum);
        for (std::int64_t i = 0; i < count; ++i) sum[i] = r.k + r.share * sum[i];
        for (std::int64_t i = 0; i < count; ++i) bracket[first + i] = sum[i];
        if (r.beta == 0.75F) {
            for (std::int64_t i = 0; i < count; ++i) y[first + i] = x[first + i] * inverseThreeQuarters(sum[i]);
        } else {
            for (std::int64_t i = 0; i < count; ++i) y[first + i] = x[first + i] * inversePower(sum[i], r.beta);
        }
    }
}

/// What each value passes back to those that it was damped by: dy · y / d.
CONVOLAB_CLONES void passBack(const float* y, const float* dy, const float* bracket, std::int64_t count, float* passed) {
    for (std::int64_t i = 0; i < count; ++i) passed[i] = dy[i] * y[i] / bracket[i];
}

/// dx = dy · d^−β − 2 share β · x · Σ passed. Of the maps, `before` and `after` have changed sides.
CONVOLAB_CLONES void respondBackward(int B, const float* passed, const Maps& maps, std::int64_t block, const Response& r,
                                     const float* x, const float* dy, const float* bracket, float* dx) {
    float sum[kChunk];
    const float factor = 2.0F * r.share * r.beta;
    for (std::int64_t first = 0; first < maps.pixels * B; first += kChunk) {
        const std::int64_t count = std::min<std::int64_t>(kChunk, maps.pixels * B - first);
        neighbourSums<false>(B, passed, maps, block, first, count, sum);
        for (std::int64_t i = 0; i < count; ++i) sum[i] *= factor * x[first + i];
        if (r.beta == 0.75F) {
            for (std::int64_t i = 0; i < count; ++i) dx[first + i] = dy[first + i] * inverseThreeQuarters(bracket[first + i]) - sum[i];
        } else {
            for (std::int64_t i = 0; i < count; ++i) dx[first + i] = dy[first + i] * inversePower(bracket[first + i], r.beta) - sum[i];
        }
    }
}

/// The workspace keeps the brackets, in the layout of the maps.
class LrnOp final : public Op {
  public:
    explicit LrnOp(const OpRequest& request) : m_block(request.offeredBlocks.front()) {
        const Shape& shape = request.inputs.front();
        const std::int64_t size = request.attributes.integer("size");
        m_maps = {paddedChannels(shape.channels(), m_block) / m_block, shape.height() * shape.width(), size / 2, (size - 1) / 2};
        m_response = {static_cast<float>(request.attributes.real("alpha") / static_cast<double>(size)),
                      static_cast<float>(request.attributes.real("beta")), static_cast<float>(request.attributes.real("k"))};
        inputBlocks = {m_block};
        outputBlock = m_block;
        implementation = m_block > 1 ? "loops over blocks of " + std::to_string(m_block) + " channels" : "loops";
        backwardReadsOutput = true;
        m_image = m_maps.blocks * m_maps.pixels * m_block;
        workspaceFloats = static_cast<std::size_t>(request.maximumBatch * m_image);
        scratchFloats = request.backward ? workspaceFloats : 0;
    }

    void forward(const StepContext& context) override {
        eachBlock(context.n, [&](std::int64_t image, std::int64_t block, std::int64_t at) {
            respondForward(m_block, inputs[0] + image * m_image, m_maps, block, m_response, workspace + at, output + at);
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        float* passed = scratch->data();
        parallelFor(context.n * m_image, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            passBack(output + begin, outputGradient + begin, workspace + begin, end - begin, passed + begin);
        });
        Maps turned = m_maps;
        std::swap(turned.before, turned.after);
        eachBlock(context.n, [&](std::int64_t image, std::int64_t block, std::int64_t at) {
            respondBackward(m_block, passed + image * m_image, turned, block, m_response, inputs[0] + at, outputGradient + at,
                            workspace + at, inputGradients[0] + at);
        });
    }

  private:
    template <class Body>
    void eachBlock(std::int64_t n, Body&& body) const {
        const std::int64_t floats = m_maps.pixels * m_block;
        parallelFor(n * m_maps.blocks, std::max<std::int64_t>(1, kElementGrain / floats), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) body(item / m_maps.blocks, item % m_maps.blocks, item * floats);
        });
    }

    int m_block;
    Maps m_maps;
    Response m_response;
    std::int64_t m_image = 0;
};

}  // namespace

std::unique_ptr<Op> makeLrnOp(const OpRequest& request) { return std::make_unique<LrnOp>(request); }

}  // namespace convolab
