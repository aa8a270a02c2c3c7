#include "core/cpu/int8/winograd.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "core/cpu/int8/winograd_kernels.h"
#include "core/cpu/portable/parallel.h"
#include "core/tensor/tensor.h"

namespace convolab::int8 {

namespace {

// Tiles that are transformed together: their values (16 places, 16 bits) and the sums of a block of outputs stay in the
// second cache, and many tiles share one reading of the weights.
constexpr std::int64_t kValueBytes = 128 * 1024;
constexpr std::int64_t kMostTiles = 36;
constexpr std::int64_t kApart = 32;  // values between places, so that these do not fall onto the same lines of the cache

// Times in units of one vpmaddwd with its addition, measured on Zen 3: of a pair of groups, a group, a group in 16 bits;
// of rounding a sum onto its grid; of transforming a channel of a tile and a block's output of a tile.
constexpr double kPair = 2.3, kSingle = 1.5, kWide = 2.0, kFinish = 1.5;
constexpr double kInputTransform = 6.0, kOutputTransform = 12.0;

std::int64_t roundedUp(std::int64_t value, std::int64_t step) { return (value + step - 1) / step * step; }

/// 4 · G g Gᵀ, G's rows doubled: 2 g0, g0 + g1 + g2, g0 − g1 + g2, 2 g2.
std::array<std::int16_t, kWinogradPlaces> transformed(const std::int8_t* g) {
    const auto spread = [](int a, int b, int c) { return std::array<int, 4>{2 * a, a + b + c, a - b + c, 2 * c}; };
    std::array<std::array<int, 4>, 3> columns;
    for (std::size_t j = 0; j < 3; ++j) columns[j] = spread(g[j], g[3 + j], g[6 + j]);
    std::array<std::int16_t, kWinogradPlaces> places{};
    for (std::size_t i = 0; i < 4; ++i) {
        const std::array<int, 4> row = spread(columns[0][i], columns[1][i], columns[2][i]);
        for (std::size_t j = 0; j < 4; ++j) places[4 * i + j] = static_cast<std::int16_t>(row[j]);
    }
    return places;
}

/// The memory of one thread.
struct Space {
    std::vector<std::uint8_t> rows;
    AlignedBuffer values, sums;
    std::vector<WinogradTile> tiles;
};

class WinogradOp final : public IntegerOp {
  public:
    explicit WinogradOp(const Convolution& convolution)
        : m_c(convolution), m_depth(roundedUp(m_c.depth(), kWinogradDepth)),
          m_tileStride(roundedUp(m_c.depth(), kWinogradChannels)), m_tileRows((m_c.output.height() + 1) / 2),
          m_tileColumns((m_c.output.width() + 1) / 2), m_blocks(outputBlocks(m_c, true)) {
        m_mostTiles = std::clamp(kValueBytes / (2 * kWinogradPlaces * m_tileStride), std::int64_t{kWinogradRows}, kMostTiles);
        m_mostTiles = m_mostTiles / kWinogradRows * kWinogradRows;
        for (const OutputBlock& block : m_blocks) m_weights.push_back(packed(block));
        implementation = "Winograd, AVX2";
    }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        const std::int64_t tiles = n * m_tileRows * m_tileColumns;
        const std::int64_t shares = std::min<std::int64_t>(computeThreads(), (tiles + kWinogradRows - 1) / kWinogradRows);
        const std::int64_t batches = std::max((tiles + m_mostTiles - 1) / m_mostTiles, shares);
        while (static_cast<int>(m_spaces.size()) < computeThreads()) m_spaces.push_back(makeSpace());
        parallelFor(batches, 1, [&](std::int64_t begin, std::int64_t end) {
            Space& space = m_spaces[static_cast<std::size_t>(omp_get_thread_num())];
            for (std::int64_t b = begin; b < end; ++b) {
                runTiles(x, tiles * b / batches, tiles * (b + 1) / batches, space, output);
            }
        });
    }

