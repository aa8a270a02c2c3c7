#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "app/cli/bench/contender.h"
#include "app/devices.h"
#include "core/cpu/compute_team.h"
#include "core/graph/analysis.h"
#include "core/graph/spec_json.h"

namespace convolab {

namespace {

using Json = nlohmann::json;

/// A line of /proc/self/status in bytes; 0 where the system has no such file.
std::int64_t ownMemory(const std::string& field) {
    std::ifstream status("/proc/self/status");
    std::string word;
    std::int64_t kibibytes = 0;
    while (status >> word) {
        if (word == field && status >> kibibytes) return kibibytes * 1024;
    }
    return 0;
}

class Server {
  public:
    Json answer(const Json& request) {
        if (request.contains("spec")) return build(request);
        if (!m_steps) return {{"error", "no network yet"}};
        const double seconds = m_steps->run(request.value("steps", std::int64_t{1}));
        const std::int64_t resident = std::max<std::int64_t>(0, ownMemory("VmHWM:") - ownMemory("RssFile:") - m_before);
        return {{"seconds", seconds}, {"peak_bytes", m_onGpu ? static_cast<std::int64_t>(m_steps->model().arenaBytes()) : resident}};
    }

  private:
    Json build(const Json& request) {
        setComputeThreads(request.value("threads", 0));
        const auto spec = specFromJson(request["spec"].get<std::string>());
        if (!spec.ok()) return {{"error", spec.error().sentence()}};
        const auto task = stepTaskFromName(request.value("task", ""));
        if (!task.ok()) return {{"error", task.error().sentence()}};
        std::ofstream("/proc/self/clear_refs") << "5";  // the peak so far belongs to the program's start
        m_before = ownMemory("VmRSS:") - ownMemory("RssFile:");
        const auto device = findDevice(request.value("device", "cpu"));
        if (!device.ok()) return {{"error", device.error().sentence()}};
        m_onGpu = device->ordinal >= 0;
        const TrainingDevice training = trainingDevice(*device);
        auto steps = TimedSteps::make(*spec, *task, request.value("batch", std::int64_t{1}), training.compile ? training.compile : Model::compile);
        if (!steps.ok()) return {{"error", steps.error().sentence()}};
        m_steps.emplace(std::move(steps).value());
        return {{"ready", true}, {"parameters", analyze(*spec).total.parameters}};
    }

    std::optional<TimedSteps> m_steps;
    bool m_onGpu = false;
    std::int64_t m_before = 0;  // without the pages of files: the code that a network is the first to use is none of its memory
};

}  // namespace

int serveBench() {
    Server server;
    std::string line;
    while (std::getline(std::cin, line)) {
        const Json request = Json::parse(line, nullptr, false);
        const Json answer = request.is_object() ? server.answer(request) : Json{{"error", "a line that is no JSON object"}};
        std::cout << answer.dump() << std::endl;
    }
    return 0;
}

}  // namespace convolab
