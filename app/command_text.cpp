#include "app/command_text.h"

#include "app/cli/train_options.h"
#include "app/devices.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/graph/presets.h"

namespace convolab {

namespace {

std::string modelOf(const LabDocument& document) {
    const std::int64_t parameters = document.network().analysis().total.parameters;
    for (const PresetInfo& preset : presets()) {
        if (preset.parameters != parameters) continue;
        const auto spec = makePreset(preset.name);
        if (spec.ok() && sameStructure(*spec, document.network().spec())) return preset.name;
    }
    return document.path().empty() ? "NETWORK.convolab" : document.path();
}

}  // namespace

QString trainCommand(LabDocument& document, const Device& device) {
    document.flush();
    return QString::fromStdString(trainCommandText(modelOf(document), document.recipe()) + deviceOptionsText(device));
}

}  // namespace convolab
