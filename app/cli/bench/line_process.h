#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// A child process that answers each line on its stdin with one line on its stdout. It ends when this object does, and those
/// that it has started with it. It is no part of the terminal's job: Ctrl+C reaches only us.
class LineProcess {
  public:
    enum class Outcome { Answered, Ended, TimedOut, Stopped };
    struct Answer {
        Outcome outcome = Outcome::Ended;
        std::string line = {};  ///< if it answered
    };

    /// `environment`: variables to set besides our own; an empty value takes one away. `loud`: what it writes to stderr appears on ours, too. The error says
    /// that the program cannot be started.
    static Result<LineProcess> start(const std::vector<std::string>& arguments,
                                     const std::vector<std::pair<std::string, std::string>>& environment, bool loud);
    LineProcess(LineProcess&& other) noexcept;
    LineProcess& operator=(LineProcess&&) = delete;
    ~LineProcess();

    /// Sends a line and waits at most `seconds` for the answer; `goOn` (asked some times a second) may stop the waiting. After
    /// anything but an answer the process is of no more use.
    Answer ask(const std::string& line, double seconds, const std::function<bool()>& goOn);

    /// How it ended ("exit status 1", "signal 9 (Killed)") and the last lines that it wrote to stderr; waits a moment for both.
    std::string lastWords();

  private:
    LineProcess(pid_t child, int in, int out, int err, bool loud) : m_child(child), m_in(in), m_out(out), m_err(err), m_loud(loud) {}
    bool exchange(std::string& unsent, int milliseconds);
    void hear();
    bool hasEnded() const;
    std::string ending();

    pid_t m_child;
    int m_in, m_out, m_err;
    bool m_loud;
    std::string m_received;  ///< behind the last line that was handed out
    std::string m_heard;     ///< the end of what came from stderr
};

}  // namespace convolab
