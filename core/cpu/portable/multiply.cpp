#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

constexpr std::int64_t kChunk = 256;  // floats worked on at once
constexpr int kMostLanes = 16;

CONVOLAB_CLONES void copyPart(const float* a, std::int64_t count, float* y) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = a[i];
}

CONVOLAB_CLONES void multiplyPart(const float* a, std::int64_t count, float* y) {
    for (std::int64_t i = 0; i < count; ++i) y[i] *= a[i];
}

/// y[p, lane] *= factor[lane]
template <int B>
CONVOLAB_INLINE void scaleLanes(const float* factor, std::int64_t pixels, float* y) {
    for (std::int64_t p = 0; p < pixels; ++p) {
        for (int l = 0; l < B; ++l) y[p * B + l] *= factor[l];
    }
}

/// sum[lane] += Σ x[p, lane]
template <int B>
CONVOLAB_INLINE void addLanes(const float* x, std::int64_t pixels, float* sum) {
    if constexpr (B == 1) {
        float total = 0.0F;
#pragma omp simd reduction(+ : total)
        for (std::int64_t p = 0; p < pixels; ++p) total += x[p];
        sum[0] += total;
    } else {
        for (std::int64_t p = 0; p < pixels; ++p) {
            for (int l = 0; l < B; ++l) sum[l] += x[p * B + l];
        }
    }
}

CONVOLAB_CLONES void scalePart(int block, const float* factor, std::int64_t count, float* y) {
    if (block == 16) scaleLanes<16>(factor, count / 16, y);
    else if (block == 8) scaleLanes<8>(factor, count / 8, y);
    else scaleLanes<1>(factor, count, y);
}

CONVOLAB_CLONES void sumPart(int block, const float* x, std::int64_t count, float* sum) {
    if (block == 16) addLanes<16>(x, count / 16, sum);
    else if (block == 8) addLanes<8>(x, count / 8, sum);
    else addLanes<1>(x, count, sum);
}

/// Works on one map, or one block of maps, of one image at a time; a gate has one value for each of them.
class MultiplyOp final : public Op {
  public:
    explicit MultiplyOp(const OpRequest& request) {
        const Shape& shape = request.output;
        m_block = 1;
        for (std::size_t k = 0; k < request.inputs.size(); ++k) {
            if (request.inputs[k].isImage()) m_block = std::max(m_block, request.offeredBlocks[k]);
        }
        if (!shape.isImage()) m_block = 1;
        m_channels = shape.channels();
        m_pixels = shape.height() * shape.width();
        m_blocks = paddedChannels(m_channels, m_block) / m_block;
        for (const Shape& input : request.inputs) {
            m_isGate.push_back(input != shape);
            m_gateStride.push_back(input.isImage() ? m_blocks * m_block : m_channels);
            inputBlocks.push_back(input.isImage() ? m_block : 1);
        }
        outputBlock = m_block;
        implementation = "loops";
    }

    void forward(const StepContext& context) override {
        eachMap(context.n, [&](std::int64_t item) {
            float lanes[kMostLanes];
            gateProduct(item, kNone, lanes);
            const std::int64_t at = item * floats();
            for (std::int64_t first = 0; first < floats(); first += kChunk) {
                const std::int64_t count = std::min(kChunk, floats() - first);
                product(nullptr, kNone, at + first, count, output + at + first);
                if (hasGates()) scalePart(m_block, lanes, count, output + at + first);
            }
        });
    }

    void backward(const StepContext& context) override {
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            if (inputGradients[k] == nullptr) continue;
            eachMap(context.n, [&](std::int64_t item) {
                if (m_isGate[k]) gateGradient(k, item);
                else mapGradient(k, item);
            });
        }
    }

  private:
    static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

    std::int64_t floats() const { return m_pixels * m_block; }
    bool hasGates() const { return std::find(m_isGate.begin(), m_isGate.end(), true) != m_isGate.end(); }

    /// The gates' factors for the lanes of this block, without gate `left`; 0 beyond the channels.
    void gateProduct(std::int64_t item, std::size_t left, float* lanes) const {
        const std::int64_t image = item / m_blocks;
        const std::int64_t first = item % m_blocks * m_block;
        for (int l = 0; l < m_block; ++l) lanes[l] = first + l < m_channels ? 1.0F : 0.0F;
        const std::int64_t used = std::min<std::int64_t>(m_block, m_channels - first);
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            if (!m_isGate[k] || k == left) continue;
            const float* gate = inputs[k] + image * m_gateStride[k] + first;
            for (std::int64_t l = 0; l < used; ++l) lanes[l] *= gate[l];
        }
    }

    /// y = start · Π of the inputs of full size without input `left`; start null: 1.
    void product(const float* start, std::size_t left, std::int64_t at, std::int64_t count, float* y) const {
        bool begun = start != nullptr;
        if (begun) copyPart(start, count, y);
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            if (m_isGate[k] || k == left) continue;
            if (begun) multiplyPart(inputs[k] + at, count, y);
            else copyPart(inputs[k] + at, count, y);
            begun = true;
        }
    }

    void mapGradient(std::size_t k, std::int64_t item) const {
        float lanes[kMostLanes];
        gateProduct(item, kNone, lanes);
        const std::int64_t at = item * floats();
        for (std::int64_t first = at; first < at + floats(); first += kChunk) {
            const std::int64_t count = std::min(kChunk, at + floats() - first);
            product(outputGradient + first, k, first, count, inputGradients[k] + first);
            if (hasGates()) scalePart(m_block, lanes, count, inputGradients[k] + first);
        }
    }

    void gateGradient(std::size_t k, std::int64_t item) const {
        float lanes[kMostLanes];
        float sums[kMostLanes] = {};
        float part[kChunk];
        gateProduct(item, k, lanes);
        const std::int64_t at = item * floats();
        for (std::int64_t first = at; first < at + floats(); first += kChunk) {
            const std::int64_t count = std::min(kChunk, at + floats() - first);
            product(outputGradient + first, kNone, first, count, part);
            sumPart(m_block, part, count, sums);
        }
        const std::int64_t channel = item % m_blocks * m_block;
        float* target = inputGradients[k] + item / m_blocks * m_gateStride[k] + channel;
        const std::int64_t used = std::min<std::int64_t>(m_block, m_gateStride[k] - channel);
        for (std::int64_t l = 0; l < used; ++l) target[l] = sums[l] * lanes[l];
    }

    template <class Body>
    void eachMap(std::int64_t n, Body&& body) const {
        parallelFor(n * m_blocks, std::max<std::int64_t>(1, kElementGrain / floats()), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) body(item);
        });
    }

    int m_block = 1;
    std::int64_t m_channels = 0, m_pixels = 0, m_blocks = 0;
    std::vector<bool> m_isGate;              ///< per input: one value per channel
    std::vector<std::int64_t> m_gateStride;  ///< floats from one image's gate to the next
};

}  // namespace

std::unique_ptr<Op> makeMultiplyOp(const OpRequest& request) { return std::make_unique<MultiplyOp>(request); }

}  // namespace convolab
