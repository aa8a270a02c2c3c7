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
#include "app/lenses/train/augmentation_section.h"
#include "app/lenses/train/form_fields.h"
#include "app/lenses/train/option_fields.h"
#include "app/lenses/train/regularisation_section.h"
#include "app/training_session.h"
#include "core/data/targets.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "datasets/catalogue.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kBatchSizes[] = {32, 64, 128, 256};
constexpr int kMostPatience = 50;  // of the slider
enum ClassChoice { kEqual, kBalanced, kList };

QString text(const std::string& value) { return QString::fromStdString(value); }

/// Equations stand two spaces apart: lines break there and not within one.
QString brokenBetweenEquations(const QString& formulas) {
    QStringList equations = formulas.split(QStringLiteral("  "), Qt::SkipEmptyParts);
    for (QString& equation : equations) equation.replace(QLatin1Char(' '), QChar(QChar::Nbsp));
    return equations.join(QStringLiteral("  "));
}

}  // namespace

TrainingPanel::TrainingPanel(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent)
    : LensPanel(theme, QStringLiteral("trainingPanel"), tr("Training"), parent), m_document(document), m_session(session) {
    state()->setObjectName(QStringLiteral("trainingState"));
    buildData();
    buildOptimizer();
    buildSchedule();
    const auto apply = [this](const std::function<void(Recipe&)>& edit) { change(edit); };
    m_augmentation = new AugmentationSection(m_theme, apply);
    addSection(m_augmentation);
    m_regularisation = new RegularisationSection(m_theme, apply);
    addSection(m_regularisation);
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

QLabel* TrainingPanel::caption(const char* objectName) {
    auto* label = new QLabel;
    label->setObjectName(QLatin1String(objectName));
    label->setProperty("role", "muted");
    label->setFont(m_theme.font(FontRole::Caption));
    label->setWordWrap(true);
    return label;
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
    m_datasetNote->setObjectName(QStringLiteral("datasetNote"));
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
    auto* optimizer = new PanelSection(m_theme, tr("Optimizer"), tr("rates apply at the next step"));
    m_optimizer = new QComboBox;
    m_optimizer->setObjectName(QStringLiteral("optimizerCombo"));
    m_optimizer->setAccessibleName(tr("Method"));
    for (const Optimizer* each : optimizers()) {
        m_optimizer->addItem(each->id == "sgd" ? tr("SGD with momentum") : text(each->label), text(each->id));
        m_optimizer->setItemData(m_optimizer->count() - 1, text(each->help), Qt::ToolTipRole);
    }
    connect(m_optimizer, &QComboBox::activated, this, [this](int index) {
        change([&](Recipe& recipe) { recipe.optimizer.kind = m_optimizer->itemData(index).toString().toStdString(); });
    });
    optimizer->addRow(tr("Method"), m_optimizer);
    m_formula = caption("optimizerFormula");
    optimizer->add(m_formula);
    m_rate = new ValueField(tr("Learning rate"), 1e-5, 1.0, ValueField::Scale::Logarithmic, false);
    m_rate->field()->setObjectName(QStringLiteral("rateField"));
    connect(m_rate, &ValueField::valueEdited, this, [this](double value) { if (!m_showing) m_session.setRate(value); });
    optimizer->addRow(tr("Learning rate"), m_rate);
    auto* find = new QPushButton(tr("Find a rate …"));
    find->setObjectName(QStringLiteral("findRateButton"));
    find->setProperty("role", "link");
    find->setToolTip(tr("Range test: trains a copy while the rate rises, and shows where the loss falls fastest"));
    connect(find, &QPushButton::clicked, this, &TrainingPanel::rangeTestRequested);
    optimizer->addRow({}, find);
    m_momentum = new ValueField(tr("Momentum"), 0.0, 0.99, ValueField::Scale::Linear, false, true);
    connect(m_momentum, &ValueField::valueEdited, this, [this](double value) { if (!m_showing) m_session.setMomentum(value); });
    m_momentumRow = optimizer->addRow(tr("Momentum"), m_momentum);
    m_weightDecay = new ValueField(tr("Weight decay"), 1e-6, 0.1, ValueField::Scale::Logarithmic, false, true);
    connect(m_weightDecay, &ValueField::valueEdited, this, [this](double value) { if (!m_showing) m_session.setWeightDecay(value); });
    optimizer->addRow(tr("Weight decay, λ"), m_weightDecay);
    m_decayFormula = caption("decayFormula");
    optimizer->add(m_decayFormula);
    QStringList sizes;
    for (const int size : kBatchSizes) sizes << QString::number(size);
    m_batch = new SegmentedControl(sizes);
    m_batch->setObjectName(QStringLiteral("batchControl"));
    connect(m_batch, &SegmentedControl::chosen, this, [this](int index) {
        change([&](Recipe& recipe) { recipe.batchSize = kBatchSizes[index]; });
    });
    optimizer->addRow(tr("Batch size"), m_batch);
    m_optimizerOptions = new OptionFields(*optimizer, [this](const auto& edit) { change(edit); }, this);
    m_optimizerOptions->addOptimizers({"momentum", "rmsprop_momentum"});
    m_moreOptimizer = new QPushButton;
    m_moreOptimizer->setObjectName(QStringLiteral("moreOptimizer"));
    m_moreOptimizer->setProperty("role", "link");
    connect(m_moreOptimizer, &QPushButton::clicked, this, [this] {
        m_optimizerFolded = !m_optimizerFolded;
        showRecipe();
    });
    optimizer->add(m_moreOptimizer);
    addSection(optimizer);
}

void TrainingPanel::buildSchedule() {
    auto* schedule = new PanelSection(m_theme, tr("Schedule"));
    m_schedule = new QComboBox;
    m_schedule->setObjectName(QStringLiteral("scheduleCombo"));
    m_schedule->setAccessibleName(tr("Shape"));
    for (const Schedule* each : schedules()) m_schedule->addItem(text(each->label), text(each->id));
    connect(m_schedule, &QComboBox::activated, this, [this](int index) {
        change([&](Recipe& recipe) { recipe.schedule.kind = m_schedule->itemData(index).toString().toStdString(); });
    });
    schedule->addRow(tr("Shape"), m_schedule);
    m_scheduleHelp = caption("scheduleHelp");
    schedule->add(m_scheduleHelp);
    m_scheduleOptions = new OptionFields(*schedule, [this](const auto& edit) { change(edit); }, this);
    m_scheduleOptions->addSchedules({});
    m_epochs = new ValueField(tr("Epochs"), 1, 100, ValueField::Scale::Logarithmic, true);
    m_epochs->field()->setObjectName(QStringLiteral("epochsField"));
    connect(m_epochs, &ValueField::valueEdited, this, [this](double value) {
        change([&](Recipe& recipe) {
            recipe.epochs = static_cast<std::int64_t>(value);
            recipe.steps.reset();
        });
    });
    schedule->addRow(tr("Epochs"), m_epochs);
    addSection(schedule);
}

void TrainingPanel::buildTargets(PanelSection& section) {
    m_smoothing = new ValueField(tr("Label smoothing"), 0.0, 0.5, ValueField::Scale::Linear, false, true);
    m_smoothing->setLargest(0.999);
    m_smoothing->field()->setObjectName(QStringLiteral("smoothingField"));
    m_smoothing->setToolTip(tr("Share of the target that is spread evenly over all classes. 0 = off"));
    connect(m_smoothing, &ValueField::valueEdited, this, [this](double value) {
        change([&](Recipe& recipe) { recipe.labelSmoothing = value; });
    });
    m_smoothingRow = section.addRow(tr("Label smoothing"), m_smoothing);
    m_classWeights = new QComboBox;
    m_classWeights->setObjectName(QStringLiteral("classWeightsCombo"));
    m_classWeights->setAccessibleName(tr("Class weights"));
    m_classWeights->addItems({tr("All equal"), tr("Balanced"), tr("A list")});
    m_classWeights->setItemData(kBalanced, tr("Rare classes count more: images / (classes · images of the class)"), Qt::ToolTipRole);
    connect(m_classWeights, &QComboBox::activated, this, [this](int index) {
        const DatasetPtr dataset = m_session.datasets().peek(m_document.recipe().dataset);
        const auto classes = static_cast<std::size_t>(dataset ? dataset->classes() : 10);
        change([&](Recipe& recipe) {
            recipe.classWeights = {.balanced = index == kBalanced, .values = {}};
            if (index == kList) recipe.classWeights.values.assign(classes, 1.0);
        });
    });
    m_classRow = section.addRow(tr("Class weights"), m_classWeights);
    m_weightList = new QLineEdit;
    m_weightList->setObjectName(QStringLiteral("classWeightsField"));
    m_weightList->setAccessibleName(tr("One weight for each class"));
    connect(m_weightList, &QLineEdit::textEdited, this, &TrainingPanel::applyClassWeights);
    m_listRow = section.addRow({}, m_weightList);
}

void TrainingPanel::applyClassWeights(const QString& typed) {
    ClassWeights weights{.balanced = false, .values = numbersOf(typed)};
    Recipe recipe = m_document.recipe();
    recipe.classWeights = weights;
    const DatasetPtr dataset = m_session.datasets().peek(recipe.dataset);
    const bool fits = weights.isOn() && (!dataset || static_cast<int>(weights.values.size()) == dataset->classes());
    const bool right = fits && validateRecipe(recipe).ok();
    markInvalid(*m_weightList, right ? QString() : tr("one number of at least 0 for each class, with commas between"));
    if (right) change([&](Recipe& edited) { edited.classWeights = weights; });
}

void TrainingPanel::buildStopping() {
    auto* stopping = new PanelSection(m_theme, tr("Loss and stopping"));
    m_loss = new QComboBox;
    m_loss->setAccessibleName(tr("Loss"));
    m_loss->setObjectName(QStringLiteral("lossField"));
    m_loss->addItem(tr("Cross-entropy"), static_cast<int>(LossKind::CrossEntropy));
    m_loss->addItem(tr("Mean squared error"), static_cast<int>(LossKind::MeanSquaredError));
    connect(m_loss, &QComboBox::activated, this, [this](int index) {
        change([&](Recipe& recipe) {
            recipe.loss = static_cast<LossKind>(m_loss->itemData(index).toInt());
            if (recipe.loss == LossKind::CrossEntropy) return;
            recipe.labelSmoothing = 0.0;  // both are the cross-entropy's
            recipe.classWeights = {};
        });
    });
    stopping->addRow(tr("Loss"), m_loss);
    buildTargets(*stopping);
    m_patience = new ValueField(tr("Early stopping, validations"), 1, kMostPatience, ValueField::Scale::Logarithmic, true, true);
    m_patience->field()->setObjectName(QStringLiteral("earlyStoppingField"));
    m_patience->setToolTip(tr("Ends after so many validations in a row without a lower loss. 0 = off"));
    connect(m_patience, &ValueField::valueEdited, this, [this](double value) {
        change([&](Recipe& recipe) { recipe.earlyStopping = static_cast<std::int64_t>(value); });
    });
    stopping->addRow(tr("Early stop after"), m_patience);
    m_keepBest = new QCheckBox(tr("by validation accuracy"));
    m_keepBest->setObjectName(QStringLiteral("keepBestSwitch"));
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
    addSection(stopping);
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
    m_optimizer->setCurrentIndex(m_optimizer->findData(text(recipe.optimizer.kind)));
    m_schedule->setCurrentIndex(m_schedule->findData(text(recipe.schedule.kind)));
    const Optimizer* optimizer = findOptimizer(recipe.optimizer.kind);
    const Schedule* schedule = findSchedule(recipe.schedule.kind);
    m_formula->setText(optimizer == nullptr ? QString() : brokenBetweenEquations(text(optimizer->formula)));
    m_scheduleHelp->setText(schedule == nullptr ? QString() : text(schedule->help));
    m_decayFormula->setText(weightDecayFormula(recipe));
    m_optimizerOptions->show(recipe, m_optimizerFolded);
    m_moreOptimizer->setVisible(m_optimizerOptions->hasRows(recipe));
    m_moreOptimizer->setText(m_optimizerFolded ? tr("More") : tr("Less"));
    m_scheduleOptions->show(recipe, false);
    m_rate->setValue(recipe.rate);
    const bool rmsprop = recipe.optimizer.kind == "rmsprop";
    m_momentum->setValue(rmsprop ? recipe.optimizer.rmspropMomentum : recipe.optimizer.momentum);
    m_momentumRow->setVisible(rmsprop || recipe.optimizer.kind == "sgd");
    m_weightDecay->setValue(recipe.weightDecay);
    int batch = -1;
    for (int i = 0; i < 4; ++i) {
        if (kBatchSizes[i] == recipe.batchSize) batch = i;
    }
    m_batch->setCurrentIndex(batch);
    m_epochs->setValue(static_cast<double>(recipe.epochs));
    m_loss->setCurrentIndex(m_loss->findData(static_cast<int>(recipe.loss)));
    m_keepBest->setText(regressionUnit(recipe.dataset) ? tr("by validation loss") : tr("by validation accuracy"));
    showTargets(recipe);
    m_augmentation->show(recipe);
    m_regularisation->show(recipe);
    m_patience->setValue(static_cast<double>(recipe.earlyStopping));
    {
        const QSignalBlocker blocker(m_keepBest);
        m_keepBest->setChecked(recipe.keepBest);
    }
    m_seed->setValue(static_cast<double>(recipe.seed));
    m_showing = false;
    showDataset();
    showState();
}

void TrainingPanel::showTargets(const Recipe& recipe) {
    const bool entropy = recipe.loss == LossKind::CrossEntropy;
    const ClassWeights& weights = recipe.classWeights;
    m_smoothing->setValue(recipe.labelSmoothing);
    m_classWeights->setCurrentIndex(weights.balanced ? kBalanced : weights.isOn() ? kList : kEqual);
    m_smoothingRow->setVisible(entropy);
    m_classRow->setVisible(entropy);
    m_listRow->setVisible(entropy && !weights.values.empty());
    if (m_weightList->hasFocus()) return;
    m_weightList->setText(weights.values.empty() ? QString() : text(classWeightsText(weights)).replace(QLatin1Char(','), QStringLiteral(", ")));
    markInvalid(*m_weightList, {});
}

void TrainingPanel::showExamples(const DatasetPtr& dataset) {
    const auto& shape = m_document.network().analysis().inputShape;
    if (m_exampleSource != dataset || m_exampleShape != shape) {
        m_exampleSource = m_examples = dataset;
        m_exampleShape = shape;
        if (dataset && shape) {
            auto made = fitted(dataset, *shape);
            m_examples = made.ok() ? std::move(made).value() : nullptr;
        }
    }
    m_augmentation->showExamples(m_examples, static_cast<std::int64_t>(m_session.status().epoch));
}

void TrainingPanel::showDataset() {
    const DatasetPtr dataset = m_session.datasets().peek(m_document.recipe().dataset);
    showExamples(dataset);
    m_samples->show(dataset.get());
    m_samples->setVisible(dataset != nullptr && !isRegression(*dataset));  // numbers have no picture
    if (!dataset) {
        m_sizes->setText(m_session.datasetError() ? tr("not opened") : tr("opening …"));
        m_datasetNote->setText({});
        return;
    }
    m_sizes->setText(tr("%1 train · %2 validation · %3 test")
                         .arg(text(countText(dataset->size(Split::Train))), text(countText(dataset->size(Split::Validation))),
                              text(countText(dataset->size(Split::Test)))));
    const Targets* targets = targetsOf(*dataset);
    m_datasetNote->setText(targets != nullptr && targets->isRegression()
                               ? tr("%1 → %2").arg(text(targets->measured.text()), text(targets->estimated.text()))
                               : tr("%1 · %2 classes").arg(text(dataset->info().imageShape.text())).arg(dataset->classes()));
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
        case TrainerState::Done: words = status.stoppedEarly ? tr("stopped early at step %1").arg(text(countText(status.step))) : tr("done"); color = colors.ok; break;
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
    if (!m_samples->isVisibleTo(this)) return showDataset();  // until it is open
    if (!m_document.recipe().augmentations.empty()) showExamples(m_exampleSource);  // the epoch may be another
}

}  // namespace convolab
