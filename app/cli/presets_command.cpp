#include <nlohmann/json.hpp>

#include "app/cli/commands.h"
#include "app/cli/table.h"
#include "core/graph/analysis.h"
#include "core/graph/presets.h"
#include "core/util/text.h"

namespace convolab {

std::function<int(const Console&)> setUpPresets(CLI::App&) {
    return [](const Console& console) {
        Table table({"preset", "input", "parameters", "MACs", "description"}, {0, 0, 1, 1, 0});
        nlohmann::ordered_json list = nlohmann::ordered_json::array();
        for (const PresetInfo& preset : presets()) {
            const auto spec = makePreset(preset.name);
            if (!spec.ok()) return console.fail(spec.error());
            const Cost total = analyze(*spec).total;
            table.row({preset.name, preset.input.text(), withThousands(total.parameters),
                       withThousands(total.macs), preset.description});
            list.push_back({{"name", preset.name},
                            {"title", preset.title},
                            {"input", preset.input.extents()},
                            {"classes", preset.classes},
                            {"parameters", total.parameters},
                            {"macs", total.macs},
                            {"description", preset.description}});
        }
        for (const std::string& line : table.lines()) console.result(line);
        console.object({{"event", "done"}, {"presets", list}});
        return kExitDone;
    };
}

}  // namespace convolab
