#pragma once

#include <stdexcept>
#include <string>

namespace convolab {

/// A broken invariant of ours (never something that a user did). Caught at three seams only: one op's call, the
/// trainer's loop top, a backend's entry point.
class InvariantError : public std::logic_error {
  public:
    using std::logic_error::logic_error;
};

[[noreturn]] inline void failCheck(const char* condition, const char* file, int line, const std::string& message) {
    throw InvariantError(std::string(file) + ":" + std::to_string(line) + ": " + condition + ": " + message);
}

}  // namespace convolab

#define CONVOLAB_CHECK(condition, message)                                                \
    do {                                                                                  \
        if (!(condition)) ::convolab::failCheck(#condition, __FILE__, __LINE__, message); \
    } while (false)
