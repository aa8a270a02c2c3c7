#include "core/measure/machine_peak.h"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>

#include "core/cpu/compute_team.h"
#include "core/cpu/onednn/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/measure/peak_kernels.h"
#include "core/tensor/tensor.h"
#include "core/util/atomic_file.h"
#include "core/util/log.h"

namespace convolab {

namespace {

using Clock = std::chrono::steady_clock;
using Json = nlohmann::ordered_json;

constexpr std::int64_t kMatrix = 1024;
constexpr std::int64_t kMemoryFloats = std::int64_t{1} << 23;         // 32 MiB, three of them: beyond most caches
constexpr std::int64_t kCacheFloats = (std::int64_t{128} << 10) / 12; // per thread, three of them
constexpr std::int64_t kTriadBytes = 12;
constexpr double kPhaseSeconds = 0.4;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

/// The best rate of `slice`, which does `work` in one go with the team, over about 0.4 s.
class Phases {
  public:
    Phases(const Progress& progress, int count) : m_progress(progress), m_count(count) {}

    template <class Slice>
    Status best(double work, double& rate, Slice&& slice) {
        const auto begin = Clock::now();
        for (int repetition = 0; repetition < 3 || secondsSince(begin) < kPhaseSeconds; ++repetition) {
            const double share = std::min(1.0, secondsSince(begin) / kPhaseSeconds);
            if (m_progress && !m_progress((m_done + share) / m_count))
                return Error{ErrorCode::Cancelled, "measuring this computer was cancelled", {}, {}};
            const ComputeGuard guard;
            const auto start = Clock::now();
            slice();
            if (repetition > 0) rate = std::max(rate, work / secondsSince(start));  // the first one warms up
        }
        ++m_done;
        return {};
    }

  private:
    const Progress& m_progress;
    int m_count;
    int m_done = 0;
};

Status measureProduct(Phases& phases, double& rate) {
    AlignedBuffer a(kMatrix * kMatrix), b(kMatrix * kMatrix), c(kMatrix * kMatrix);
    std::fill_n(a.data(), a.size(), 0.5F);
    std::fill_n(b.data(), b.size(), 0.25F);
    const double work = 2.0 * static_cast<double>(kMatrix * kMatrix * kMatrix);
    return phases.best(work, rate, [&] {
        onednn::gemm(false, false, kMatrix, kMatrix, kMatrix, a.data(), b.data(), c.data());
    });
}

Status measureScalar(Phases& phases, int threads, double& rate) {
    constexpr std::int64_t kProducts = 1 << 20;
    std::atomic<float> sink{0.0F};
    const double work = 16.0 * static_cast<double>(kProducts) * threads;
    return phases.best(work, rate, [&] {
        parallelFor(threads, 1, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = begin; i < end; ++i) sink = peak::scalarProducts(kProducts, 0.999F);
        });
    });
}

Status measureTriad(Phases& phases, std::int64_t floats, std::int64_t repetitions, int threads, double& rate) {
    AlignedBuffer a(static_cast<std::size_t>(floats)), b(static_cast<std::size_t>(floats)), c(static_cast<std::size_t>(floats));
    const double work = static_cast<double>(kTriadBytes * floats * repetitions);
    const auto parts = [&](auto&& body) { parallelFor(floats, floats / threads, body); };
    // First touched by the threads that use it, as STREAM does.
    parts([&](std::int64_t begin, std::int64_t end) {
        std::fill(b.data() + begin, b.data() + end, 1.0F);
        std::fill(c.data() + begin, c.data() + end, 2.0F);
        std::fill(a.data() + begin, a.data() + end, 0.0F);
    });
    return phases.best(work, rate, [&] {
        parts([&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t i = 0; i < repetitions; ++i)
                peak::triad(a.data() + begin, b.data() + begin, c.data() + begin, static_cast<float>(i), end - begin);
        });
    });
}

std::filesystem::path cacheFile() {
    const auto variable = [](const char* name) {
        const char* value = std::getenv(name);
        return value == nullptr ? std::filesystem::path() : std::filesystem::path(value);
    };
    std::filesystem::path base = variable("XDG_CACHE_HOME");
    if (!base.is_absolute()) base = variable("HOME").empty() ? std::filesystem::path() : variable("HOME") / ".cache";
    return base.empty() ? base : base / "convolab" / "machine-peak.json";
}

