#include <algorithm>
#include <cmath>

#include "app/report/report.h"
#include "core/util/text.h"

namespace convolab {

std::string historyCsv(const History& history) {
    std::string text =
        "step,epoch,train_loss,train_accuracy,learning_rate,seconds,validation_loss,validation_accuracy,"
        "clean_loss,clean_accuracy\r\n";
    const auto number = [](double value) {
        return std::isfinite(value) ? formatNumber(value, 9) : std::string{};
    };
    const auto at = [](const std::vector<EvaluationMetrics>& rows,
                       std::int64_t step) -> const EvaluationMetrics* {
        const auto found =
            std::lower_bound(rows.begin(), rows.end(), step,
                             [](const EvaluationMetrics& row, std::int64_t s) { return row.step < s; });
        return found != rows.end() && found->step == step ? &*found : nullptr;
    };
    for (const StepMetrics& row : history.steps) {
        text += std::to_string(row.step) + "," + number(row.epoch) + "," + number(row.loss) + "," +
                number(row.accuracy) + "," + number(row.rate) + "," + number(row.seconds);
        for (const auto* rows : {&history.validation, &history.trainClean}) {
            const EvaluationMetrics* evaluation = at(*rows, row.step);
            text += evaluation != nullptr
                        ? "," + number(evaluation->loss) + "," + number(evaluation->accuracy)
                        : ",,";
        }
        text += "\r\n";
    }
    return text;
}

}  // namespace convolab
