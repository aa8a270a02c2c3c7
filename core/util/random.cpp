#include "core/util/random.h"

#include <cmath>
#include <numbers>
#include <numeric>

namespace convolab {

namespace {

constexpr std::uint32_t kMultiplier0 = 0xD2511F53;
constexpr std::uint32_t kMultiplier1 = 0xCD9E8D57;
constexpr std::uint32_t kWeyl0 = 0x9E3779B9;
constexpr std::uint32_t kWeyl1 = 0xBB67AE85;
constexpr int kRounds = 10;

std::uint64_t mix(std::uint64_t value) {
    value += 0x9E3779B97F4A7C15ULL;
    value = (value ^ (value >> 30)) * 0xBF58476D1CE4E5B9ULL;
    value = (value ^ (value >> 27)) * 0x94D049BB133111EBULL;
    return value ^ (value >> 31);
}

}  // namespace

std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 4> counter) {
    for (int round = 0; round < kRounds; ++round) {
        const std::uint64_t product0 = std::uint64_t{kMultiplier0} * counter[0];
        const std::uint64_t product1 = std::uint64_t{kMultiplier1} * counter[2];
        counter = {static_cast<std::uint32_t>(product1 >> 32) ^ counter[1] ^ key[0],
                   static_cast<std::uint32_t>(product1),
                   static_cast<std::uint32_t>(product0 >> 32) ^ counter[3] ^ key[1],
                   static_cast<std::uint32_t>(product0)};
        key[0] += kWeyl0;
        key[1] += kWeyl1;
    }
    return counter;
}

std::array<std::uint32_t, 2> randomKey(std::uint64_t seed, RandomStreamId stream, std::uint64_t major) {
    const std::uint64_t key = mix(mix(seed) ^ mix((static_cast<std::uint64_t>(stream) << 56) ^ major));
    return {static_cast<std::uint32_t>(key), static_cast<std::uint32_t>(key >> 32)};
}

RandomSequence::RandomSequence(std::uint64_t seed, RandomStreamId stream, std::uint64_t major,
                               std::uint64_t minor) {
    // The stream and the major index are folded into the key, the minor index into the counter's upper half.
    m_key = randomKey(seed, stream, major);
    m_counter = {0, 0, static_cast<std::uint32_t>(minor), static_cast<std::uint32_t>(minor >> 32)};
}

std::uint32_t RandomSequence::next() {
    if (m_used == 4) {
        m_block = philox(m_key, m_counter);
        if (++m_counter[0] == 0) ++m_counter[1];
        m_used = 0;
    }
    return m_block[static_cast<std::size_t>(m_used++)];
}

float RandomSequence::uniform() { return static_cast<float>(next() >> 8) * (1.0F / 16777216.0F); }

float RandomSequence::uniform(float low, float high) { return low + (high - low) * uniform(); }

float RandomSequence::normal() {
    if (m_hasSpare) {
        m_hasSpare = false;
        return m_spare;
    }
    const double radius = std::sqrt(-2.0 * std::log(1.0 - static_cast<double>(uniform())));
    const double angle = 2.0 * std::numbers::pi * static_cast<double>(uniform());
    m_spare = static_cast<float>(radius * std::sin(angle));
    m_hasSpare = true;
    return static_cast<float>(radius * std::cos(angle));
}

std::uint32_t RandomSequence::below(std::uint32_t bound) {
    const std::uint32_t threshold = (0U - bound) % bound;
    std::uint32_t value = next();
    while (value < threshold) value = next();
    return value % bound;
}

std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, RandomStreamId stream,
                                      std::uint64_t major) {
    std::vector<std::int64_t> order(static_cast<std::size_t>(count));
    std::iota(order.begin(), order.end(), std::int64_t{0});
    RandomSequence random(seed, stream, major);
    for (std::int64_t i = count - 1; i > 0; --i) {
        const auto j = random.below(static_cast<std::uint32_t>(i + 1));
        std::swap(order[static_cast<std::size_t>(i)], order[j]);
    }
    return order;
}

}  // namespace convolab
