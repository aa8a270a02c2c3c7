#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "core/inspect/predictions.h"
#include "core/util/result.h"

namespace convolab {

/// The processor's own energy counters (RAPL) as Linux shows them: the packages under /sys/class/powercap,
/// intel-rapl:0, intel-rapl:1 … (AMD's too). Package-wide: every program on the machine counts.
class EnergyMeter {
  public:
    static inline const std::filesystem::path kFolder = "/sys/class/powercap";

    /// Unreadable: an error that says why (no counters in a virtual machine; readable by root only) and what to do.
    static Result<EnergyMeter> open(const std::filesystem::path& folder = kFolder);

    /// Joules since open() of all packages together. Call it at least once a minute: a counter runs over.
    Result<double> read();
    int packages() const { return static_cast<int>(m_packages.size()); }

  private:
    struct Package {
        std::filesystem::path counter;
        std::uint64_t last = 0;   ///< µJ
        std::uint64_t range = 0;  ///< µJ at which the counter begins again
        double joules = 0.0;
    };
    std::vector<Package> m_packages;
};

/// Where the meter takes its time from: the computer's clock, or a test's.
struct MeterTime {
    std::function<double()> now;              ///< seconds
    std::function<void(double)> wait;         ///< seconds
    static MeterTime real();
};

struct MeasuredEnergy {
    double joulesPerImage = 0.0;  ///< with the idle power taken out; at least 0
    double idleWatts = 0.0;
    double busyWatts = 0.0;
    double seconds = 0.0;         ///< of repetition
    std::int64_t images = 0;
    int packages = 1;
};

/// Waits `seconds` for the idle power, then repeats `work` (which returns how many images it ran) for at least as long.
/// `seconds` is at least 1: the counters tick in milliseconds. Cancelled: an error.
Result<MeasuredEnergy> measureEnergy(EnergyMeter& meter, const std::function<std::int64_t()>& work, double seconds = 1.0,
                                     const Progress& progress = {}, const MeterTime& time = MeterTime::real());

}  // namespace convolab
