#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "core/util/result.h"

namespace convolab {

inline constexpr int kExitDone = 0;
inline constexpr int kExitFailed = 1;
inline constexpr int kExitUsage = 2;
inline constexpr int kExitInterrupted = 130;

/// Where a command's words go: results to stdout, progress and messages to stderr. With --json every result
/// is one JSON object on a line of its own.
class Console {
  public:
    bool json = false;
    bool quiet = false;
    bool verbose = false;

    void result(const std::string& line) const;               ///< stdout, not in JSON mode
    void object(const nlohmann::ordered_json& object) const;  ///< stdout, only in JSON mode
    void message(const std::string& line) const;              ///< stderr, unless --quiet
    void detail(const std::string& line) const;               ///< stderr, only with --verbose
    /// Prints the sentence to stderr and returns kExitFailed.
    int fail(const Error& error) const;
};

/// "98.62 ± 0.23 %": accuracy with its 95 % Wilson half width.
std::string accuracyText(double accuracy, std::int64_t images);
std::string durationText(double seconds);  ///< "12 s", "3 min 05 s", "2 h 03 min"

/// A progress bar that redraws itself on a terminal and never wraps, or a plain line now and then elsewhere.
class ProgressBar {
  public:
    explicit ProgressBar(const Console& console, std::string label);
    ~ProgressBar();
    /// `share` in [0, 1]; `details` follows the bar.
    void update(double share, const std::string& details);
    void finish(const std::string& details);
    void clear();  ///< takes the bar off the terminal, so that a message can be printed; the next update
                   ///< redraws it

  private:
    void draw(double share, const std::string& details);

    const Console& m_console;
    std::string m_label;
    bool m_terminal = false;
    bool m_open = false;
    double m_started = 0.0;
    double m_lastDrawn = -1.0;
    double m_lastLine = 0.0;
};

/// SIGINT and SIGTERM only set a flag: the running command looks at it between batches.
void watchInterrupts();
bool interrupted();

}  // namespace convolab
