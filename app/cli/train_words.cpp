#include "app/cli/train_words.h"

#include "app/report/regression.h"
#include "core/data/targets.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

void sayValidation(const Console& console, const EvaluationMetrics& row, const Dataset& dataset) {
    nlohmann::ordered_json object = {{"event", "validation"}, {"step", row.step}, {"epoch", row.epoch}};
    object.update(measuredJson(row, isRegression(dataset)));
    console.object(object);
    console.detail("epoch " + fixedText(row.epoch, 2) + "  validation loss " + valueText(row.loss) +
                   (isRegression(dataset) ? "  RMSE " + rootErrorText(row.loss, targetsOf(dataset)->estimated.unit)
                                          : "  accuracy " + percentText(row.accuracy)));
}

void sayRobustness(const Console& console, const RobustMetrics& row) {
    console.object({{"event", "robustness"},
                    {"step", row.step},
                    {"epoch", row.epoch},
                    {"fgsm_accuracy", row.fgsm},
                    {"pgd_accuracy", row.pgd},
                    {"images", row.images}});
    console.detail("epoch " + fixedText(row.epoch, 2) + "  accuracy under FGSM " + percentText(row.fgsm) + "  under PGD-10 " +
                   percentText(row.pgd));
}

std::string progressText(const History& history, const Dataset& dataset) {
    if (history.steps.empty()) return {};
    std::string text = "epoch " + fixedText(history.steps.back().epoch, 1) + "  loss " + fixedText(history.steps.back().loss, 4);
    if (!history.validation.empty()) {
        const EvaluationMetrics& row = history.validation.back();
        text += "  validation " +
                (isRegression(dataset) ? "RMSE " + rootErrorText(row.loss, targetsOf(dataset)->estimated.unit) : percentText(row.accuracy, 1));
    }
    if (!history.robust.empty()) text += "  under PGD " + percentText(history.robust.back().pgd, 1);
    return text;
}

}  // namespace convolab