bool sameMachine(const MachinePeak& a, const MachinePeak& b) {
    return a.processor == b.processor && a.instructions == b.instructions && a.threads == b.threads;
}

MachinePeak thisMachine() {
    MachinePeak peak;
    peak.processor = processorName();
    peak.instructions = instructionSet();
    if (!onednn::available()) peak.instructions += ", portable";  // another product, another peak
    peak.threads = computeThreads();
    return peak;
}

}  // namespace

std::string processorName() {
    std::ifstream file("/proc/cpuinfo");
    std::string line;
    while (std::getline(file, line)) {
        const std::size_t colon = line.find(": ");
        if (line.starts_with("model name") && colon != std::string::npos) return line.substr(colon + 2);
    }
    return "unknown processor";
}

Result<MachinePeak> measureMachinePeak(const Progress& progress) {
    MachinePeak peak = thisMachine();
    useComputeTeam();
    Phases phases(progress, 4);
    CONVOLAB_RETURN_IF_ERROR(measureProduct(phases, peak.flops));
    CONVOLAB_RETURN_IF_ERROR(measureScalar(phases, peak.threads, peak.scalarFlops));
    CONVOLAB_RETURN_IF_ERROR(measureTriad(phases, kMemoryFloats, 1, peak.threads, peak.memoryBytes));
    CONVOLAB_RETURN_IF_ERROR(measureTriad(phases, kCacheFloats * peak.threads, 200, peak.threads, peak.cacheBytes));
    if (progress) progress(1.0);
    return peak;
}

MachinePeakCache::MachinePeakCache() : m_file(cacheFile()) {}

std::vector<MachinePeak> MachinePeakCache::read() const {
    std::vector<MachinePeak> peaks;
    std::ifstream stream(m_file);
    const Json rows = Json::parse(stream, nullptr, false);
    if (!rows.is_array()) return peaks;
    for (const Json& row : rows) {
        try {
            MachinePeak peak{row.at("processor"), row.at("instructions"), row.at("threads"), row.at("flops"),
                             row.at("scalar_flops"), row.at("memory_bytes"), row.at("cache_bytes")};
            const bool usable = peak.flops > 0.0 && peak.scalarFlops > 0.0 && peak.memoryBytes > 0.0 && peak.cacheBytes > 0.0;
            if (usable) peaks.push_back(std::move(peak));
        } catch (const Json::exception&) {
            continue;  // a row of another version
        }
    }
    return peaks;
}

std::optional<MachinePeak> MachinePeakCache::find() const {
    const MachinePeak wanted = thisMachine();
    for (MachinePeak& peak : read()) {
        if (sameMachine(peak, wanted)) return std::move(peak);
    }
    return std::nullopt;
}

void MachinePeakCache::store(const MachinePeak& peak) const {
    if (m_file.empty()) return;
    std::vector<MachinePeak> peaks = read();
    std::erase_if(peaks, [&](const MachinePeak& other) { return sameMachine(other, peak); });
    peaks.push_back(peak);
    Json rows = Json::array();
    for (const MachinePeak& row : peaks) {
        rows.push_back({{"processor", row.processor}, {"instructions", row.instructions}, {"threads", row.threads},
                        {"flops", row.flops}, {"scalar_flops", row.scalarFlops}, {"memory_bytes", row.memoryBytes},
                        {"cache_bytes", row.cacheBytes}});
    }
    Status written = makeFolder(m_file.parent_path());
    if (written.ok()) written = writeFileAtomically(m_file, rows.dump(2) + "\n");
    if (!written.ok()) logWarning("the machine's peak is not kept: " + written.error().sentence());
}

Result<MachinePeak> MachinePeakCache::obtain(bool again, const Progress& progress) const {
    if (!again) {
        if (auto stored = find()) return *stored;
    }
    CONVOLAB_ASSIGN(const MachinePeak peak, measureMachinePeak(progress));
    store(peak);
    return peak;
}

}  // namespace convolab
