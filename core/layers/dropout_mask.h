#pragma once

#include <array>
#include <cstdint>

#include "core/util/random.h"

namespace convolab {

/// Which elements of a layer's output dropout keeps in one step: a pure function of (seed, step, layer, element), so
/// every tier and any number of threads give the same mask. Element i takes value i mod 4 of Philox block i / 4 of
/// the sequence RandomSequence(seed, Dropout, step, nodeKey); it is kept if that value is at least `rate`.
class DropoutMask {
  public:
    DropoutMask(std::uint64_t seed, std::uint64_t step, std::uint64_t nodeKey, double rate)
        : m_key(randomKey(seed, RandomStreamId::Dropout, step)),
          m_nodeKey(nodeKey),
          m_threshold(static_cast<std::uint32_t>(rate * 16777216.0)) {}

    /// Of the elements 4·block … 4·block + 3.
    std::array<bool, 4> keepsBlock(std::uint64_t block) const {
        const auto values = philox(m_key, {static_cast<std::uint32_t>(block), static_cast<std::uint32_t>(block >> 32),
                                           static_cast<std::uint32_t>(m_nodeKey),
                                           static_cast<std::uint32_t>(m_nodeKey >> 32)});
        return {keepsValue(values[0]), keepsValue(values[1]), keepsValue(values[2]), keepsValue(values[3])};
    }

    bool keeps(std::uint64_t element) const { return keepsBlock(element / 4)[element % 4]; }

  private:
    bool keepsValue(std::uint32_t value) const { return (value >> 8) >= m_threshold; }

    std::array<std::uint32_t, 2> m_key;
    std::uint64_t m_nodeKey;
    std::uint32_t m_threshold;
};

/// One element on its own. Loops make a DropoutMask once and ask it.
inline bool dropoutKeeps(std::uint64_t seed, std::uint64_t step, std::uint64_t nodeKey, std::uint64_t element,
                         double rate) {
    return DropoutMask(seed, step, nodeKey, rate).keeps(element);
}

}  // namespace convolab
