#pragma once

#include <cstddef>
#include <optional>

#include "gpu/kernels/body.h"
#include "gpu/launch/outcome.h"

namespace convolab::gpu {

/// A failure with what a person needs to know to avoid it.
struct SessionFailure {
    Outcome outcome;
    std::size_t neededBytes = 0, freeBytes = 0;
    Index batchThatFits = 0;
};

using Answer = std::optional<SessionFailure>;  ///< nothing: done

inline Answer answer(Outcome outcome) { return outcome.ok() ? Answer{} : SessionFailure{.outcome = std::move(outcome)}; }

}  // namespace convolab::gpu
