#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/table.h"
#include "core/graph/presets.h"
#include "core/util/text.h"

namespace convolab {

std::function<int(const Console&)> setUpPresets(CLI::App&) {
    return [](const Console& console) {
        Table table({"preset", "title", "input", "parameters", "MACs", "source"}, {0, 0, 0, 1, 1, 0});
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const PresetInfo& preset : presets()) {
            table.row({preset.name, preset.title, preset.input.text(), withThousands(preset.parameters), withThousands(preset.macs),
                       preset.source});
            list.push_back({{"name", preset.name},
                            {"title", preset.title},
                            {"group", preset.group},
                            {"input", preset.input.extents()},
                            {"classes", preset.classes},
                            {"parameters", preset.parameters},
                            {"macs", preset.macs},
                            {"description", preset.description},
                            {"source", preset.source}});
        }
        for (const std::string& line : table.lines()) console.result(line);
        console.object({{"event", "done"}, {"presets", list}});
        return kExitDone;
    };
}

}  // namespace convolab
