#include <algorithm>

#include "core/cpu/lanes/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/util/check.h"

namespace convolab {

namespace {

constexpr std::int64_t kPiece = 256;  // values of an image at a time: what L images have of them stays in the nearest cache

/// values [images][size] → lanes [size][L], for values begin … end − 1; images that do not exist become zeros.
template <int L>
CONVOLAB_INLINE void packPart(const float* images, std::int64_t count, std::int64_t size, std::int64_t begin, std::int64_t end,
                              float* lanes) {
    for (std::int64_t i = begin; i < end; ++i) {
        for (int l = 0; l < L; ++l) lanes[i * L + l] = l < count ? images[l * size + i] : 0.0F;
    }
}

template <int L>
CONVOLAB_INLINE void packWhole(const float* images, std::int64_t size, std::int64_t begin, std::int64_t end, float* lanes) {
    for (std::int64_t i = begin; i < end; ++i) {
        for (int l = 0; l < L; ++l) lanes[i * L + l] = images[l * size + i];
    }
}

CONVOLAB_CLONES void pack(int width, const float* images, std::int64_t count, std::int64_t size, std::int64_t begin,
                          std::int64_t end, float* lanes) {
    if (width == 8 && count >= 8) packWhole<8>(images, size, begin, end, lanes);
    else if (width == 8) packPart<8>(images, count, size, begin, end, lanes);
    else if (count >= 16) packWhole<16>(images, size, begin, end, lanes);
    else packPart<16>(images, count, size, begin, end, lanes);
}

CONVOLAB_CLONES void unpack(int width, const float* lanes, std::int64_t count, std::int64_t size, std::int64_t begin,
                            std::int64_t end, float* images) {
    for (std::int64_t l = 0; l < std::min<std::int64_t>(width, count); ++l) {
        for (std::int64_t i = begin; i < end; ++i) images[l * size + i] = lanes[i * width + l];
    }
}

/// [N][C][H][W] ↔ [⌈N / L⌉][C][H][W][L].
class LanesReorderOp final : public Op {
  public:
    LanesReorderOp(const Shape& shape, int from, int to)
        : m_size(shape.size()), m_width(blockWidth(std::min(from, to))), m_toLanes(isImageLanes(to)) {
        CONVOLAB_CHECK(std::max(from, to) == 1 && (m_width == 8 || m_width == 16), "a reorder is between dense and image lanes");
        inputBlocks = {from};
        outputBlock = to;
        tier = Tier::Portable;
        implementation = "reorder";
        backwardReadsInput = false;
    }

    void forward(const StepContext& context) override { run(context.n, inputs[0], output, m_toLanes); }
    void backward(const StepContext& context) override {
        if (inputGradients[0] != nullptr) run(context.n, outputGradient, inputGradients[0], !m_toLanes);
    }

  private:
    void run(std::int64_t n, const float* source, float* target, bool toLanes) const {
        const std::int64_t groups = (n + m_width - 1) / m_width;
        const std::int64_t pieces = (m_size + kPiece - 1) / kPiece;
        parallelFor(groups * pieces, std::max<std::int64_t>(1, kElementGrain / (m_width * std::min(kPiece, m_size))),
                    [&](std::int64_t begin, std::int64_t end) {
                        for (std::int64_t item = begin; item < end; ++item) {
                            const std::int64_t group = item / pieces;
                            const std::int64_t first = item % pieces * kPiece;
                            const std::int64_t last = std::min(m_size, first + kPiece);
                            const std::int64_t offset = group * m_width * m_size;  // the same in both layouts
                            const std::int64_t count = n - group * m_width;
                            if (toLanes) pack(m_width, source + offset, count, m_size, first, last, target + offset);
                            else unpack(m_width, source + offset, count, m_size, first, last, target + offset);
                        }
                    });
    }

    std::int64_t m_size;
    int m_width;
    bool m_toLanes;
};

}  // namespace

std::unique_ptr<Op> makeLanesReorderOp(const Shape& shape, int fromBlock, int toBlock) {
    return std::make_unique<LanesReorderOp>(shape, fromBlock, toBlock);
}

}  // namespace convolab
