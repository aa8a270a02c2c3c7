#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/inspect/predictions.h"
#include "core/util/result.h"

namespace convolab {

/// What this computer can do at most, measured: the two lines of a roofline (S. Williams et al., Commun. ACM 52, 2009), and
/// where small networks live, in the caches, a third. For one number of compute threads.
struct MachinePeak {
    std::string processor;       ///< as /proc/cpuinfo names it
    std::string instructions;    ///< "AVX2"
    int threads = 1;
    double flops = 0.0;          ///< FLOP/s of a 1,024³ float32 matrix product by the library that the dense layers use
    double scalarFlops = 0.0;    ///< FLOP/s of a loop without vector instructions
    double memoryBytes = 0.0;    ///< bytes/s of a triad a[i] = b[i] + s · c[i] in main memory (J. McCalpin, STREAM)
    double cacheBytes = 0.0;     ///< the same in arrays of 128 KiB together per thread: the second-level cache
    bool operator==(const MachinePeak&) const = default;
};

/// With as many threads as the compute team has, now; about two seconds, in slices of some 20 ms between which others may
/// compute. The best of several repetitions counts. Cancelled: an error.
Result<MachinePeak> measureMachinePeak(const Progress& progress = {});

/// Peaks that were measured before, one per processor, instruction set and number of threads, in a JSON file. A file that
/// cannot be read counts as empty, one that cannot be written is no error: then it is measured again next time.
class MachinePeakCache {
  public:
    /// The user's own: $XDG_CACHE_HOME/convolab or ~/.cache/convolab.
    MachinePeakCache();
    explicit MachinePeakCache(std::filesystem::path file) : m_file(std::move(file)) {}

    /// For this processor and the compute team as it is now.
    std::optional<MachinePeak> find() const;
    void store(const MachinePeak& peak) const;
    /// The stored one, or measures and stores it; `again` measures in any case.
    Result<MachinePeak> obtain(bool again = false, const Progress& progress = {}) const;

  private:
    std::vector<MachinePeak> read() const;
    std::filesystem::path m_file;
};

std::string processorName();  ///< "AMD EPYC 7763 64-Core Processor"; "unknown processor" if the system does not say

}  // namespace convolab