  private:
    std::int64_t placeStride() const { return m_mostTiles * m_tileStride + kApart; }
    std::int64_t sumStride() const { return m_mostTiles * kBlock + kApart; }
    std::int64_t rowBytes() const { return (2 * m_tileColumns + 2) * m_c.input.channels(); }

    Space makeSpace() const {
        Space space;
        space.rows.resize(static_cast<std::size_t>(4 * rowBytes() + kSlack));
        space.values = AlignedBuffer(static_cast<std::size_t>(kWinogradPlaces * placeStride() / 2));
        space.sums = AlignedBuffer(static_cast<std::size_t>(kWinogradPlaces * sumStride()));
        return space;
    }

    /// [place][channel / 2][output][channel % 2]
    AlignedBuffer packed(const OutputBlock& block) const {
        AlignedBuffer buffer(static_cast<std::size_t>(kWinogradPlaces * m_depth * block.width / 2));
        auto* weights = reinterpret_cast<std::int16_t*>(buffer.data());
        for (std::int64_t o = 0; o < block.count; ++o) {
            for (std::int64_t k = 0; k < m_c.depth(); ++k) {
                const auto places = transformed(m_c.weight.data() + ((block.first + o) * m_c.depth() + k) * 9);
                for (std::int64_t p = 0; p < kWinogradPlaces; ++p) {
                    const std::int64_t pair = p * m_depth / 2 + k / 2;
                    weights[(pair * block.width + o) * 2 + k % 2] = places[static_cast<std::size_t>(p)];
                }
            }
        }
        return buffer;
    }

    /// Tiles first … last − 1 of the batch, counted through images, rows and columns of tiles.
    void runTiles(const std::uint8_t* x, std::int64_t first, std::int64_t last, Space& space, void* output) const {
        space.tiles.clear();
        auto* values = reinterpret_cast<std::int16_t*>(space.values.data());
        for (std::int64_t tile = first; tile < last;) {
            const std::int64_t row = tile / m_tileColumns, column = tile % m_tileColumns;
            const std::int64_t count = std::min(m_tileColumns - column, last - tile);
            transformRow(x, row, column, count, space, values + (tile - first) * m_tileStride);
            addTiles(row, column, count, space.tiles);
            tile += count;
        }
        auto* sums = reinterpret_cast<std::int32_t*>(space.sums.data());
        for (std::size_t b = 0; b < m_blocks.size(); ++b) {
            const OutputBlock& block = m_blocks[b];
            const auto* weights = reinterpret_cast<const std::int16_t*>(m_weights[b].data());
            for (std::int64_t p = 0; p < kWinogradPlaces; ++p) {
                winogradProductsAvx2({.values = values + p * placeStride(),
                                      .tileStride = m_tileStride,
                                      .weights = weights + p * m_depth * block.width,
                                      .depth = m_depth,
                                      .tiles = last - first,
                                      .sums = sums + p * sumStride(),
                                      .width = block.width});
            }
            winogradOutputAvx2({.sums = sums,
                                .placeStride = sumStride(),
                                .tiles = space.tiles.data(),
                                .count = last - first,
                                .rowPixels = m_c.output.width(),
                                .width = block.width,
                                .finish = block.finish(m_c, output, 0)});
        }
    }

    void addTiles(std::int64_t row, std::int64_t column, std::int64_t count, std::vector<WinogradTile>& tiles) const {
        const std::int64_t height = m_c.output.height(), width = m_c.output.width();
        const std::int64_t i = row % m_tileRows * 2, first = (row / m_tileRows * height + i) * width;
        const auto rows = static_cast<std::int32_t>(std::min<std::int64_t>(2, height - i));
        for (std::int64_t j = 2 * column; j < 2 * (column + count); j += 2) {
            const auto columns = static_cast<std::int32_t>(std::min<std::int64_t>(2, width - j));
            tiles.push_back({.pixel = first + j, .rows = rows, .columns = columns});
        }
    }

