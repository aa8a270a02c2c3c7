#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/devices.h"

namespace convolab {

std::function<int(const Console&)> setUpDevices(CLI::App&) {
    return [](const Console& console) {
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const Device& device : devices()) {
            console.result(device.id + "  " + device.description);
            list.push_back({{"id", device.id},
                            {"name", device.name},
                            {"threads", device.threads},
                            {"instruction_set", device.instructionSet}});
        }
        console.object({{"event", "done"}, {"devices", list}});
        return kExitDone;
    };
}

}  // namespace convolab
