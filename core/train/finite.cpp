#include "core/train/finite.h"

#include <bit>
#include <cstdint>

#include "core/train/optimizers/elementwise.h"

namespace convolab {

namespace {

// All eight exponent bits set: adding one to the exponent then carries into the sign bit.
CONVOLAB_VECTOR_CLONES
std::uint32_t exponentOverflow(const float* values, std::size_t count) {
    constexpr std::uint32_t kMagnitude = 0x7FFFFFFFU;
    constexpr std::uint32_t kExponentOne = 0x00800000U;
    std::uint32_t seen = 0;
    for (std::size_t i = 0; i < count; ++i) {
        seen |= (std::bit_cast<std::uint32_t>(values[i]) & kMagnitude) + kExponentOne;
    }
    return seen & 0x80000000U;
}

}  // namespace

bool allFinite(std::span<const float> values) { return exponentOverflow(values.data(), values.size()) == 0; }

}  // namespace convolab
