#include "app/command_text.h"

#include "app/lab_document.h"
#include "app/training_session.h"
#include "core/graph/presets.h"
#include "core/util/text.h"

namespace convolab {

namespace {

std::string modelWord(const LabDocument& document) {
    for (const PresetInfo& preset : presets()) {
        const auto spec = makePreset(preset.name);
        if (spec.ok() && sameStructure(*spec, document.network().spec())) return preset.name;
    }
    return document.path().empty() ? "NETWORK.convolab" : "'" + document.path() + "'";
}

}  // namespace

QString trainCommand(const LabDocument& document) {
    const Recipe& recipe = document.recipe();
    std::string text = "convolab train " + modelWord(document) + " --data " +
                       (recipe.dataset.find(' ') == std::string::npos ? recipe.dataset : "'" + recipe.dataset + "'");
    text += recipe.steps ? " --steps " + std::to_string(*recipe.steps) : " --epochs " + std::to_string(recipe.epochs);
    text += " --batch " + std::to_string(recipe.batchSize) + " --optimizer " + optimizerText(recipe.optimizer) + " --lr " +
            formatNumber(recipe.rate);
    if (recipe.weightDecay > 0) text += " --weight-decay " + formatNumber(recipe.weightDecay);
    if (!(recipe.schedule == ScheduleSpec{})) text += " --schedule " + scheduleText(recipe.schedule);
    if (recipe.loss == LossKind::MeanSquaredError) text += " --loss mse";
    if (recipe.validationEvery > 0) text += " --validation-every " + std::to_string(recipe.validationEvery);
    return QString::fromStdString(text + " --seed " + std::to_string(recipe.seed));
}

}  // namespace convolab
