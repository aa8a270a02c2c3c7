#include "app/lenses/train/run_list.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>
#include <vector>

#include "app/lab_document.h"
#include "app/report/regression.h"
#include "app/training_session.h"
#include "core/train/recipe.h"
#include "datasets/catalogue.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kShownRuns = 5;

}  // namespace

RunList::RunList(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent)
    : QWidget(parent), m_theme(theme), m_document(document) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(metrics::kPanelPadding, 8, metrics::kPanelPadding, 8);
    column->setSpacing(0);
    auto* title = new QLabel(tr("Runs"));
    title->setFont(m_theme.font(FontRole::BodyStrong));
    m_note = new QLabel;
    m_note->setProperty("role", "muted");
    m_note->setFont(m_theme.font(FontRole::Caption));
    auto* head = new QHBoxLayout;
    head->addWidget(title);
    head->addStretch(1);
    head->addWidget(m_note);
    column->addLayout(head);
    m_runs = new QVBoxLayout;
    m_runs->setSpacing(0);
    column->addLayout(m_runs);
    connect(&m_document, &LabDocument::opened, this, &RunList::refresh);
    connect(&m_theme, &Theme::changed, this, &RunList::refresh);
    connect(&session, &TrainingSession::runStarted, this, &RunList::refresh);
    connect(&session, &TrainingSession::runRecorded, this, &RunList::refresh);
    refresh();
}

std::optional<QString> RunList::lowestError(const RunInfo& run) const {
    const Result<Recipe> recipe = recipeFromJson(run.recipeJson);
    const auto unit = recipe.ok() ? regressionUnit(recipe->dataset) : std::nullopt;
    if (!unit) return {};
    const Result<History> history = m_document.file()->readHistory(run.id);
    if (!history.ok() || history->validation.empty()) return {};
    const auto lowest = std::ranges::min_element(history->validation, {}, &EvaluationMetrics::loss);
    return QString::fromStdString(rootErrorText(lowest->loss, *unit));
}

void RunList::refresh() {
    while (QLayoutItem* item = m_runs->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    std::vector<RunInfo> runs;
    if (m_document.file() != nullptr) {
        if (auto read = m_document.file()->readRuns(); read.ok()) runs = std::move(read).value();
    }
    setVisible(!runs.empty());
    m_note->setText(!runs.empty() && lowestError(runs.back()) ? tr("lowest validation error") : tr("best validation accuracy"));
    const Tokens& colors = m_theme.current();
    for (std::size_t shown = 0; shown < runs.size() && shown < kShownRuns; ++shown) {
        const RunInfo& run = runs[runs.size() - 1 - shown];
        const bool newest = shown == 0;
        QString result = QString::fromStdString(run.state);
        if (run.state != "failed" && run.bestAccuracy >= 0) result = QString::fromStdString(percentText(run.bestAccuracy));
        const auto error = lowestError(run);
        if (run.state != "failed" && error) result = tr("RMSE %1").arg(*error);
        auto* row = new QLabel(QStringLiteral("<table width=\"100%\"><tr><td><span style=\"color:%1\">●</span>&nbsp; %2</td>"
                                              "<td align=\"right\">%3</td></tr></table>")
                                   .arg(QString::fromStdString(hexText(newest ? colors.accent : colors.text3)),
                                        QString::fromStdString(run.title).toHtmlEscaped(), result.toHtmlEscaped()));
        row->setFont(m_theme.font(FontRole::Caption));
        row->setToolTip((error ? tr("Lowest error on the validation samples. Started %1.") : tr("Best accuracy on the validation images. Started %1."))
                           .arg(QString::fromStdString(run.startedAt)));
        m_runs->addWidget(row);
    }
}

}  // namespace convolab
