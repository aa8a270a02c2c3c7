#include "core/measure/energy_meter.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <fstream>
#include <optional>
#include <thread>

namespace convolab {

namespace {

namespace fs = std::filesystem;

constexpr double kMicro = 1e-6;
constexpr double kLeastSeconds = 1.0;
constexpr double kSlice = 0.1;  // how long cancelling may take while idling

std::optional<std::string> firstLine(const fs::path& file) {
    std::ifstream stream(file);
    std::string line;
    if (!std::getline(stream, line)) return std::nullopt;
    return line;
}

std::optional<std::uint64_t> numberIn(const fs::path& file) {
    const auto line = firstLine(file);
    std::uint64_t value = 0;
    if (!line) return std::nullopt;
    const auto [end, problem] = std::from_chars(line->data(), line->data() + line->size(), value);
    if (problem != std::errc{}) return std::nullopt;
    return value;
}

Error notReadable(std::string why, std::string hint) {
    return {ErrorCode::DeviceUnavailable, "the energy counters (RAPL) are not readable: " + std::move(why), {}, std::move(hint)};
}

/// The folders of whole packages: "intel-rapl:0", not its parts "intel-rapl:0:0" nor "psys".
std::vector<fs::path> packageFolders(const fs::path& folder) {
    std::vector<fs::path> found;
    std::error_code failure;
    for (const auto& entry : fs::directory_iterator(folder, failure)) {
        const std::string name = entry.path().filename().string();
        if (!name.starts_with("intel-rapl:") || std::count(name.begin(), name.end(), ':') != 1) continue;
        const auto label = firstLine(entry.path() / "name");
        if (label && label->starts_with("package")) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

Error cancelled() { return {ErrorCode::Cancelled, "the energy measurement was cancelled", {}, {}}; }

}  // namespace

Result<EnergyMeter> EnergyMeter::open(const fs::path& folder) {
    const std::vector<fs::path> packages = packageFolders(folder);
    if (packages.empty()) {
        return notReadable("there are none under " + folder.string(),
                           "virtual machines and some processors have none; the modelled energy stands in");
    }
    EnergyMeter meter;
    for (const fs::path& package : packages) {
        const fs::path counter = package / "energy_uj";
        const auto value = numberIn(counter);
        if (!value) {
            return notReadable(counter.string() + " cannot be read",
                               "it is readable by root only on most systems: ask the administrator, or use the modelled energy");
        }
        meter.m_packages.push_back({counter, *value, numberIn(package / "max_energy_range_uj").value_or(0), 0.0});
    }
    return meter;
}

Result<double> EnergyMeter::read() {
    double sum = 0.0;
    for (Package& package : m_packages) {
        const auto value = numberIn(package.counter);
        if (!value) return notReadable(package.counter.string() + " went away", "measure again");
        const bool ranOver = *value < package.last;
        const std::uint64_t step = ranOver ? package.range - package.last + *value : *value - package.last;
        if (ranOver && package.range < package.last) return notReadable("a counter ran backwards", "measure again");
        package.joules += kMicro * static_cast<double>(step);
        package.last = *value;
        sum += package.joules;
    }
    return sum;
}

MeterTime MeterTime::real() {
    return {[] { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); },
            [](double seconds) { std::this_thread::sleep_for(std::chrono::duration<double>(seconds)); }};
}

Result<MeasuredEnergy> measureEnergy(EnergyMeter& meter, const std::function<std::int64_t()>& work, double seconds,
                                     const Progress& progress, const MeterTime& time) {
    seconds = std::max(seconds, kLeastSeconds);
    MeasuredEnergy measured;
    measured.packages = meter.packages();
    const auto goOn = [&](double share) { return !progress || progress(share); };
    CONVOLAB_ASSIGN(const double atIdle, meter.read());
    const double idleBegin = time.now();
    while (time.now() - idleBegin < seconds) {
        if (!goOn(0.5 * (time.now() - idleBegin) / seconds)) return cancelled();
        time.wait(kSlice);
    }
    CONVOLAB_ASSIGN(const double atBegin, meter.read());
    const double begin = time.now();
    measured.idleWatts = (atBegin - atIdle) / (begin - idleBegin);
    while (time.now() - begin < seconds) {
        if (!goOn(0.5 + 0.5 * (time.now() - begin) / seconds)) return cancelled();
        measured.images += work();
    }
    CONVOLAB_ASSIGN(const double atEnd, meter.read());
    measured.seconds = time.now() - begin;
    measured.busyWatts = (atEnd - atBegin) / measured.seconds;
    if (measured.images > 0) {
        const double joules = (measured.busyWatts - measured.idleWatts) * measured.seconds;
        measured.joulesPerImage = std::max(0.0, joules / static_cast<double>(measured.images));
    }
    goOn(1.0);
    return measured;
}

}  // namespace convolab
