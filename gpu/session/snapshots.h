#pragma once

#include "gpu/session/executor.h"

namespace convolab::gpu {

/// Pictures of the weights that come over while steps run: two places in page-locked memory, one of them the newest that is complete
/// while the other one is filled. Nobody waits: who posts while one is on its way is told so, who takes gets what is there.
class Snapshots {
  public:
    /// Behind what runs now. `shadow` is the device's memory for the pieces, one after the other. `posted` false: one is on its way.
    Outcome post(Executor& executor, Index step, std::span<const Executor::Piece> pieces, std::byte* shadow, bool* posted);
    /// The newest complete one and its step, once; null: there is none. Valid until the next call.
    Outcome take(Executor& executor, const std::byte** picture, Index* step);

  private:
    Outcome look(Executor& executor);

    int m_coming = -1, m_complete = -1;  ///< slots; −1: none
    Index m_steps[2] = {};
};

}  // namespace convolab::gpu
