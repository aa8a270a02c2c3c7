#include "app/lenses/look_inside/explanation_rows.h"

#include <QCoreApplication>
#include <cmath>

#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

using Kind = ValueExplanation::Kind;

QString say(const char* text) { return QCoreApplication::translate("Explanation", text); }

ValueRow row(const QString& label, double value) { return {label, rowNumber(value), false}; }

void addWeighted(std::vector<ValueRow>& rows, const ValueExplanation& explanation) {
    const std::size_t maps = explanation.channels.size();
    rows.push_back(row(maps > 1 ? say("Sum over %1 maps").arg(maps) : say("Sum of products"), explanation.sum));
    if (explanation.bias) rows.push_back(row(say("+ bias"), *explanation.bias));
}

void addSteps(std::vector<ValueRow>& rows, const ValueExplanation& explanation) {
    for (const auto& [label, value] : explanation.steps) rows.push_back(row(say(label.c_str()), value));
    if (explanation.kind != Kind::BatchNorm) return;
    rows.push_back(row(say("scale × normalised"), explanation.sum));
    if (explanation.bias) rows.push_back(row(say("+ shift"), *explanation.bias));
}

QString resultName(Kind kind) {
    switch (kind) {
        case Kind::MaxPool: return say("Largest");
        case Kind::AveragePool: return say("Mean");
        case Kind::Softmax: return say("Probability");
        default: return say("Result");
    }
}

}  // namespace

QString rowNumber(double value) {
    const double magnitude = std::abs(value);
    const bool whole = value == std::floor(value) && magnitude < 1e9;
    if (whole) return QString::fromStdString(countText(std::llround(value)));
    return QString::fromStdString(magnitude >= 0.1 && magnitude < 1e4 ? fixedText(value, 2) : valueText(value, 3));
}

std::vector<ValueRow> explanationRows(const ValueExplanation& explanation) {
    std::vector<ValueRow> rows;
    if (explanation.kind == Kind::Convolution || explanation.kind == Kind::Dense)
        addWeighted(rows, explanation);
    else
        addSteps(rows, explanation);
    if (explanation.docked.empty()) {
        rows.push_back(row(resultName(explanation.kind), explanation.result));
    } else {
        rows.push_back(row(say("Before %1").arg(QString::fromStdString(explanation.docked.front().first)), explanation.result));
        for (const auto& [name, value] : explanation.docked) rows.push_back(row(say("After %1").arg(QString::fromStdString(name)), value));
    }
    rows.back().strong = true;
    return rows;
}

}  // namespace convolab
