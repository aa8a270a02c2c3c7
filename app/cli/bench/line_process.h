#pragma once

#include <sys/types.h>

#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// A child process that answers each line on its stdin with one line on its stdout. It ends when this object does; what it
/// writes to stderr is thrown away, unless `loud`.
class LineProcess {
  public:
    /// `environment`: variables to set besides our own. The error says that the program cannot be started.
    static Result<LineProcess> start(const std::vector<std::string>& arguments,
                                     const std::vector<std::pair<std::string, std::string>>& environment, bool loud);
    LineProcess(LineProcess&& other) noexcept;
    LineProcess& operator=(LineProcess&&) = delete;
    ~LineProcess();

    /// Sends a line and waits for the answer. Nothing: the process has ended, or `goOn` (asked some times a second) said no.
    std::optional<std::string> ask(const std::string& line, const std::function<bool()>& goOn);

  private:
    LineProcess(pid_t child, int in, int out) : m_child(child), m_in(in), m_out(out) {}

    pid_t m_child;
    int m_in, m_out;
    std::string m_received;  ///< behind the last line that was handed out
};

}  // namespace convolab
