#include "core/compress/coding/relative_index.h"

#include <bit>
#include <cstring>

namespace convolab {

namespace {

constexpr std::size_t kShortGaps = 1024;

/// Calls found(gap) for every kept weight. Eight pruned ones are skipped at once.
template <class Found>
void forEachGap(std::span<const std::uint8_t> keep, Found found) {
    std::size_t last = 0;  // behind the last kept one
    std::size_t i = 0;
    while (i < keep.size()) {
        std::uint64_t eight = 1;
        if (i + 8 <= keep.size()) std::memcpy(&eight, keep.data() + i, 8);
        if (eight == 0) {
            i += 8;
            continue;
        }
        if (keep[i] != 0) {
            found(i - last);
            last = i + 1;
        }
        ++i;
    }
}

}  // namespace

Gaps::Gaps(std::span<const std::uint8_t> keep)
    : m_short(kShortGaps, 0), m_total(static_cast<std::int64_t>(keep.size())) {
    forEachGap(keep, [this](std::size_t gap) {
        ++m_kept;
        if (gap < kShortGaps) {
            ++m_short[gap];
        } else {
            m_long.push_back(static_cast<std::int64_t>(gap));
        }
    });
}

std::vector<std::int64_t> Gaps::symbolCounts(int bits) const {
    const std::int64_t filler = (std::int64_t{1} << bits) - 1;
    std::vector<std::int64_t> counts(static_cast<std::size_t>(filler) + 1, 0);
    const auto add = [&](std::int64_t gap, std::int64_t times) {
        counts[static_cast<std::size_t>(gap % filler)] += times;
        counts[static_cast<std::size_t>(filler)] += gap / filler * times;
    };
    for (std::size_t gap = 0; gap < m_short.size(); ++gap) {
        if (m_short[gap] > 0) add(static_cast<std::int64_t>(gap), m_short[gap]);
    }
    for (const std::int64_t gap : m_long) add(gap, 1);
    return counts;
}

std::vector<std::uint8_t> indexSymbols(std::span<const std::uint8_t> keep, int bits) {
    const std::size_t filler = (std::size_t{1} << bits) - 1;
    std::vector<std::uint8_t> symbols;
    forEachGap(keep, [&](std::size_t gap) {
        symbols.insert(symbols.end(), gap / filler, static_cast<std::uint8_t>(filler));
        symbols.push_back(static_cast<std::uint8_t>(gap % filler));
    });
    return symbols;
}

std::optional<std::int64_t> IndexReader::next(std::uint8_t symbol) {
    const bool isFiller = symbol == m_filler;
    const std::int64_t position = m_next + symbol;
    if (symbol > m_filler || position + (isFiller ? 0 : 1) > m_total) return std::nullopt;
    m_next = position + (isFiller ? 0 : 1);
    return isFiller ? -1 : position;
}

std::vector<std::uint8_t> keptOf(std::span<const float> values) {
    std::vector<std::uint8_t> keep(values.size());
    for (std::size_t i = 0; i < values.size(); ++i) keep[i] = std::bit_cast<std::uint32_t>(values[i]) != 0;
    return keep;
}

}  // namespace convolab
