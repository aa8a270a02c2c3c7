#include "app/cli/bench/line_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstring>
#include <thread>

namespace convolab {

namespace {

constexpr int kLookEvery = 200;  // milliseconds
constexpr auto kPatience = std::chrono::milliseconds(500);  // for a child to end by itself

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
    for (const auto& [name, value] : changes) result.push_back(name + "=" + value);
    return result;
}

}  // namespace

Result<LineProcess> LineProcess::start(const std::vector<std::string>& arguments,
                                       const std::vector<std::pair<std::string, std::string>>& environment, bool loud) {
    std::signal(SIGPIPE, SIG_IGN);  // a child that has ended is noticed by its missing answer
    Pipe in, out;
    if (!in.open() || !out.open()) return Error{ErrorCode::IoFailure, std::string("no pipe: ") + std::strerror(errno), "", ""};
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.ends[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, out.ends[1], STDOUT_FILENO);
    if (!loud) posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    std::vector<std::string> words = arguments;
    std::vector<std::string> variables = mergedEnvironment(environment);
    pid_t child = -1;
    const int failure = posix_spawnp(&child, words.front().c_str(), &actions, nullptr, pointers(words).data(),
                                     pointers(variables).data());
    posix_spawn_file_actions_destroy(&actions);
    if (failure != 0) {
        return Error{ErrorCode::NotFound, "cannot start \"" + arguments.front() + "\": " + std::strerror(failure), "",
                     "check the path"};
    }
    return LineProcess(child, in.take(1), out.take(0));
}

LineProcess::LineProcess(LineProcess&& other) noexcept
    : m_child(std::exchange(other.m_child, -1)), m_in(std::exchange(other.m_in, -1)), m_out(std::exchange(other.m_out, -1)),
      m_received(std::move(other.m_received)) {}

LineProcess::~LineProcess() {
    if (m_in >= 0) ::close(m_in);
    if (m_out >= 0) ::close(m_out);
    if (m_child < 0) return;
    const auto deadline = std::chrono::steady_clock::now() + kPatience;
    while (waitpid(m_child, nullptr, WNOHANG) == 0) {
        if (std::chrono::steady_clock::now() > deadline) {
            kill(m_child, SIGKILL);
            waitpid(m_child, nullptr, 0);
            return;
        }
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
}

std::optional<std::string> LineProcess::ask(const std::string& line, const std::function<bool()>& goOn) {
    const std::string text = line + "\n";
    for (std::size_t sent = 0; sent < text.size();) {
        const ssize_t count = write(m_in, text.data() + sent, text.size() - sent);
        if (count < 0 && errno != EINTR) return std::nullopt;
        if (count > 0) sent += static_cast<std::size_t>(count);
    }
    while (true) {
        const std::size_t end = m_received.find('\n');
        if (end != std::string::npos) {
            std::string answer = m_received.substr(0, end);
            m_received.erase(0, end + 1);
            return answer;
        }
        if (goOn && !goOn()) return std::nullopt;
        pollfd waiting{m_out, POLLIN, 0};
        if (poll(&waiting, 1, kLookEvery) <= 0) continue;
        char buffer[4096];
        const ssize_t count = read(m_out, buffer, sizeof buffer);
        if (count == 0 || (count < 0 && errno != EINTR)) return std::nullopt;
        if (count > 0) m_received.append(buffer, static_cast<std::size_t>(count));
    }
}

}  // namespace convolab
