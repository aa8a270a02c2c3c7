#include "core/compress/coding/bit_stream.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace convolab {

void BitWriter::bits(std::uint32_t value, int count) {
    while (count > 0) {
        if (m_free == 0) {
            m_bytes.push_back('\0');
            m_free = 8;
        }
        const int taken = std::min(count, m_free);
        const std::uint32_t part = (value >> (count - taken)) & ((1U << taken) - 1U);
        const auto last = static_cast<std::uint8_t>(m_bytes.back());
        m_bytes.back() = static_cast<char>(last | (part << (m_free - taken)));
        m_free -= taken;
        count -= taken;
    }
}

void BitWriter::align() { m_free = 0; }

void BitWriter::byte(std::uint8_t value) {
    align();
    m_bytes.push_back(static_cast<char>(value));
}

void BitWriter::number(std::uint64_t value) {
    while (value >= 0x80) {
        byte(static_cast<std::uint8_t>(value | 0x80));
        value >>= 7;
    }
    byte(static_cast<std::uint8_t>(value));
}

void BitWriter::real(float value) {
    const auto pattern = std::bit_cast<std::uint32_t>(value);
    for (int shift = 0; shift < 32; shift += 8) byte(static_cast<std::uint8_t>(pattern >> shift));
}

void BitWriter::text(std::string_view bytes) {
    align();
    m_bytes.append(bytes);
}

std::string BitWriter::take() {
    align();
    return std::exchange(m_bytes, {});
}

bool BitReader::has(std::size_t bits) {
    m_ok = m_ok && bits <= m_bytes.size() * 8 - std::min(m_position, m_bytes.size() * 8);
    return m_ok;
}

std::uint32_t BitReader::bits(int count) {
    if (!has(static_cast<std::size_t>(count))) return 0;
    std::uint64_t value = 0;
    while (count > 0) {
        const int left = 8 - static_cast<int>(m_position % 8);
        const int taken = std::min(count, left);
        const auto last = static_cast<std::uint8_t>(m_bytes[m_position / 8]);
        value = (value << taken) | ((static_cast<std::uint32_t>(last) >> (left - taken)) & ((1U << taken) - 1U));
        m_position += static_cast<std::size_t>(taken);
        count -= taken;
    }
    return static_cast<std::uint32_t>(value);
}

std::uint8_t BitReader::byte() {
    align();
    return static_cast<std::uint8_t>(bits(8));
}

std::uint64_t BitReader::number() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 63; shift += 7) {
        const std::uint8_t part = byte();
        value |= static_cast<std::uint64_t>(part & 0x7F) << shift;
        if ((part & 0x80) == 0) return value;
    }
    m_ok = false;
    return 0;
}

float BitReader::real() {
    std::uint32_t pattern = 0;
    for (int shift = 0; shift < 32; shift += 8) pattern |= static_cast<std::uint32_t>(byte()) << shift;
    return std::bit_cast<float>(pattern);
}

std::string_view BitReader::text(std::size_t size) {
    align();
    if (size > m_bytes.size() || !has(size * 8)) {
        m_ok = false;
        return {};
    }
    const std::string_view part = m_bytes.substr(m_position / 8, size);
    m_position += size * 8;
    return part;
}

}  // namespace convolab
