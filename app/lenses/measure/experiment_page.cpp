#include "app/lenses/measure/experiment_page.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QListWidget>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QTableWidget>
#include <QVBoxLayout>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/image/job_row.h"
#include "app/lab_document.h"
#include "app/training_session.h"
#include "datasets/catalogue.h"
#include "widgets/plots/number_text.h"
#include "widgets/plots/si_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

QString words(const std::string& text) { return QString::fromStdString(text); }

QString cellText(const std::optional<double>& value, const ExperimentColumn& column) {
    if (!value) return QStringLiteral("–");
    if (column.unit == "share") return words(percentText(*value));
    if (column.unit == "s" || column.unit == "J") return words(siText(*value, column.unit));
    return words(*value >= 1000.0 ? countText(std::llround(*value)) : valueText(*value, 3));
}

QWidget* upright() {
    auto* line = new QFrame;
    line->setProperty("role", "verticalSeparator");
    return line;
}

}  // namespace

ExperimentPage::ExperimentPage(Theme& theme, LabDocument& document, TrainingSession& training, ImageDesk& desk, QWidget* parent)
    : QWidget(parent), m_document(document), m_training(training), m_desk(desk) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_list = new QListWidget;
    m_list->setObjectName(QStringLiteral("experimentList"));
    m_list->setAccessibleName(tr("Statements to test"));
    m_list->setFixedWidth(250);
    m_list->setWordWrap(true);
    m_list->setTextElideMode(Qt::ElideNone);
    m_list->setResizeMode(QListView::Adjust);
    m_list->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    for (const Experiment* experiment : experiments()) m_list->addItem(tr(experiment->statement.c_str()));
    row->addWidget(m_list);
    row->addWidget(upright());
    row->addWidget(buildText(theme), 2);
    row->addWidget(upright());
    m_table = new QTableWidget;
    m_table->setObjectName(QStringLiteral("experimentTable"));
    m_table->setAccessibleName(tr("What came out"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionMode(QAbstractItemView::NoSelection);
    m_table->setShowGrid(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(metrics::kTableRow);
    m_table->horizontalHeader()->setFont(theme.font(FontRole::Caption));
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_table, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        if (result(chosen().id) == nullptr) return;
        QMenu menu;
        menu.addAction(tr("Copy as text"), this, [this] { copy(false); })->setObjectName(QStringLiteral("copyText"));
        menu.addAction(tr("Copy as CSV"), this, [this] { copy(true); })->setObjectName(QStringLiteral("copyCsv"));
        menu.exec(m_table->viewport()->mapToGlobal(at));
    });
    row->addWidget(m_table, 3);
    connect(m_list, &QListWidget::currentRowChanged, this, &ExperimentPage::refresh);
    connect(&m_job, &BackgroundJob::changed, this, &ExperimentPage::refresh);
    connect(&m_document, &LabDocument::opened, this, &ExperimentPage::clear);
    m_list->setCurrentRow(0);
}

QWidget* ExperimentPage::buildText(Theme& theme) {
    auto* inner = new QWidget;
    inner->setProperty("role", "panel");
    auto* column = new QVBoxLayout(inner);
    column->setContentsMargins(metrics::kPanelPadding, 10, metrics::kPanelPadding, 10);
    column->setSpacing(6);
    const auto label = [&](const char* name, FontRole font, const char* role) {
        auto* made = new QLabel;
        made->setObjectName(QLatin1String(name));
        made->setFont(theme.font(font));
        made->setWordWrap(true);
        made->setTextInteractionFlags(Qt::TextSelectableByMouse);
        if (role != nullptr) made->setProperty("role", role);
        column->addWidget(made);
        return made;
    };
    m_statement = label("experimentStatement", FontRole::BodyStrong, nullptr);
    m_expectation = label("experimentExpectation", FontRole::Body, "caption");
    m_run = new QPushButton(tr("Run"));
    m_run->setObjectName(QStringLiteral("runExperiment"));
    connect(m_run, &QPushButton::clicked, this, &ExperimentPage::run);
    column->addWidget(m_run, 0, Qt::AlignLeft);
    auto* job = new JobRow(theme, m_job);
    job->setObjectName(QStringLiteral("experimentJob"));
    column->addWidget(job);
    m_verdict = label("experimentVerdict", FontRole::Body, nullptr);
    column->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setWidget(inner);
    return scroll;
}

