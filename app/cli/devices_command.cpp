#include <algorithm>
#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/devices.h"

namespace convolab {

std::function<int(const Console&)> setUpDevices(CLI::App&) {
    return [](const Console& console) {
        std::vector<Device> all = devices();
        for (Device& gpu : gpuDevices()) all.push_back(std::move(gpu));
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        std::size_t width = 0;
        for (const Device& device : all) width = std::max(width, device.id.size());
        for (const Device& device : all) {
            const std::string id = device.id + std::string(width - device.id.size(), ' ') + "  ";
            console.result(id + device.description);
            if (device.problem) console.result(std::string(width + 2, ' ') + "not available: " + device.problem->sentence());
            nlohmann::ordered_json row = {{"id", device.id}, {"name", device.name}, {"available", !device.problem}};
            if (device.threads > 0) row["threads"] = device.threads;
            if (!device.instructionSet.empty()) row["instruction_set"] = device.instructionSet;
            if (device.problem) row["reason"] = device.problem->sentence();
            list.push_back(row);
        }
        console.object({{"event", "done"}, {"devices", list}});
        return kExitDone;
    };
}

}  // namespace convolab
