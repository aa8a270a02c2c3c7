#include "core/cpu/compute_team.h"

#include <omp.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cmath>
#include <condition_variable>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <set>
#include <string>

#include "core/cpu/onednn/ops.h"
#include "core/cpu/team_limit.h"

namespace convolab {

namespace {

constexpr int kMaximumThreads = 256;
constexpr const char* kSpinCount = "5000";

/// Sibling hyperthreads share one list, so the number of different lists is the number of cores.
int coresInAffinityMask() {
    cpu_set_t mask;
    CPU_ZERO(&mask);
    if (sched_getaffinity(0, sizeof mask, &mask) != 0) return 1;
    std::set<std::string> cores;
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
        if (!CPU_ISSET(cpu, &mask)) continue;
        std::ifstream file("/sys/devices/system/cpu/cpu" + std::to_string(cpu) + "/topology/thread_siblings_list");
        std::string siblings;
        if (!std::getline(file, siblings)) siblings = "cpu " + std::to_string(cpu);
        cores.insert(siblings);
    }
    return std::max(1, static_cast<int>(cores.size()));
}

/// Whole processors of the control group's quota; a large number if there is none.
int controlGroupLimit() {
    std::ifstream file("/sys/fs/cgroup/cpu.max");
    std::string quota;
    double period = 0.0;
    if (!(file >> quota >> period) || quota == "max" || period <= 0.0) return kMaximumThreads;
    return std::max(1, static_cast<int>(std::ceil(std::stod(quota) / period)));
}

std::atomic<int>& threadCount() {
    static std::atomic<int> count{physicalCores()};
    return count;
}

/// A lock that serves in the order of arrival.
struct Queue {
    std::mutex mutex;
    std::condition_variable changed;
    std::uint64_t nextTicket = 0;
    std::uint64_t serving = 0;
};

Queue& queue() {
    static Queue instance;
    return instance;
}

thread_local double latestWait = 0.0;
thread_local int guards = 0;  // of this thread, one inside the other
thread_local int teamLimit = kMaximumThreads;

}  // namespace

int physicalCores() {
    static const int cores = std::min({coresInAffinityMask(), controlGroupLimit(), kMaximumThreads});
    return cores;
}

int computeThreads() { return std::min(teamLimit, threadCount().load(std::memory_order_relaxed)); }

void setComputeThreads(int threads) {
    threadCount() = threads <= 0 ? physicalCores() : std::min(threads, kMaximumThreads);
    useComputeTeam();
}

const char* instructionSet() { return onednn::instructionSet(); }

void limitSpinning(char** argv) {
    if (std::getenv("GOMP_SPINCOUNT") != nullptr || std::getenv("OMP_WAIT_POLICY") != nullptr) return;
    std::error_code failure;
    const std::filesystem::path program = std::filesystem::read_symlink("/proc/self/exe", failure);
    if (failure || setenv("GOMP_SPINCOUNT", kSpinCount, 1) != 0) return;
    execv(program.c_str(), argv);  // comes back only if it failed; then the default stays
}

void useComputeTeam() {
    if (omp_get_max_threads() != computeThreads()) omp_set_num_threads(computeThreads());
}

TeamLimit::TeamLimit(int most) : m_before(teamLimit) {
    teamLimit = std::max(1, most);
    useComputeTeam();
}

TeamLimit::~TeamLimit() {
    teamLimit = m_before;
    useComputeTeam();
}

ComputeGuard::ComputeGuard() {
    if (guards++ > 0) {
        latestWait = 0.0;
        return;
    }
    const auto asked = std::chrono::steady_clock::now();
    std::unique_lock lock(queue().mutex);
    const std::uint64_t ticket = queue().nextTicket++;
    queue().changed.wait(lock, [&] { return queue().serving == ticket; });
    latestWait = std::chrono::duration<double>(std::chrono::steady_clock::now() - asked).count();
    useComputeTeam();
}

double lastComputeWait() { return latestWait; }

ComputeGuard::~ComputeGuard() {
    if (--guards > 0) return;
    {
        const std::scoped_lock lock(queue().mutex);
        ++queue().serving;
    }
    queue().changed.notify_all();
}

}  // namespace convolab
