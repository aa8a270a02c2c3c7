#include <algorithm>
#include <cstring>

#include "core/cpu/int8/depthwise.h"
#include "core/cpu/int8/grid.h"
#include "core/cpu/int8/ops.h"
#include "core/cpu/int8/packing.h"
#include "core/cpu/int8/winograd.h"
#include "core/cpu/portable/parallel.h"
#include "core/util/check.h"

namespace convolab::int8 {

namespace {

BlockFunction blockFunction(Isa isa) {
#if defined(__x86_64__)
    switch (isa) {
        case Isa::Avx512Vnni: return &blockAvx512Vnni;
        case Isa::AvxVnni: return &blockAvxVnni;
        case Isa::Avx2: return &blockAvx2;
        case Isa::Portable: break;
    }
#endif
    return &blockPortable;
}

CONVOLAB_CLONES void widen(const std::uint8_t* from, std::int64_t count, std::int16_t* to) {
    for (std::int64_t i = 0; i < count; ++i) to[i] = from[i];
}

bool anyWide(const std::vector<PackedBlock>& blocks) {
    return std::ranges::any_of(blocks, [](const PackedBlock& block) { return block.wide > 0; });
}

/// The values that a kernel reads: bytes, and the same in 16 bits where a block wants them.
struct Source {
    const std::uint8_t* bytes = nullptr;
    const std::int16_t* wide = nullptr;
};

BlockJob jobOf(const PackedBlock& block, const Source& source, const std::int32_t* pixelOffsets, std::int64_t pixels,
               const Finish& finish) {
    return {.base = source.bytes + block.inputOffset,
            .pixelOffsets = pixelOffsets,
            .pixels = pixels,
            .groupOffsets = block.offsets.data(),
            .weights = block.weightBytes(),
            .pairs = block.pairs,
            .singles = block.singles,
            .wide = block.wide,
            .wideBase = source.wide + (source.wide == nullptr ? 0 : block.inputOffset),
            .width = block.to.width,
            .finish = finish};
}

class ConvolutionOp final : public IntegerOp {
  public:
    ConvolutionOp(const Convolution& convolution, Isa isa) : m_c(convolution), m_function(blockFunction(isa)) {
        const Window& w = m_c.window;
        m_paddedHeight = m_c.input.height() + w.padTop + w.padBottom;
        m_paddedWidth = m_c.input.width() + w.padLeft + w.padRight;
        m_padded = m_paddedHeight != m_c.input.height() || m_paddedWidth != m_c.input.width();
        m_blocks = packWeights(m_c, m_paddedWidth, isa);
        m_wide = anyWide(m_blocks);
        for (std::int64_t i = 0; i < m_c.output.height(); ++i) {
            for (std::int64_t j = 0; j < m_c.output.width(); ++j) {
                const std::int64_t pixel = i * w.strideHeight * m_paddedWidth + j * w.strideWidth;
                m_pixels.push_back(static_cast<std::int32_t>(pixel * m_c.input.channels()));
            }
        }
        implementation = std::string("direct, ") + isaName(isa);
    }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        const auto spaces = static_cast<std::size_t>(std::min<std::int64_t>(n, computeThreads()));
        if (m_padded) m_scratch.resize(static_cast<std::size_t>(paddedBytes()) * spaces);
        if (m_wide) m_wideScratch.resize(static_cast<std::size_t>(paddedBytes()) * spaces);
        if (n >= computeThreads()) {
            parallelFor(n, 1, [&](std::int64_t begin, std::int64_t end) {
                const auto own = static_cast<std::size_t>(omp_get_thread_num());
                for (std::int64_t image = begin; image < end; ++image) {
                    const Source source = prepared(x + image * m_c.input.size(), own);
                    for (const PackedBlock& block : m_blocks) runBlock(block, source, 0, pixels(), image, output);
                }
            });
            return;
        }
        for (std::int64_t image = 0; image < n; ++image) {
            runTogether(prepared(x + image * m_c.input.size(), 0), image, output);
        }
    }

    const std::vector<PackedBlock>& blocks() const { return m_blocks; }

  private:
    std::int64_t pixels() const { return static_cast<std::int64_t>(m_pixels.size()); }
    std::int64_t paddedBytes() const { return m_paddedHeight * m_paddedWidth * m_c.input.channels() + kSlack; }

    /// The image with its border of "real zeros" around it, in the `own`th space.
    Source prepared(const std::uint8_t* image, std::size_t own) {
        const std::size_t first = own * static_cast<std::size_t>(paddedBytes());
        Source source{m_padded ? m_scratch.data() + first : image, nullptr};
        if (m_padded) pad(image, m_scratch.data() + first);
        if (m_wide) {
            widen(source.bytes, paddedBytes() - kSlack, m_wideScratch.data() + first);
            source.wide = m_wideScratch.data() + first;
        }
        return source;
    }

    void pad(const std::uint8_t* image, std::uint8_t* space) const {
        const auto row = static_cast<std::size_t>(m_c.input.width() * m_c.input.channels());
        const auto paddedRow = static_cast<std::size_t>(m_paddedWidth * m_c.input.channels());
        std::memset(space, m_c.inputZero, static_cast<std::size_t>(paddedBytes()));
        std::uint8_t* to = space + static_cast<std::size_t>(m_c.window.padTop) * paddedRow +
                           static_cast<std::size_t>(m_c.window.padLeft * m_c.input.channels());
        for (std::int64_t i = 0; i < m_c.input.height(); ++i, to += paddedRow, image += row) std::memcpy(to, image, row);
    }

