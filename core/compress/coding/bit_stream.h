#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace convolab {

/// Bits in a row, the most significant of each value first; bytes begin at byte borders.
class BitWriter {
  public:
    void bits(std::uint32_t value, int count);  ///< its `count` lowest, 0 … 32
    void align();                               ///< zeros up to the next byte
    void byte(std::uint8_t value);
    void number(std::uint64_t value);           ///< 7 bits a byte, lowest first, the highest bit: more follow
    void real(float value);                     ///< 4 bytes, little-endian
    void text(std::string_view bytes);

    std::size_t size() const { return m_bytes.size(); }  ///< bytes so far, the begun one included
    std::string take();

  private:
    std::string m_bytes;
    int m_free = 0;  // bits of the last byte
};

/// Reads them back. Past the end it gives 0 and remembers: ask ok() before believing what was read.
class BitReader {
  public:
    explicit BitReader(std::string_view bytes) : m_bytes(bytes) {}

    std::uint32_t bits(int count);
    void align() { m_position = (m_position + 7) / 8 * 8; }
    std::uint8_t byte();
    std::uint64_t number();
    float real();
    std::string_view text(std::size_t size);

    bool ok() const { return m_ok; }
    std::size_t bitsLeft() const { return m_ok ? m_bytes.size() * 8 - m_position : 0; }
    std::size_t bytesLeft() const { return bitsLeft() / 8; }
    bool atEnd() { align(); return m_ok && m_position == m_bytes.size() * 8; }

  private:
    bool has(std::size_t bits);

    std::string_view m_bytes;
    std::size_t m_position = 0;  // in bits
    bool m_ok = true;
};

}  // namespace convolab
