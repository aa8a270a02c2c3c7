#include "app/lenses/train/training_panel.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>

#include "app/cli/console.h"
#include "app/lab_document.h"
#include "app/lenses/train/form_fields.h"
#include "app/training_session.h"
#include "datasets/catalogue.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kBatchSizes[] = {32, 64, 128, 256};
const char* const kSchedules[] = {"constant", "step", "cosine"};
const char* const kOptimizers[] = {"sgd", "adam", "adamw"};

QString text(const std::string& value) { return QString::fromStdString(value); }

}  // namespace

TrainingPanel::TrainingPanel(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent)
    : LensPanel(theme, QStringLiteral("trainingPanel"), tr("Training"), parent), m_document(document), m_session(session) {
    state()->setObjectName(QStringLiteral("trainingState"));
    buildData();
    buildOptimizer();
    buildSchedule();
    buildStopping();
    m_restartNote = new QLabel(tr("Some of these apply at the next start: press restart."));
    m_restartNote->setProperty("role", "muted");
    m_restartNote->setWordWrap(true);
    m_restartNote->setFont(m_theme.font(FontRole::Caption));
    m_restartNote->setContentsMargins(metrics::kPanelPadding, 8, metrics::kPanelPadding, 0);
    addToColumn(m_restartNote);
    buildFooter();

    connect(&m_document, &LabDocument::recipeChanged, this, &TrainingPanel::showRecipe);
    connect(&m_session, &TrainingSession::changed, this, &TrainingPanel::showState);
    connect(&m_document.network(), &SpecEditor::specChanged, this, &TrainingPanel::showDataset);
    showRecipe();
    showState();
}

PanelSection* TrainingPanel::section(const QString& title, const QString& note) {
    auto* part = new PanelSection(m_theme, title, note);
    addSection(part);
    return part;
}

template <class Change>
void TrainingPanel::change(Change edit) {
    if (m_showing) return;
    Recipe recipe = m_document.recipe();
    edit(recipe);
    m_document.setRecipe(recipe);
}

void TrainingPanel::buildData() {
    PanelSection* data = section(tr("Data"));
    m_datasetNote = data->note();
    m_dataset = new QComboBox;
    m_dataset->setObjectName(QStringLiteral("datasetCombo"));
    m_dataset->setAccessibleName(tr("Data set"));
    for (const DatasetEntry& entry : datasetCatalogue()) {
        if (datasetAvailable(entry.id, m_session.datasets().dataDir())) m_dataset->addItem(text(entry.title), text(entry.id));
    }
    m_dataset->addItem(tr("Folder of images …"), QStringLiteral("\u2026"));
    connect(m_dataset, &QComboBox::activated, this, [this](int index) {
        QString id = m_dataset->itemData(index).toString();
        if (id == QStringLiteral("\u2026")) {
            id = QFileDialog::getExistingDirectory(window(), tr("A folder with one sub-folder of images per class"));
            if (id.isEmpty()) {
                showRecipe();
                return;
            }
        }
        change([&](Recipe& recipe) { recipe.dataset = id.toStdString(); });
    });
    data->addRow(tr("Data set"), m_dataset);
    m_sizes = new QLabel;
    m_sizes->setObjectName(QStringLiteral("datasetSizes"));
    m_sizes->setProperty("role", "muted");
    m_sizes->setFont(m_theme.font(FontRole::Caption));
    m_sizes->setAlignment(Qt::AlignRight);
    data->add(m_sizes);
    m_samples = new SampleStrip;
    data->column()->addSpacing(4);
    data->add(m_samples);
    m_problem = new QLabel;
    m_problem->setObjectName(QStringLiteral("datasetProblem"));
    m_problem->setProperty("role", "error");
    m_problem->setWordWrap(true);
    m_problem->setFont(m_theme.font(FontRole::Caption));
    data->add(m_problem);
}