    /// `count` tiles of one row of tiles; `row` counts through the images.
    void transformRow(const std::uint8_t* x, std::int64_t row, std::int64_t column, std::int64_t count, Space& space,
                      std::int16_t* values) const {
        const std::uint8_t* image = x + row / m_tileRows * m_c.input.size();
        const std::int64_t top = row % m_tileRows * 2 - m_c.window.padTop, left = column * 2 - m_c.window.padLeft;
        for (std::int64_t i = 0; i < 4; ++i) {
            copyPixels(image, top + i, left, 2 * count + 2, space.rows.data() + i * rowBytes());
        }
        winogradInputAvx2({.rows = space.rows.data(),
                           .rowBytes = rowBytes(),
                           .channels = m_c.input.channels(),
                           .tiles = count,
                           .values = values,
                           .tileStride = m_tileStride,
                           .placeStride = placeStride()});
    }

    /// Pixels of one row of the image; outside it the zero point, also where a last tile reaches over the end.
    void copyPixels(const std::uint8_t* image, std::int64_t row, std::int64_t first, std::int64_t count, std::uint8_t* to) const {
        const std::int64_t channels = m_c.input.channels(), width = m_c.input.width();
        const bool inside = row >= 0 && row < m_c.input.height();
        const std::int64_t begin = inside ? std::clamp<std::int64_t>(-first, 0, count) : count;
        const std::int64_t end = inside ? std::clamp<std::int64_t>(width - first, begin, count) : count;
        const auto bytes = [&](std::int64_t pixels) { return static_cast<std::size_t>(pixels * channels); };
        std::memset(to, m_c.inputZero, bytes(begin));
        if (end > begin) std::memcpy(to + begin * channels, image + (row * width + first + begin) * channels, bytes(end - begin));
        std::memset(to + end * channels, m_c.inputZero, bytes(count - end));
    }

    Convolution m_c;
    std::int64_t m_depth, m_tileStride, m_tileRows, m_tileColumns;
    std::int64_t m_mostTiles = 0;
    std::vector<OutputBlock> m_blocks;
    std::vector<AlignedBuffer> m_weights;
    std::vector<Space> m_spaces;
};

}  // namespace

bool winogradFits(const Convolution& c) {
    const Window& w = c.window;
    if (w.kernelHeight != 3 || w.kernelWidth != 3 || w.strideHeight != 1 || w.strideWidth != 1) return false;
    if (w.dilationHeight != 1 || w.dilationWidth != 1 || c.groups != 1) return false;
    const std::int64_t filterSize = c.depth() * 9;
    for (std::int64_t o = 0; o < c.output.channels(); ++o) {
        std::int64_t sum = 0;
        for (std::int64_t k = 0; k < filterSize; ++k) sum += std::abs(int{c.weight[static_cast<std::size_t>(o * filterSize + k)]});
        if (4 * 255 * sum > INT32_MAX) return false;
    }
    return true;
}

bool winogradPays(const Convolution& c, const std::vector<PackedBlock>& blocks) {
    const auto pixels = static_cast<double>(c.output.height() * c.output.width());
    const auto tiles = static_cast<double>((c.output.height() + 1) / 2 * ((c.output.width() + 1) / 2));
    double direct = 0.0, products = 0.0, transforms = kInputTransform * static_cast<double>(roundedUp(c.depth(), kWinogradChannels));
    for (const PackedBlock& block : blocks) {
        const double vectors = block.to.width / 8.0;
        direct += vectors * (kPair * static_cast<double>(block.pairs) + kSingle * static_cast<double>(block.singles) +
                             kWide * static_cast<double>(block.wide));
        direct += kFinish * block.to.width;
        products += static_cast<double>(c.depth()) * block.to.width;
        transforms += kOutputTransform * block.to.width;
    }
    return tiles * (products + transforms) < pixels * direct;
}

std::unique_ptr<IntegerOp> makeWinogradOp(const Convolution& convolution) {
#if defined(__x86_64__)
    return std::make_unique<WinogradOp>(convolution);
#else
    static_cast<void>(convolution);
    return nullptr;
#endif
}

}  // namespace convolab::int8
