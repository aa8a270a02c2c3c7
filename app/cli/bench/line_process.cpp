#include "app/cli/bench/line_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <thread>

namespace convolab {

namespace {

using Clock = std::chrono::steady_clock;

constexpr int kLookEvery = 200;  // milliseconds
constexpr auto kPatience = std::chrono::milliseconds(500);  // for a child to end by itself
constexpr std::size_t kMostHeard = 8192;  // bytes of stderr
constexpr std::size_t kLastLines = 3, kMostWords = 400;

struct Pipe {
    int ends[2] = {-1, -1};
    bool open() { return pipe2(ends, O_CLOEXEC) == 0; }
    void close(int end) {
        if (ends[end] >= 0) ::close(ends[end]);
        ends[end] = -1;
    }
    int take(int end) { return std::exchange(ends[end], -1); }
    ~Pipe() {
        close(0);
        close(1);
    }
};

std::vector<char*> pointers(std::vector<std::string>& texts) {
    std::vector<char*> result;
    for (std::string& text : texts) result.push_back(text.data());
    result.push_back(nullptr);
    return result;
}

std::vector<std::string> mergedEnvironment(const std::vector<std::pair<std::string, std::string>>& changes) {
    std::vector<std::string> result;
    for (char** entry = environ; *entry != nullptr; ++entry) {
        const std::string text = *entry;
        bool replaced = false;
        for (const auto& [name, value] : changes) replaced = replaced || text.starts_with(name + "=");
        if (!replaced) result.push_back(text);
    }
    for (const auto& [name, value] : changes) {
        if (!value.empty()) result.push_back(name + "=" + value);
    }
    return result;
}

/// The last lines that are not empty, the newest last.
std::string lastLines(const std::string& text) {
    std::string result;
    std::size_t end = text.size();
    for (std::size_t lines = 0; lines < kLastLines && end > 0;) {
        const std::size_t begin = text.rfind('\n', end - 1) == std::string::npos ? 0 : text.rfind('\n', end - 1) + 1;
        std::string line = text.substr(begin, end - begin);
        while (!line.empty() && std::isspace(static_cast<unsigned char>(line.back())) != 0) line.pop_back();
        line.erase(0, line.find_first_not_of(" \t"));
        end = begin > 0 ? begin - 1 : 0;
        if (line.empty()) continue;
        if (!result.empty() && result.size() + line.size() > kMostWords) break;
        result = result.empty() ? line : line + " / " + result;
        ++lines;
    }
    return result.size() > kMostWords ? result.substr(result.size() - kMostWords) : result;
}

}  // namespace

Result<LineProcess> LineProcess::start(const std::vector<std::string>& arguments,
                                       const std::vector<std::pair<std::string, std::string>>& environment, bool loud) {
    std::signal(SIGPIPE, SIG_IGN);  // a child that has ended is noticed by its missing answer
    Pipe in, out, err;
    if (!in.open() || !out.open() || !err.open()) return Error{ErrorCode::IoFailure, std::string("no pipe: ") + std::strerror(errno), "", ""};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, err.ends[1], STDERR_FILENO);
    posix_spawnattr_t attributes;
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
    posix_spawnattr_setpgroup(&attributes, 0);  // a group of its own
    std::vector<std::string> words = arguments;
    std::vector<std::string> variables = mergedEnvironment(environment);
    pid_t child = -1;
    const int failure = posix_spawnp(&child, words.front().c_str(), &actions, &attributes, pointers(words).data(),
                                     pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
    if (failure != 0) {
        return Error{ErrorCode::NotFound, "cannot start \"" + arguments.front() + "\": " + std::strerror(failure), "",
                     "check the path"};
    }
    fcntl(in.ends[1], F_SETFL, O_NONBLOCK);  // a child that does not read must not hold us up
    return LineProcess(child, in.take(1), out.take(0), err.take(0), loud);
}

LineProcess::LineProcess(LineProcess&& other) noexcept
    : m_child(std::exchange(other.m_child, -1)), m_in(std::exchange(other.m_in, -1)), m_out(std::exchange(other.m_out, -1)),
      m_err(std::exchange(other.m_err, -1)), m_loud(other.m_loud), m_received(std::move(other.m_received)),
      m_heard(std::move(other.m_heard)) {}

LineProcess::~LineProcess() {
    for (const int end : {m_in, m_out, m_err}) {
        if (end >= 0) ::close(end);
    }
    if (m_child < 0) return;
    const auto deadline = Clock::now() + kPatience;
    while (!hasEnded() && Clock::now() < deadline) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    kill(-m_child, SIGKILL);  // those that it has started as well
    waitpid(m_child, nullptr, 0);
}

/// The child remains a zombie, so that its number stays its own.
bool LineProcess::hasEnded() const {
    siginfo_t info{};
    return waitid(P_PID, static_cast<id_t>(m_child), &info, WEXITED | WNOHANG | WNOWAIT) == 0 && info.si_pid == m_child;
}

void LineProcess::hear() {
    char buffer[4096];
    const ssize_t count = read(m_err, buffer, sizeof buffer);
    if (count == 0 || (count < 0 && errno != EINTR)) ::close(std::exchange(m_err, -1));
    if (count <= 0) return;
    const auto length = static_cast<std::size_t>(count);
    if (m_loud) std::fwrite(buffer, 1, length, stderr);
    m_heard.append(buffer, length);
    if (m_heard.size() > kMostHeard) m_heard.erase(0, m_heard.size() - kMostHeard);
}

/// Sends and receives what is possible now or within `milliseconds`; false: nothing more will come.
bool LineProcess::exchange(std::string& unsent, int milliseconds) {
    // poll leaves out what is negative.
    pollfd ends[] = {{m_out, POLLIN, 0}, {m_err, POLLIN, 0}, {unsent.empty() ? -1 : m_in, POLLOUT, 0}};
    const int ready = poll(ends, std::size(ends), milliseconds);
    // Someone whom the child has started may hold its ends open after it.
    if (ready == 0) return !hasEnded();
    if (ready < 0) return errno == EINTR;
    if (ends[1].revents != 0) hear();
    if (ends[2].revents != 0) {
        const ssize_t count = write(m_in, unsent.data(), unsent.size());
        if (count > 0) unsent.erase(0, static_cast<std::size_t>(count));
        if (count < 0 && errno != EINTR && errno != EAGAIN) unsent.clear();  // it reads no more, but may have answered
    }
    if (ends[0].revents == 0) return true;
    char buffer[4096];
    const ssize_t count = read(m_out, buffer, sizeof buffer);
    if (count > 0) m_received.append(buffer, static_cast<std::size_t>(count));
    return count > 0 || (count < 0 && errno == EINTR);
}

LineProcess::Answer LineProcess::ask(const std::string& line, double seconds, const std::function<bool()>& goOn) {
    std::string unsent = line + "\n";
    const auto deadline = Clock::now() + std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
    while (true) {
        const std::size_t end = m_received.find('\n');
        if (end != std::string::npos) {
            Answer answer{Outcome::Answered, m_received.substr(0, end)};
            m_received.erase(0, end + 1);
            return answer;
        }
        if (goOn && !goOn()) return {Outcome::Stopped};
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        if (left <= 0) return {Outcome::TimedOut};
        if (!exchange(unsent, static_cast<int>(std::min<std::int64_t>(kLookEvery, left)))) return {Outcome::Ended};
    }
}

std::string LineProcess::ending() {
    siginfo_t info{};
    if (waitid(P_PID, static_cast<id_t>(m_child), &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != m_child) return "";
    if (info.si_code == CLD_EXITED) return "exit status " + std::to_string(info.si_status);
    const std::string name = "signal " + std::to_string(info.si_status) + " (" + strsignal(info.si_status) + ")";
    return info.si_status == SIGKILL ? name + ", as the system does when memory runs out" : name;
}

std::string LineProcess::lastWords() {
    const auto deadline = Clock::now() + kPatience;
    while (Clock::now() < deadline && (m_err >= 0 || !hasEnded())) {
        pollfd waiting{m_err, POLLIN, 0};
        if (poll(&waiting, 1, 20) > 0) hear();
        else if (hasEnded()) break;
    }
    const std::string how = ending(), said = lastLines(m_heard);
    if (how.empty() || said.empty()) return how.empty() ? said : how;
    return how + ": " + said;
}

}  // namespace convolab