void TrainingPanel::buildOptimizer() {
    PanelSection* optimizer = section(tr("Optimizer"), tr("rates apply at the next step"));
    m_optimizer = new QComboBox;
    m_optimizer->setObjectName(QStringLiteral("optimizerCombo"));
    m_optimizer->setAccessibleName(tr("Method"));
    m_optimizer->addItems({tr("SGD with momentum"), tr("Adam"), tr("AdamW")});
    connect(m_optimizer, &QComboBox::activated, this, [this](int index) {
        change([&](Recipe& recipe) { recipe.optimizer.kind = kOptimizers[index]; });
    });
    optimizer->addRow(tr("Method"), m_optimizer);
    m_rate = new ValueField(tr("Learning rate"), 1e-5, 1.0, ValueField::Scale::Logarithmic, false);
    m_rate->field()->setObjectName(QStringLiteral("rateField"));
    connect(m_rate, &ValueField::valueEdited, this, [this](double value) { if (!m_showing) m_session.setRate(value); });
    optimizer->addRow(tr("Learning rate"), m_rate);
    m_momentum = new ValueField(tr("Momentum"), 0.0, 0.99, ValueField::Scale::Linear, false, true);
    connect(m_momentum, &ValueField::valueEdited, this, [this](double value) { if (!m_showing) m_session.setMomentum(value); });
    optimizer->addRow(tr("Momentum"), m_momentum);
    m_momentumRow = m_momentum->parentWidget();
    m_weightDecay = new ValueField(tr("Weight decay"), 1e-6, 0.1, ValueField::Scale::Logarithmic, false, true);
    connect(m_weightDecay, &ValueField::valueEdited, this, [this](double value) { if (!m_showing) m_session.setWeightDecay(value); });
    optimizer->addRow(tr("Weight decay"), m_weightDecay);
    QStringList sizes;
    for (const int size : kBatchSizes) sizes << QString::number(size);
    m_batch = new SegmentedControl(sizes);
    m_batch->setObjectName(QStringLiteral("batchControl"));
    connect(m_batch, &SegmentedControl::chosen, this, [this](int index) {
        change([&](Recipe& recipe) { recipe.batchSize = kBatchSizes[index]; });
    });
    optimizer->addRow(tr("Batch size"), m_batch);
}

void TrainingPanel::buildSchedule() {
    PanelSection* schedule = section(tr("Schedule"));
    m_schedule = new SegmentedControl({tr("Constant"), tr("Step"), tr("Cosine")});
    connect(m_schedule, &SegmentedControl::chosen, this, [this](int index) {
        change([&](Recipe& recipe) { recipe.schedule.kind = kSchedules[index]; });
    });
    schedule->addRow(tr("Shape"), m_schedule);
    m_warmup = new ValueField(tr("Warm-up steps"), 1, 2000, ValueField::Scale::Logarithmic, true, true);
    connect(m_warmup, &ValueField::valueEdited, this, [this](double value) {
        change([&](Recipe& recipe) { recipe.schedule.warmupSteps = static_cast<std::int64_t>(value); });
    });
    schedule->addRow(tr("Warm-up steps"), m_warmup);
    m_epochs = new ValueField(tr("Epochs"), 1, 100, ValueField::Scale::Logarithmic, true);
    m_epochs->field()->setObjectName(QStringLiteral("epochsField"));
    connect(m_epochs, &ValueField::valueEdited, this, [this](double value) {
        change([&](Recipe& recipe) {
            recipe.epochs = static_cast<std::int64_t>(value);
            recipe.steps.reset();
        });
    });
    schedule->addRow(tr("Epochs"), m_epochs);
}

void TrainingPanel::buildStopping() {
    PanelSection* stopping = section(tr("Loss and stopping"));
    m_loss = new QComboBox;
    m_loss->setAccessibleName(tr("Loss"));
    m_loss->addItems({tr("Cross-entropy"), tr("Mean squared error")});
    connect(m_loss, &QComboBox::activated, this, [this](int index) {
        change([&](Recipe& recipe) { recipe.loss = index == 0 ? LossKind::CrossEntropy : LossKind::MeanSquaredError; });
    });
    stopping->addRow(tr("Loss"), m_loss);
    m_keepBest = new QCheckBox(tr("by validation accuracy"));
    m_keepBest->setProperty("form", "switch");
    m_keepBest->setAccessibleName(tr("Keep best"));
    connect(m_keepBest, &QCheckBox::toggled, this, [this](bool on) { change([&](Recipe& recipe) { recipe.keepBest = on; }); });
    stopping->addRow(tr("Keep best"), m_keepBest);
    m_seed = new ValueField(tr("Seed"), 0, 100, ValueField::Scale::Linear, true, true);
    m_seed->field()->setObjectName(QStringLiteral("seedField"));
    connect(m_seed, &ValueField::valueEdited, this, [this](double value) {
        change([&](Recipe& recipe) { recipe.seed = static_cast<std::uint64_t>(value); });
    });
    stopping->addRow(tr("Seed"), m_seed);
}

