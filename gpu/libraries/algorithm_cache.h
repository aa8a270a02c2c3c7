#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace convolab::gpu {

/// Which of a library's algorithms was fastest for a call of one size, kept on disk for one kind of device and version of the
/// library. A file that is missing, broken or of another version is an empty one; one that cannot be written is done without.
class AlgorithmCache {
  public:
    /// `title` names device and versions: "NVIDIA H100, cuDNN 91900".
    AlgorithmCache(std::filesystem::path file, std::string title);

    std::optional<int> find(const std::string& call) const;
    /// Remembers, and writes the file anew: all of it or nothing.
    void put(const std::string& call, int algorithm);

  private:
    void read();
    void write() const;

    std::filesystem::path m_file;
    std::string m_title;
    std::map<std::string, int> m_algorithms;
};

/// $XDG_CACHE_HOME or ~/.cache, then convolab/gpu-<title>.txt with letters, digits and "-" alone; empty if neither is known.
std::filesystem::path algorithmCacheFile(const std::string& title);

}  // namespace convolab::gpu
