#pragma once

#include <algorithm>
#include <cstring>
#include <exception>
#include <new>

#include "gpu/session/session_table.h"

namespace convolab::gpu {

inline void fill(ConvolabGpuFailure& failure, const SessionFailure& from) {
    failure = {};
    failure.state = from.outcome.state;
    failure.neededBytes = from.neededBytes;
    failure.freeBytes = from.freeBytes;
    failure.batchThatFits = from.batchThatFits;
    const std::size_t length = std::min(from.outcome.words.size(), sizeof failure.detail - 1);
    std::memcpy(failure.detail, from.outcome.words.data(), length);
}

/// An Answer as a C function gives it: 1, or 0 with `failure` filled. Nothing is thrown through it.
template <class Call>
std::int32_t guarded(ConvolabGpuFailure* failure, Call&& call) {
    Answer answer;
    try {
        answer = call();
    } catch (const std::bad_alloc&) {
        answer = SessionFailure{.outcome = {kGpuOutOfMemory, "main memory"}};
    } catch (const std::exception& error) {
        answer = SessionFailure{.outcome = {kGpuDriverFailed, error.what()}};
    }
    if (answer) fill(*failure, *answer);
    return answer ? 0 : 1;
}

}  // namespace convolab::gpu