const Experiment& ExperimentPage::chosen() const {
    return *experiments()[static_cast<std::size_t>(std::max(0, m_list->currentRow()))];
}

const ExperimentResult* ExperimentPage::result(const std::string& id) const {
    const auto found = m_results.find(id);
    return found == m_results.end() ? nullptr : &found->second;
}

void ExperimentPage::clear() {
    m_job.reset();
    m_results.clear();
    refresh();
}

void ExperimentPage::refresh() {
    const Experiment& experiment = chosen();
    const ExperimentResult* known = result(experiment.id);
    m_statement->setText(tr(experiment.statement.c_str()));
    m_expectation->setText(tr(experiment.expectation.c_str()));
    m_run->setEnabled(!m_job.isRunning());
    m_run->setText(known != nullptr ? tr("Run again") : tr("Run"));
    m_run->setToolTip(m_job.isRunning() ? tr("An experiment is running") : QString());
    m_verdict->setText(known == nullptr ? QString() : (known->holds ? tr("It holds here. ") : tr("It does not hold here. ")) + words(known->verdict));
    showResult(known);
}

void ExperimentPage::showResult(const ExperimentResult* result) {
    m_table->setVisible(result != nullptr);
    if (result == nullptr) return;
    QStringList header{QString()};
    for (const ExperimentColumn& column : result->columns)
        header << words(column.label) + (column.modelled ? tr("\nmodelled") : column.unit == "s" || column.unit == "share" ? tr("\nmeasured") : QStringLiteral("\n"));
    m_table->setColumnCount(static_cast<int>(header.size()));
    m_table->setHorizontalHeaderLabels(header);
    m_table->setRowCount(static_cast<int>(result->rows.size()));
    for (int i = 0; i < m_table->rowCount(); ++i) {
        const ExperimentRow& row = result->rows[static_cast<std::size_t>(i)];
        m_table->setItem(i, 0, new QTableWidgetItem(words(row.label)));
        for (std::size_t k = 0; k < row.values.size(); ++k) {
            auto* item = new QTableWidgetItem(cellText(row.values[k], result->columns[k]));
            item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            m_table->setItem(i, static_cast<int>(k) + 1, item);
        }
    }
    for (int column = 1; column < m_table->columnCount(); ++column)
        m_table->horizontalHeaderItem(column)->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
    m_table->resizeColumnsToContents();
}

void ExperimentPage::run() {
    const Experiment& experiment = chosen();
    auto context = std::make_shared<ExperimentContext>();
    context->spec = m_document.network().spec();
    if (!m_training.structureChanged()) context->weights = m_training.bestWeights();
    context->seed = m_document.recipe().seed;
    // The document's own images, else the built-in digits.
    const std::string name = m_document.recipe().dataset;
    m_job.start<ExperimentResult>(
        m_list->currentItem()->text(),
        [&experiment, context, name](const BackgroundJob::Context& job) -> Result<ExperimentResult> {
            if (experiment.needsDataset) {
                auto opened = openDataset({.name = name});
                if (!opened.ok()) opened = openDataset({.name = "digits"});
                if (!opened.ok()) return opened.error();
                context->dataset = *opened;
            }
            return experiment.run(*context, [&](double share, const std::string&) { return job.progress(share); });
        },
        [this, id = experiment.id](ExperimentResult result) {
            m_results[id] = std::move(result);
            refresh();
        });
}

void ExperimentPage::copy(bool csv) const {
    const ExperimentResult& shown = *result(chosen().id);
    if (csv) return QGuiApplication::clipboard()->setText(words(experimentCsv(shown)));
    QStringList lines{m_statement->text(), m_verdict->text()};
    for (int i = 0; i < m_table->rowCount(); ++i) {
        QStringList cells;
        for (int column = 0; column < m_table->columnCount(); ++column) cells << m_table->item(i, column)->text();
        lines << cells.join(QLatin1Char('\t'));
    }
    QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

}  // namespace convolab
