#include "app/lenses/look_inside/explanation_rows.h"

#include <QCoreApplication>
#include <algorithm>
#include <cmath>

#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

using Kind = ValueExplanation::Kind;

QString say(const char* text) { return QCoreApplication::translate("Explanation", text); }

/// A row whose number is written when all are known.
struct Step {
    QString label;
    double value = 0;
    bool whole = false;  ///< a count or a place
};

void addWeighted(std::vector<Step>& rows, const ValueExplanation& explanation) {
    const std::size_t maps = explanation.channels.size();
    rows.push_back({maps > 1 ? say("Sum over %1 maps").arg(maps) : say("Sum of products"), explanation.sum});
    if (explanation.bias) rows.push_back({say("+ bias"), *explanation.bias});
}

void addSteps(std::vector<Step>& rows, const ValueExplanation& explanation) {
    const bool places = explanation.kind == Kind::MaxPool;
    for (const auto& [label, value] : explanation.steps) rows.push_back({say(label.c_str()), value, places || label == "count"});
    if (explanation.kind != Kind::BatchNorm) return;
    rows.push_back({say("scale × normalised"), explanation.sum});
    if (explanation.bias) rows.push_back({say("+ shift"), *explanation.bias});
}

QString resultName(Kind kind) {
    switch (kind) {
        case Kind::MaxPool: return say("Largest");
        case Kind::AveragePool: return say("Mean");
        case Kind::Softmax: return say("Probability");
        default: return say("Result");
    }
}

/// As many decimals as tell the numbers of one calculation apart; the same for all, so that they can be added by eye.
int commonDecimals(const std::vector<Step>& steps) {
    double largest = 0;
    bool whole = true;
    for (const Step& step : steps) {
        if (!std::isfinite(step.value)) continue;
        largest = std::max(largest, std::abs(step.value));
        whole = whole && step.value == std::floor(step.value);
    }
    if (whole) return 0;
    return largest < 1 ? 4 : largest < 10 ? 3 : largest < 1000 ? 2 : 1;
}

/// Row, column and count are whole whatever stands beside them; an epsilon of 1e−5 would read 0, and what a diverged
/// training leaves behind would fill the row.
QString numberOf(const Step& step, int decimals) {
    if (step.whole) return QString::fromStdString(fixedText(step.value, 0));
    const bool tiny = step.value != 0 && std::abs(step.value) < 0.5 * std::pow(10.0, -decimals);
    const bool huge = std::abs(step.value) >= 1e9;
    return QString::fromStdString(tiny || huge ? valueText(step.value, 3) : fixedText(step.value, decimals));
}

}  // namespace

QString rowNumber(double value) { return numberOf({{}, value}, commonDecimals({{{}, value}})); }

std::vector<ValueRow> explanationRows(const ValueExplanation& explanation) {
    std::vector<Step> steps;
    if (explanation.kind == Kind::Convolution || explanation.kind == Kind::Dense)
        addWeighted(steps, explanation);
    else
        addSteps(steps, explanation);
    if (explanation.docked.empty()) {
        steps.push_back({resultName(explanation.kind), explanation.result});
    } else {
        steps.push_back({say("Before %1").arg(QString::fromStdString(explanation.docked.front().first)), explanation.result});
        for (const auto& [name, value] : explanation.docked) steps.push_back({say("After %1").arg(QString::fromStdString(name)), value});
    }
    const int decimals = commonDecimals(steps);
    std::vector<ValueRow> rows;
    for (const Step& step : steps) rows.push_back({step.label, numberOf(step, decimals), false});
    rows.back().strong = true;
    return rows;
}

}  // namespace convolab
