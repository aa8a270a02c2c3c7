#include "core/compress/coding/huffman.h"

#include <algorithm>
#include <numeric>

#include "core/util/check.h"

namespace convolab {

namespace {

constexpr int kLengthBits = 4;
constexpr int kSymbolBits = 8;
constexpr std::size_t kMostSymbols = 256;

/// Package-merge: a leaf of a symbol, or a pair of earlier packages.
struct Package {
    std::int64_t weight = 0;
    int symbol = -1;
    std::size_t left = 0, right = 0;
};

/// Counts how often each symbol lies in a package: the length of its code.
void addLengths(const std::vector<Package>& all, std::size_t which, std::vector<std::uint8_t>& lengths) {
    const Package& package = all[which];
    if (package.symbol >= 0) {
        ++lengths[static_cast<std::size_t>(package.symbol)];
        return;
    }
    addLengths(all, package.left, lengths);
    addLengths(all, package.right, lengths);
}

std::vector<std::uint8_t> limitedLengths(std::span<const std::int64_t> counts, int longest) {
    std::vector<std::uint8_t> lengths(counts.size(), 0);
    std::vector<Package> all;
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) {
        if (counts[symbol] > 0) all.push_back({counts[symbol], static_cast<int>(symbol), 0, 0});
    }
    if (all.size() == 1) lengths[static_cast<std::size_t>(all.front().symbol)] = 1;
    if (all.size() < 2) return lengths;
    std::ranges::stable_sort(all, {}, &Package::weight);
    std::vector<std::size_t> leaves(all.size());
    std::iota(leaves.begin(), leaves.end(), std::size_t{0});
    std::vector<std::size_t> row = leaves;
    const auto lighter = [&](std::size_t a, std::size_t b) { return all[a].weight < all[b].weight; };
    for (int level = 1; level < longest; ++level) {
        std::vector<std::size_t> pairs;
        for (std::size_t i = 0; i + 1 < row.size(); i += 2) {
            pairs.push_back(all.size());
            all.push_back({all[row[i]].weight + all[row[i + 1]].weight, -1, row[i], row[i + 1]});
        }
        row.clear();
        std::merge(leaves.begin(), leaves.end(), pairs.begin(), pairs.end(), std::back_inserter(row), lighter);
    }
    for (std::size_t i = 0; i < 2 * leaves.size() - 2; ++i) addLengths(all, row[i], lengths);
    return lengths;
}

}  // namespace

HuffmanCode::HuffmanCode(std::span<const std::int64_t> counts) : m_lengths(limitedLengths(counts, kLongest)) {
    CONVOLAB_CHECK(counts.size() <= kMostSymbols, "an alphabet of more than 256 symbols");
    while (!m_lengths.empty() && m_lengths.back() == 0) m_lengths.pop_back();
    CONVOLAB_CHECK(m_lengths.empty() || makeCodes(), "package-merge gave no complete code");
    m_lengths.resize(counts.size(), 0);
    m_codes.resize(counts.size(), 0);
}

bool HuffmanCode::makeCodes() {
    for (const std::uint8_t length : m_lengths) ++m_lengthCount[length];
    m_lengthCount[0] = 0;
    std::uint32_t code = 0;
    std::uint32_t index = 0;
    std::uint64_t filled = 0;  // of the 2^kLongest longest codes
    for (int length = 1; length <= kLongest; ++length) {
        code = (code + m_lengthCount[length - 1]) << 1;
        m_firstCode[length] = code;
        m_firstIndex[length] = index;
        index += m_lengthCount[length];
        filled += static_cast<std::uint64_t>(m_lengthCount[length]) << (kLongest - length);
    }
    const bool lone = index == 1 && m_lengthCount[1] == 1;
    if (filled != (std::uint64_t{1} << kLongest) && !lone) return false;
    m_codes.assign(m_lengths.size(), 0);
    m_sorted.assign(index, 0);
    std::uint32_t used[kLongest + 2] = {};
    for (std::size_t symbol = 0; symbol < m_lengths.size(); ++symbol) {
        const std::uint8_t length = m_lengths[symbol];
        if (length == 0) continue;
        m_codes[symbol] = static_cast<std::uint16_t>(m_firstCode[length] + used[length]);
        m_sorted[m_firstIndex[length] + used[length]++] = static_cast<std::uint8_t>(symbol);
    }
    return true;
}

std::int64_t HuffmanCode::tableBits() const {
    std::int64_t last = 0;
    for (std::size_t symbol = 0; symbol < m_lengths.size(); ++symbol) {
        if (m_lengths[symbol] > 0) last = static_cast<std::int64_t>(symbol);
    }
    return kSymbolBits + kLengthBits * (last + 1);
}

std::int64_t HuffmanCode::messageBits(std::span<const std::int64_t> counts) const {
    std::int64_t bits = 0;
    for (std::size_t symbol = 0; symbol < counts.size(); ++symbol) bits += counts[symbol] * m_lengths[symbol];
    return bits;
}

void HuffmanCode::writeTable(BitWriter& writer) const {
    const auto stored = static_cast<std::size_t>((tableBits() - kSymbolBits) / kLengthBits);
    writer.bits(static_cast<std::uint32_t>(stored - 1), kSymbolBits);
    for (std::size_t symbol = 0; symbol < stored; ++symbol) writer.bits(m_lengths[symbol], kLengthBits);
}

void HuffmanCode::write(BitWriter& writer, std::uint8_t symbol) const {
    writer.bits(m_codes[symbol], m_lengths[symbol]);
}

std::optional<HuffmanCode> HuffmanCode::readTable(BitReader& reader) {
    HuffmanCode code;
    code.m_lengths.resize(reader.bits(kSymbolBits) + 1);
    for (std::uint8_t& length : code.m_lengths) length = static_cast<std::uint8_t>(reader.bits(kLengthBits));
    if (!reader.ok() || !code.makeCodes()) return std::nullopt;
    return code;
}

std::optional<std::uint8_t> HuffmanCode::read(BitReader& reader) const {
    std::uint32_t code = 0;
    for (int length = 1; length <= kLongest; ++length) {
        code = (code << 1) | reader.bits(1);
        if (!reader.ok()) return std::nullopt;
        if (code < m_firstCode[length] + m_lengthCount[length]) {
            if (code < m_firstCode[length]) return std::nullopt;
            return m_sorted[m_firstIndex[length] + code - m_firstCode[length]];
        }
    }
    return std::nullopt;
}

std::int64_t huffmanBits(std::span<const std::int64_t> counts) {
    if (std::ranges::all_of(counts, [](std::int64_t count) { return count == 0; })) return 0;
    const HuffmanCode code(counts);
    return code.tableBits() + code.messageBits(counts);
}

}  // namespace convolab