void TrainingPanel::buildFooter() {
    auto* footer = new QWidget;
    auto* row = new QHBoxLayout(footer);
    row->setContentsMargins(metrics::kPanelPadding, 8, metrics::kPanelPadding, 8);
    auto* command = new QPushButton(tr("Copy as command"));
    command->setObjectName(QStringLiteral("copyCommandButton"));
    command->setToolTip(tr("Copies the command line that does this training"));
    auto* onnx = new QPushButton(m_theme.icon(QStringLiteral("export")), tr("Export ONNX …"));
    onnx->setObjectName(QStringLiteral("exportButton"));
    connect(command, &QPushButton::clicked, this, &TrainingPanel::copyCommandRequested);
    connect(onnx, &QPushButton::clicked, this, &TrainingPanel::exportRequested);
    connect(&m_theme, &Theme::changed, this, [this, onnx] {
        onnx->setIcon(m_theme.icon(QStringLiteral("export")));
        showState();
    });
    row->addWidget(command);
    row->addWidget(onnx);
    row->addStretch(1);
    addFooter(footer);
}

void TrainingPanel::showRecipe() {
    const Recipe& recipe = m_document.recipe();
    m_showing = true;
    int index = m_dataset->findData(text(recipe.dataset));
    if (index < 0) {
        index = m_dataset->count() - 1;
        m_dataset->insertItem(index, text(recipe.dataset), text(recipe.dataset));
    }
    m_dataset->setCurrentIndex(index);
    for (int i = 0; i < 3; ++i) {
        if (recipe.optimizer.kind == kOptimizers[i]) m_optimizer->setCurrentIndex(i);
        if (recipe.schedule.kind == kSchedules[i]) m_schedule->setCurrentIndex(i);
    }
    m_rate->setValue(recipe.rate);
    m_momentum->setValue(recipe.optimizer.momentum);
    m_momentumRow->setVisible(recipe.optimizer.kind == "sgd");
    m_weightDecay->setValue(recipe.weightDecay);
    int batch = -1;
    for (int i = 0; i < 4; ++i) {
        if (kBatchSizes[i] == recipe.batchSize) batch = i;
    }
    m_batch->setCurrentIndex(batch);
    m_warmup->setValue(static_cast<double>(recipe.schedule.warmupSteps));
    m_epochs->setValue(static_cast<double>(recipe.epochs));
    m_loss->setCurrentIndex(recipe.loss == LossKind::CrossEntropy ? 0 : 1);
    {
        const QSignalBlocker blocker(m_keepBest);
        m_keepBest->setChecked(recipe.keepBest);
    }
    m_seed->setValue(static_cast<double>(recipe.seed));
    m_showing = false;
    showDataset();
    showState();
}

void TrainingPanel::showDataset() {
    const DatasetPtr dataset = m_session.datasets().peek(m_document.recipe().dataset);
    m_samples->show(dataset.get());
    m_samples->setVisible(dataset != nullptr);
    if (!dataset) {
        m_sizes->setText(m_session.datasetError() ? tr("not opened") : tr("opening …"));
        m_datasetNote->setText({});
        return;
    }
    m_sizes->setText(tr("%1 train · %2 validation · %3 test")
                         .arg(text(countText(dataset->size(Split::Train))), text(countText(dataset->size(Split::Validation))),
                              text(countText(dataset->size(Split::Test)))));
    m_datasetNote->setText(tr("%1 · %2 classes").arg(text(dataset->info().imageShape.text())).arg(dataset->classes()));
    m_datasetNote->setToolTip(text(dataset->info().source));
}

void TrainingPanel::showState() {
    const TrainerStatus status = m_session.status();
    QString words;
    const Tokens& colors = m_theme.current();
    ThemeColor color = colors.text3;
    switch (status.state) {
        case TrainerState::Idle: words = m_session.hasRun() ? tr("paused") : tr("not started"); break;
        case TrainerState::Preparing: words = tr("preparing …"); break;
        case TrainerState::Running:
            words = status.secondsLeft > 0 ? tr("● running · %1 left").arg(text(durationText(status.secondsLeft))) : tr("● running");
            color = colors.accent;
            break;
        case TrainerState::Paused: words = tr("paused at step %1").arg(text(countText(status.step))); break;
        case TrainerState::Done: words = tr("done"); color = colors.ok; break;
        case TrainerState::Cancelled: words = tr("stopped"); break;
        case TrainerState::Failed: words = tr("failed"); color = colors.error; break;
    }
    state()->setText(words);
    // A style sheet costs a re-polish, and this runs at display rate.
    const QString style = QStringLiteral("color:%1").arg(text(hexText(color)));
    if (state()->styleSheet() != style) state()->setStyleSheet(style);
    std::optional<Error> problem = m_session.datasetError();
    if (status.state == TrainerState::Failed) problem = status.error;
    m_problem->setText(problem ? text(problem->sentence()) : QString());
    m_problem->setVisible(problem.has_value());
    m_restartNote->setVisible(m_session.recipeWaitsForRestart());
    if (!m_samples->isVisibleTo(this)) showDataset();  // until it is open
}

}  // namespace convolab
