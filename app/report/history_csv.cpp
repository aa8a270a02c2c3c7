#include <algorithm>
#include <cmath>

#include "app/report/report.h"
#include "core/util/text.h"

namespace convolab {

namespace {

std::string number(double value) { return std::isfinite(value) ? formatNumber(value, 9) : std::string{}; }

template <class Row>
const Row* rowAt(const std::vector<Row>& rows, std::int64_t step) {
    const auto found = std::lower_bound(rows.begin(), rows.end(), step,
                                        [](const Row& row, std::int64_t s) { return row.step < s; });
    return found != rows.end() && found->step == step ? &*found : nullptr;
}

}  // namespace

std::string historyCsv(const History& history, bool regression) {
    const bool adversarial = !history.robust.empty();
    const auto metric = [&](const auto& row) { return number(regression ? std::sqrt(row.loss) : row.accuracy); };
    std::string text = regression ? "step,epoch,train_loss,train_rmse,learning_rate,seconds,validation_loss,validation_rmse,"
                                    "clean_loss,clean_rmse"
                                  : "step,epoch,train_loss,train_accuracy,learning_rate,seconds,validation_loss,validation_accuracy,"
                                    "clean_loss,clean_accuracy";
    text += adversarial ? ",fgsm_accuracy,pgd_accuracy\r\n" : "\r\n";
    for (const StepMetrics& row : history.steps) {
        text += std::to_string(row.step) + "," + number(row.epoch) + "," + number(row.loss) + "," +
                metric(row) + "," + number(row.rate) + "," + number(row.seconds);
        for (const auto* rows : {&history.validation, &history.trainClean}) {
            const EvaluationMetrics* evaluation = rowAt(*rows, row.step);
            text += evaluation != nullptr
                        ? "," + number(evaluation->loss) + "," + metric(*evaluation)
                        : ",,";
        }
        if (adversarial) {
            const RobustMetrics* robust = rowAt(history.robust, row.step);
            text += robust != nullptr ? "," + number(robust->fgsm) + "," + number(robust->pgd) : ",,";
        }
        text += "\r\n";
    }
    return text;
}

}  // namespace convolab
