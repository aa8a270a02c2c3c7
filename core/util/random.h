#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace convolab {

/// Independent purposes draw from independent streams, so that watching or augmenting never changes the run.
enum class RandomStreamId : std::uint32_t {
    Initialisation = 1,
    Shuffle = 2,
    Augmentation = 3,
    Dropout = 4,
    Attack = 5,
    Analysis = 6,
    Data = 7,  ///< built-in generated data sets
};

/// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011): four 32-bit values as a
/// pure function of key and counter.
std::array<std::uint32_t, 4> philox(std::array<std::uint32_t, 2> key, std::array<std::uint32_t, 4> counter);

/// The Philox key of a sequence: what random access to its blocks needs (counter: block index, then minor).
std::array<std::uint32_t, 2> randomKey(std::uint64_t seed, RandomStreamId stream, std::uint64_t major);

/// The value sequence f(seed, stream, major, minor, 0), f(…, 1), …; `major` is usually the epoch or step, `minor`
/// the sample, layer or element. No hidden state is shared: two sequences with equal arguments are equal, whatever
/// thread draws them. Not thread-safe itself; make one where it is needed.
class RandomSequence {
  public:
    RandomSequence(std::uint64_t seed, RandomStreamId stream, std::uint64_t major = 0, std::uint64_t minor = 0);

    std::uint32_t next();
    float uniform();                         ///< [0, 1), 24 bits
    float uniform(float low, float high);    ///< [low, high)
    float normal();                          ///< mean 0, variance 1 (Box–Muller)
    std::uint32_t below(std::uint32_t bound);  ///< 0 … bound − 1 without modulo bias; bound > 0

  private:
    std::array<std::uint32_t, 2> m_key;
    std::array<std::uint32_t, 4> m_counter;
    std::array<std::uint32_t, 4> m_block{};
    int m_used = 4;
    float m_spare = 0.0F;
    bool m_hasSpare = false;
};

/// A permutation of 0 … count − 1 (Fisher–Yates on the sequence above).
std::vector<std::int64_t> permutation(std::int64_t count, std::uint64_t seed, RandomStreamId stream,
                                      std::uint64_t major);

}  // namespace convolab
