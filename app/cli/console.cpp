#include "app/cli/console.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <csignal>
#include <cstdio>
#include <nlohmann/json.hpp>

#include "core/util/interval.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

volatile std::sig_atomic_t g_interrupted = 0;

void onInterrupt(int) {
    // A second one ends the program at once.
    if (g_interrupted != 0) _exit(kExitInterrupted);
    g_interrupted = 1;
}

double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

constexpr double kRedrawSeconds = 0.1;
constexpr double kLineSeconds = 5.0;
constexpr int kLongestBar = 28, kShortestBar = 6;
constexpr int kUsualColumns = 80;

int terminalColumns() {
    winsize size{};
    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : kUsualColumns;
}

int columnsOf(const std::string& text) {
    return static_cast<int>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

std::string cutTo(const std::string& text, int columns) {
    int seen = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const bool starts = (static_cast<unsigned char>(text[i]) & 0xC0) != 0x80;
        if (starts && seen++ == columns) return text.substr(0, i);
    }
    return text;
}

/// The rest of a long wait does not need its seconds.
std::string timeLeftText(double seconds) {
    if (seconds < 60) return std::to_string(std::llround(seconds)) + " s left";
    return std::to_string(std::llround(seconds / 60)) + " min left";
}

}  // namespace

void Console::result(const std::string& line) const {
    if (!json) std::printf("%s\n", line.c_str());
}

void Console::object(const nlohmann::ordered_json& object) const {
    if (!json) return;
    std::printf("%s\n",
                object.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace).c_str());
    std::fflush(stdout);
}

void Console::message(const std::string& line) const {
    if (!quiet) std::fprintf(stderr, "%s\n", line.c_str());
}

void Console::detail(const std::string& line) const {
    if (verbose && !quiet) std::fprintf(stderr, "%s\n", line.c_str());
}

int Console::fail(const Error& error) const {
    std::fflush(stdout);
    std::fprintf(stderr, "convolab: %s\n", error.sentence().c_str());
    return kExitFailed;
}

std::string accuracyText(double accuracy, std::int64_t images) {
    if (images <= 0) return "–";
    const ShareInterval interval = wilsonInterval(std::llround(accuracy * static_cast<double>(images)), images);
    return fixedText(100 * accuracy, 2) + " ± " + fixedText(100 * interval.halfWidth(), 2) + " %";
}

std::string durationText(double seconds) {
    if (seconds < 10) return fixedText(seconds, 1) + " s";
    const auto whole = static_cast<long long>(std::llround(seconds));
    if (whole < 60) return std::to_string(whole) + " s";
    const auto two = [](long long value) { return (value < 10 ? "0" : "") + std::to_string(value); };
    if (whole < 3600) return std::to_string(whole / 60) + " min " + two(whole % 60) + " s";
    return std::to_string(whole / 3600) + " h " + two(whole / 60 % 60) + " min";
}

ProgressBar::ProgressBar(const Console& console, std::string label)
    : m_console(console),
      m_label(std::move(label)),
      m_terminal(isatty(STDERR_FILENO) != 0),
      m_started(now()) {}

ProgressBar::~ProgressBar() {
    if (m_open && m_terminal) std::fputc('\n', stderr);
}

void ProgressBar::update(double share, const std::string& details) {
    if (m_console.quiet) return;
    const double time = now();
    if (m_terminal) {
        if (time - m_lastDrawn < kRedrawSeconds) return;
        m_lastDrawn = time;
        draw(share, details);
    } else if (share < 1.0 && time - std::max(m_lastLine, m_started) >= kLineSeconds) {
        m_lastLine = time;
        std::fprintf(stderr, "%s %3.0f %%  %s\n", m_label.c_str(), 100 * share, details.c_str());
    }
}

void ProgressBar::draw(double share, const std::string& details) {
    share = std::clamp(share, 0.0, 1.0);
    const double elapsed = now() - m_started;
    std::string left;
    if (share > 0.02 && share < 1.0) left = "  " + timeLeftText(elapsed / share * (1 - share));
    const int percent = static_cast<int>(100 * share);
    const std::string number = std::string(percent < 10    ? 2
                                           : percent < 100 ? 1
                                                           : 0,
                                           ' ') +
                               std::to_string(percent) + " %  ";
    // The last column stays free: terminals wrap when it is written.
    const int columns = terminalColumns() - 1;
    const int fixed = columnsOf(m_label) + 2 + columnsOf(number) + columnsOf(details);
    if (columns - fixed - columnsOf(left) < kShortestBar) left.clear();
    const int width = std::min(kLongestBar, columns - fixed - columnsOf(left));
    std::string line = m_label + " ";
    if (width >= kShortestBar) {
        const int filled = static_cast<int>(share * width);
        for (int i = 0; i < width; ++i) line += i < filled ? "█" : "░";
        line += " ";
    }
    std::fprintf(stderr, "\r\033[2K%s", cutTo(line + number + details + left, columns).c_str());
    std::fflush(stderr);
    m_open = true;
}

void ProgressBar::clear() {
    if (!m_open || !m_terminal) return;
    std::fprintf(stderr, "\r\033[2K");
    m_open = false;
    m_lastDrawn = -1.0;
}

void ProgressBar::finish(const std::string& details) {
    if (m_console.quiet) return;
    if (m_terminal) {
        draw(1.0, details);
        std::fputc('\n', stderr);
        m_open = false;
    } else {
        std::fprintf(stderr, "%s 100 %%  %s\n", m_label.c_str(), details.c_str());
    }
}

void watchInterrupts() {
    g_interrupted = 0;
    struct sigaction action {};
    action.sa_handler = onInterrupt;
    sigemptyset(&action.sa_mask);
    // Matrix products of oneDNN use the stack pointer for data: a signal's frame on that "stack" would overwrite the heap.
    alignas(64) static char stack[std::size_t{1} << 16];
    stack_t aside{};
    aside.ss_sp = stack;
    aside.ss_size = sizeof stack;
    if (sigaltstack(&aside, nullptr) == 0) action.sa_flags |= SA_ONSTACK;
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

bool interrupted() { return g_interrupted != 0; }

}  // namespace convolab