    /// One image on the whole team: blocks of outputs, and pieces of the image where there are few of them.
    void runTogether(const Source& source, std::int64_t image, void* output) const {
        const auto blocks = static_cast<std::int64_t>(m_blocks.size());
        const std::int64_t pieces = blocks >= computeThreads() ? 1 : computeThreads();
        parallelFor(blocks * pieces, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t item = begin; item < end; ++item) {
                const std::int64_t piece = item % pieces;
                runBlock(m_blocks[static_cast<std::size_t>(item / pieces)], source, pixels() * piece / pieces,
                         pixels() * (piece + 1) / pieces, image, output);
            }
        });
    }

    void runBlock(const PackedBlock& block, const Source& source, std::int64_t begin, std::int64_t end,
                  std::int64_t image, void* output) const {
        const Finish finish = block.to.finish(m_c, output, image * pixels() + begin);
        m_function(jobOf(block, source, m_pixels.data() + begin, end - begin, finish));
    }

    Convolution m_c;
    BlockFunction m_function;
    std::int64_t m_paddedHeight = 0, m_paddedWidth = 0;
    bool m_padded = false, m_wide = false;
    std::vector<PackedBlock> m_blocks;
    std::vector<std::int32_t> m_pixels;
    std::vector<std::uint8_t> m_scratch;
    std::vector<std::int16_t> m_wideScratch;
};

/// A dense layer: the images of the batch are the pixels of one convolution.
class DenseOp final : public IntegerOp {
  public:
    DenseOp(const Convolution& dense, Isa isa)
        : m_c(dense), m_function(blockFunction(isa)), m_blocks(packWeights(dense, 1, isa)) {
        implementation = std::string("direct, ") + isaName(isa);
    }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const std::int64_t count = m_c.input.channels();
        CONVOLAB_CHECK(n * count <= INT32_MAX, "the batch of a dense layer is too long");
        for (auto image = static_cast<std::int64_t>(m_images.size()); image < n; ++image) {
            m_images.push_back(static_cast<std::int32_t>(image * count));
        }
        Source source{static_cast<const std::uint8_t*>(inputs[0]), nullptr};
        if (anyWide(m_blocks)) {
            m_wideScratch.resize(static_cast<std::size_t>(n * count + kSlack));
            widen(source.bytes, n * count, m_wideScratch.data());
            source.wide = m_wideScratch.data();
        }
        // Below some thousand products a second thread costs more than it brings.
        const std::int64_t grain = std::max<std::int64_t>(1, 200'000 / std::max<std::int64_t>(1, n * count * kBlock));
        parallelFor(static_cast<std::int64_t>(m_blocks.size()), grain, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t b = begin; b < end; ++b) {
                const PackedBlock& block = m_blocks[static_cast<std::size_t>(b)];
                m_function(jobOf(block, source, m_images.data(), n, block.to.finish(m_c, output, 0)));
            }
        });
    }

  private:
    Convolution m_c;
    BlockFunction m_function;
    std::vector<PackedBlock> m_blocks;
    std::vector<std::int32_t> m_images;
    std::vector<std::int16_t> m_wideScratch;
};

}  // namespace

const char* isaName(Isa isa) {
    switch (isa) {
        case Isa::Portable: return "portable";
        case Isa::Avx2: return "AVX2";
        case Isa::AvxVnni: return "AVX-VNNI";
        case Isa::Avx512Vnni: return "AVX-512 VNNI";
    }
    return "";
}

bool isaAvailable(Isa isa) {
#if defined(__x86_64__)
    const bool avx2 = __builtin_cpu_supports("avx2") != 0;
    switch (isa) {
        case Isa::Portable: return true;
        case Isa::Avx2: return avx2;
        case Isa::AvxVnni: return avx2 && hasAvxVnni();
        case Isa::Avx512Vnni:
            return avx2 && __builtin_cpu_supports("avx512f") != 0 && __builtin_cpu_supports("avx512bw") != 0 &&
                   __builtin_cpu_supports("avx512vl") != 0 && __builtin_cpu_supports("avx512vnni") != 0;
    }
    return false;
#else
    return isa == Isa::Portable;
#endif
}

Isa fastestIsa() {
    for (const Isa isa : {Isa::Avx512Vnni, Isa::AvxVnni, Isa::Avx2}) {
        if (isaAvailable(isa)) return isa;
    }
    return Isa::Portable;
}

std::unique_ptr<IntegerOp> makeOp(const Convolution& convolution, Isa isa) {
    CONVOLAB_CHECK(convolution.depth() * convolution.window.taps() <= kLongestSum, "a dot product is too long for int32");
    if (convolution.isDense()) return std::make_unique<DenseOp>(convolution, isa);
    if (convolution.depth() == 1 && convolution.output.channels() == convolution.groups) return makeDepthwiseOp(convolution, isa);
    auto direct = std::make_unique<ConvolutionOp>(convolution, isa);
    if (isa != Isa::Avx2 || !winogradFits(convolution) || !winogradPays(convolution, direct->blocks())) return direct;
    return makeWinogradOp(convolution);
}

}  // namespace convolab::int8
