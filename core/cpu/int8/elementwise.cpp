#include <algorithm>
#include <array>
#include <cstring>

#include "core/cpu/int8/grid.h"
#include "core/cpu/int8/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab::int8 {

namespace {

constexpr std::int64_t kPiece = 1024;  // values at a time, so that their sums stay in the first cache

CONVOLAB_CLONES void addScaled(const std::uint8_t* x, std::int64_t count, std::int32_t zero, float multiplier, float* sums) {
    for (std::int64_t i = 0; i < count; ++i) sums[i] += static_cast<float>(x[i] - zero) * multiplier;
}

class AddOp final : public IntegerOp {
  public:
    explicit AddOp(const Add& add) : m_add(add) { implementation = "integers"; }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        auto* y = static_cast<std::uint8_t*>(output);
        parallelFor(n * m_add.shape.size(), kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            std::array<float, kPiece> sums;
            for (std::int64_t first = begin; first < end; first += kPiece) {
                const std::int64_t count = std::min(kPiece, end - first);
                sums.fill(0.0F);
                for (std::size_t k = 0; k < inputs.size(); ++k) {
                    addScaled(static_cast<const std::uint8_t*>(inputs[k]) + first, count, m_add.inputZero[k],
                              m_add.inputMultiplier[k], sums.data());
                }
                toGrid(sums.data(), count, m_add.requantization, y + first);
            }
        });
    }

  private:
    Add m_add;
};

class TableOp final : public IntegerOp {
  public:
    explicit TableOp(const Table& table) : m_table(table) { implementation = "table"; }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const auto* x = static_cast<const std::uint8_t*>(inputs[0]);
        auto* y = static_cast<std::uint8_t*>(output);
        const std::int64_t channels = m_table.perChannel() ? m_table.shape.channels() : 1;
        const std::uint8_t* entries = m_table.entries.data();
        parallelFor(n * m_table.shape.size() / channels, kElementGrain / channels + 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) {
                for (std::int64_t c = 0; c < channels; ++c) y[i * channels + c] = entries[c * 256 + x[i * channels + c]];
            }
        });
    }

  private:
    Table m_table;
};

class ConcatOp final : public IntegerOp {
  public:
    explicit ConcatOp(const Concat& concat) : m_concat(concat) { implementation = "integers"; }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        auto* y = static_cast<std::uint8_t*>(output);
        const std::int64_t channels = m_concat.output.channels();
        const std::int64_t pixels = n * m_concat.output.height() * m_concat.output.width();
        parallelFor(pixels, kElementGrain / channels + 1, [&](std::int64_t begin, std::int64_t end) {
            std::int64_t first = 0;
            for (std::size_t k = 0; k < inputs.size(); ++k) {
                const std::int64_t own = m_concat.inputs[k].channels();
                const auto* x = static_cast<const std::uint8_t*>(inputs[k]);
                for (std::int64_t pixel = begin; pixel < end; ++pixel) {
                    copy(x + pixel * own, own, m_concat.tables[k], y + pixel * channels + first);
                }
                first += own;
            }
        });
    }

  private:
    static void copy(const std::uint8_t* x, std::int64_t count, const std::vector<std::uint8_t>& table, std::uint8_t* y) {
        if (table.empty()) {
            std::memcpy(y, x, static_cast<std::size_t>(count));
            return;
        }
        for (std::int64_t c = 0; c < count; ++c) y[c] = table[x[c]];
    }

    Concat m_concat;
};

class FlattenOp final : public IntegerOp {
  public:
    explicit FlattenOp(const Flatten& flatten) : m_shape(flatten.input) { implementation = "reorder"; }

    void run(std::int64_t n, const std::vector<const void*>& inputs, void* output) override {
        const std::int64_t channels = m_shape.channels(), pixels = m_shape.height() * m_shape.width();
        parallelFor(n, 1 + kElementGrain / m_shape.size(), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t image = begin; image < end; ++image) {
                const auto* x = static_cast<const std::uint8_t*>(inputs[0]) + image * m_shape.size();
                auto* y = static_cast<std::uint8_t*>(output) + image * m_shape.size();
                for (std::int64_t c = 0; c < channels; ++c) {
                    for (std::int64_t i = 0; i < pixels; ++i) y[c * pixels + i] = x[i * channels + c];
                }
            }
        });
    }

  private:
    Shape m_shape;
};

}  // namespace

std::unique_ptr<IntegerOp> makeOp(const Add& add) { return std::make_unique<AddOp>(add); }
std::unique_ptr<IntegerOp> makeOp(const Table& table) { return std::make_unique<TableOp>(table); }
std::unique_ptr<IntegerOp> makeOp(const Concat& concat) { return std::make_unique<ConcatOp>(concat); }
std::unique_ptr<IntegerOp> makeOp(const Flatten& flatten) { return std::make_unique<FlattenOp>(flatten); }

}  // namespace convolab::int8
