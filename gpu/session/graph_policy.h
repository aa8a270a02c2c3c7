#pragma once

#include <cstdint>
#include <map>

namespace convolab::gpu {

/// Which lists of launches are recorded as a CUDA graph. Recording costs as much as some steps and memory on the device, so
/// a list is recorded when it comes for the second time (full batches; the smaller last batch of an epoch from its second
/// epoch on), and of more than kSlots lists the one that was used longest ago gives way.
class GraphPolicy {
  public:
    static constexpr int kSlots = 4;

    enum class Step { Run, Record, Replay };
    struct Decision {
        Step step = Step::Run;
        int slot = -1;  ///< of Record and Replay
    };

    /// `key` names a list that is the same every time.
    Decision decide(std::uint64_t key);
    /// The recording failed: its list is run from now on.
    void giveUp(std::uint64_t key);
    void forgetAll();  ///< the lists have changed

  private:
    struct Known {
        std::int64_t seen = 0, lastUse = 0;
        int slot = -1;
        bool givenUp = false;
    };
    int freeSlot();

    std::map<std::uint64_t, Known> m_known;
    std::int64_t m_time = 0;
};

}  // namespace convolab::gpu
