#include "gpu/libraries/algorithm_cache.h"

#include <unistd.h>

#include <cctype>
#include <cstdlib>
#include <fstream>
#include <sstream>

namespace convolab::gpu {

namespace fs = std::filesystem;

namespace {

std::string heading(const std::string& title) { return "# convolab algorithms, version 1: " + title; }

}  // namespace

AlgorithmCache::AlgorithmCache(fs::path file, std::string title) : m_file(std::move(file)), m_title(std::move(title)) {
    if (!m_file.empty()) read();
}

/// Lines: the algorithm's number, a blank, the call. Another program may have written anything.
void AlgorithmCache::read() {
    std::ifstream stream(m_file);
    std::string line;
    if (!std::getline(stream, line) || line != heading(m_title)) return;
    while (std::getline(stream, line)) {
        std::istringstream words(line);
        int algorithm = -1;
        std::string call;
        if (words >> algorithm && algorithm >= 0 && std::getline(words >> std::ws, call) && !call.empty()) m_algorithms[call] = algorithm;
    }
}

std::optional<int> AlgorithmCache::find(const std::string& call) const {
    const auto found = m_algorithms.find(call);
    if (found == m_algorithms.end()) return {};
    return found->second;
}

void AlgorithmCache::put(const std::string& call, int algorithm) {
    m_algorithms[call] = algorithm;
    if (!m_file.empty()) write();
}

void AlgorithmCache::write() const {
    std::error_code failure;
    fs::create_directories(m_file.parent_path(), failure);
    const fs::path draft = m_file.string() + "." + std::to_string(::getpid());
    {
        std::ofstream stream(draft);
        stream << heading(m_title) << '\n';
        for (const auto& [call, algorithm] : m_algorithms) stream << algorithm << ' ' << call << '\n';
        if (!stream.flush()) {
            stream.close();
            fs::remove(draft, failure);
            return;
        }
    }
    fs::rename(draft, m_file, failure);
    if (failure) fs::remove(draft, failure);
}

fs::path algorithmCacheFile(const std::string& title) {
    const char *cache = std::getenv("XDG_CACHE_HOME"), *home = std::getenv("HOME");
    fs::path folder;
    if (cache != nullptr && *cache == '/') folder = cache;
    else if (home != nullptr && *home == '/') folder = fs::path(home) / ".cache";
    else return {};
    std::string name;
    for (const char c : title) {
        if (std::isalnum(static_cast<unsigned char>(c)) != 0) name += c;
        else if (!name.empty() && name.back() != '-') name += '-';
    }
    return folder / "convolab" / ("gpu-" + name + ".txt");
}

}  // namespace convolab::gpu
