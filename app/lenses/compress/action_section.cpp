#include "app/lenses/compress/action_section.h"

#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QMenu>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>

#include "app/image/job_row.h"
#include "app/lab_document.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/dense_session.h"
#include "app/lenses/compress/export_menu.h"
#include "app/lenses/compress/export_session.h"
#include "app/lenses/compress/plan_files.h"
#include "app/lenses/compress/recipe_session.h"
#include "app/lenses/compress/tune_session.h"
#include "app/lenses/train/form_fields.h"
#include "app/training_session.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kMostEpochs = 20;

QString text(const std::string& value) { return QString::fromStdString(value); }

QPushButton* button(QHBoxLayout& row, const char* name, const QString& title, const QString& hint) {
    auto* made = new QPushButton(title);
    made->setObjectName(QLatin1String(name));
    made->setToolTip(hint);
    row.addWidget(made);
    return made;
}

}  // namespace

ActionSection::ActionSection(Theme& theme, LabDocument& document, TrainingSession& session, CompressSession& compress, TuneSession& tune,
                             DenseSession& dense, RecipeSession& recipe, ExportSession& exports, QWidget* parent)
    : PanelSection(theme, tr("Fine-tune and use"), {}, parent), m_document(document), m_session(session), m_compress(compress), m_tune(tune), m_dense(dense),
      m_recipe(recipe), m_exports(exports) {
    setObjectName(QStringLiteral("compressActions"));
    setLabelWidth(metrics::kLabelNarrow);
    buildSchedule();
    buildBadges(theme);
    buildButtons();
    const auto showJob = [&](const char* name, BackgroundJob& job) {
        auto* row = new JobRow(theme, job);
        row->setObjectName(QLatin1String(name));
        add(row);
    };
    showJob("tuneJob", m_tune.job());
    showJob("denseJob", m_dense.job());
    showJob("recipeJob", m_recipe.job());
    showJob("exportJob", m_exports.job());
    m_state = new QLabel;
    m_state->setObjectName(QStringLiteral("tuneState"));
    m_state->setProperty("role", "muted");
    m_state->setFont(theme.font(FontRole::Caption));
    m_state->setWordWrap(true);
    add(m_state);
    connect(&m_compress, &CompressSession::accuracyChanged, this, &ActionSection::refresh);
    connect(&m_compress, &CompressSession::laidChanged, this, &ActionSection::refresh);
    connect(&m_tune, &TuneSession::changed, this, &ActionSection::refresh);
    connect(&m_dense, &DenseSession::changed, this, &ActionSection::refresh);
    connect(&m_recipe, &RecipeSession::changed, this, &ActionSection::refresh);
    connect(&m_recipe, &RecipeSession::message, this, &ActionSection::message);
    connect(&m_exports, &ExportSession::message, this, &ActionSection::message);
    connect(&m_session, &TrainingSession::changed, this, &ActionSection::refresh);
    refresh();
}

void ActionSection::buildSchedule() {
    m_schedule = new SegmentedControl({tr("One-shot"), tr("Gradual")});
    m_schedule->setObjectName(QStringLiteral("scheduleControl"));
    m_schedule->setAccessibleName(tr("Schedule"));
    m_schedule->setOptionToolTip(0, tr("Prune at once, then train what is left"));
    m_schedule->setOptionToolTip(1, tr("Prune a little more at every step, with training between: finds sparser networks"));
    m_schedule->setCurrentIndex(0);
    addRow(tr("Schedule"), m_schedule);
    m_epochs = new ValueField(tr("Epochs"), 1, kMostEpochs, ValueField::Scale::Logarithmic, true);
    m_epochs->field()->setObjectName(QStringLiteral("tuneEpochsField"));
    m_epochs->setValue(2);
    addRow(tr("Epochs"), m_epochs);
}

void ActionSection::buildBadges(Theme& theme) {
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    m_before = new QLabel;
    m_before->setObjectName(QStringLiteral("beforeBadge"));
    m_before->setProperty("badge", "warning");
    m_after = new QLabel;
    m_after->setObjectName(QStringLiteral("afterBadge"));
    m_after->setProperty("badge", "ok");
    for (QLabel* badge : {m_before, m_after}) {
        badge->setFont(theme.font(FontRole::Caption));
        row->addWidget(badge);
    }
    row->addStretch(1);
    column()->addSpacing(4);
    column()->addLayout(row);
}

void ActionSection::buildButtons() {
    auto* first = new QHBoxLayout;
    first->setSpacing(6);
    m_tuneButton = button(*first, "fineTuneButton", tr("Fine-tune"), {});
    m_tuneButton->setProperty("role", "primary");
    m_denseButton = button(*first, "toDenseButton", tr("To dense"), {});
    m_exportButton = button(*first, "compressExportButton", tr("Export"), tr("ONNX in three forms, the packed file, the recipe, the plan"));
    m_exportButton->setMenu(new ExportMenu(m_document, m_exports, m_exportButton));
    first->addStretch(1);
    auto* second = new QHBoxLayout;
    second->setSpacing(6);
    m_applyButton = button(*second, "applyPlanButton", tr("Apply"), {});
    m_keepButton = button(*second, "keepVersionButton", tr("Keep as version"), tr("Keeps network, weights and plan in the document, for Measure to compare"));
    m_moreButton = button(*second, "compressMoreButton", tr("More"), {});
    m_moreButton->setMenu(new QMenu(m_moreButton));
    second->addStretch(1);
    column()->addSpacing(4);
    column()->addLayout(first);
    column()->addSpacing(2);
    column()->addLayout(second);
    connect(m_tuneButton, &QPushButton::clicked, this, &ActionSection::fineTune);
    connect(m_denseButton, &QPushButton::clicked, &m_dense, &DenseSession::run);
    connect(m_applyButton, &QPushButton::clicked, this, &ActionSection::apply);
    connect(m_keepButton, &QPushButton::clicked, this, &ActionSection::keepVersion);
    fillMenus();
}

void ActionSection::fillMenus() {
    QMenu* more = m_moreButton->menu();
    QMenu* recipes = more->addMenu(tr("Run recipe"));
    recipes->setObjectName(QStringLiteral("recipeMenu"));
    connect(recipes, &QMenu::aboutToShow, this, [this, recipes] { fillRecipes(*recipes); });
    more->addAction(tr("Copy as command"), this, [this] {
        const auto copied = copyPlanCommand(m_document, m_compress, m_exports.recipe());
        emit message(copied.ok() ? tr("Copied: %1").arg(*copied) : text(copied.error().sentence()), !copied.ok());
    })->setObjectName(QStringLiteral("copyPlanCommand"));
    more->addAction(tr("Read a plan …"), this, [this] {
        const QString file = QFileDialog::getOpenFileName(window(), tr("Read a plan"), {}, tr("Plans (*.json)"));
        if (file.isEmpty()) return;
        const Status read = readPlanFile(m_compress, file);
        if (!read.ok()) emit message(text(read.error().sentence()), true);
    })->setObjectName(QStringLiteral("readPlan"));
    connect(more, &QMenu::aboutToShow, this, [this, recipes] {
        QString reason;
        const bool can = m_recipe.canRun(&reason);
        recipes->setEnabled(can);
        recipes->setTitle(can ? tr("Run recipe") : tr("Run recipe   (%1)").arg(reason));
    });
    more->addSeparator();
    more->addAction(tr("Clear the plan"), this, [this] { m_compress.setOverlay({}, tr("Clear the plan")); })->setObjectName(QStringLiteral("clearPlan"));
}

void ActionSection::refresh() {
    const LaidPlanPtr laid = m_compress.laid();
    const bool there = laid != nullptr && !m_compress.laidWaits();
    const bool compresses = there && (laid->figures.kept < laid->figures.weights || laid->figures.bits() < kFloatBits);
    const bool trains = m_session.isRunning(), tuning = m_tune.isRunning();
    QString reason;
    const bool canTune = m_tune.canStart(&reason) && !m_recipe.job().isRunning();
    if (reason.isEmpty()) reason = tr("Wait for the recipe, or cancel it");
    m_tuneButton->setEnabled(canTune);
    m_tuneButton->setToolTip(canTune ? tr("Trains what is left; pruned weights stay 0") : reason);
    m_tuneButton->setText(laid && laid->ground.tuned ? tr("Fine-tune again") : tr("Fine-tune"));
    const QString busy = trains ? tr("Pause the training first") : tuning ? tr("Wait for the fine-tuning, or cancel it")
                         : m_recipe.job().isRunning() ? tr("Wait for the recipe, or cancel it") : QString();
    const auto offer = [&](QPushButton* each, bool possible, const QString& does, const QString& why) {
        each->setEnabled(possible && busy.isEmpty());
        each->setToolTip(!busy.isEmpty() ? busy : possible ? does : why);
    };
    offer(m_denseButton, there && laid->figures.kept < laid->figures.weights && !m_dense.job().isRunning(), tr("Removes the filters that the plan has emptied, and shows what that gives"),
          tr("Prune something first; whole filters leave the smallest network"));
    offer(m_applyButton, compresses, tr("Puts the pruned weights into the network; undo takes it back"), tr("The plan changes nothing yet"));
    offer(m_keepButton, there && m_document.file() != nullptr, tr("Keeps network, weights and plan in the document, for Measure to compare"), tr("The document has no file"));
    m_exportButton->setEnabled(there);
    refreshState();
}

void ActionSection::refreshState() {
    const LaidPlanPtr laid = m_compress.laid();
    const bool tuning = m_tune.isRunning();
    const auto& before = m_tune.before();
    const bool tuned = laid && laid->ground.tuned;
    m_before->setVisible(before.has_value() && (tuning || tuned));
    if (before) m_before->setText(tr("▲ %1 % before fine-tuning").arg(text(fixedText(100.0 * before->share(), 1))));
    const auto& accuracy = m_compress.accuracy();
    m_after->setVisible(tuned && !tuning && accuracy && !m_compress.accuracyWaits());
    if (accuracy) m_after->setText(tr("✓ %1 % after").arg(text(fixedText(100.0 * accuracy->share(), 2))));
    QString state;
    if (tuning && !m_tune.rows().empty()) {
        const TuneSession::Row& row = m_tune.rows().back();
        state = tr("epoch %1 of %2 · %3 % on %4 validation images")
                    .arg(text(fixedText(row.epoch, 1)), text(valueText(m_tune.epochs(), 3)), text(fixedText(100.0 * row.accuracy, 1)), text(countText(m_tune.images())));
    } else if (m_recipe.job().isRunning()) {
        state = tr("the recipe: %1 …").arg(m_recipe.doing());
    } else if (tuned && m_tune.steps() > 0) {
        state = tr("%1 steps, %2 s").arg(text(countText(m_tune.steps())), text(fixedText(m_tune.seconds(), 1)));
    }
    m_state->setText(state);
    m_state->setVisible(!state.isEmpty());
}

void ActionSection::fineTune() {
    TuneOptions options;
    options.gradual = m_schedule->currentIndex() == 1;
    options.epochs = m_epochs->value();
    options.rate = m_document.recipe().rate;
    m_tune.start(options);
    emit tuningStarted();
}

void ActionSection::apply() {
    const LaidPlanPtr laid = m_compress.laid();
    if (!laid || m_compress.laidWaits() || m_session.isRunning()) return;
    m_compress.commit({.text = tr("Apply the plan"), .spec = m_document.network().spec(), .weights = laid->weights,
                       .title = planTitle(laid->figures), .keepsZeros = laid->figures.kept < laid->figures.weights},
                      {});
    emit message(tr("Applied: the network now has these weights. Undo takes it back."), false);
}

void ActionSection::keepVersion() {
    const LaidPlanPtr laid = m_compress.laid();
    if (!laid) return;
    const VersionInfo version = versionOf(*laid, m_compress);
    m_document.keepVersion(version, laid->weights);
    emit message(tr("Kept as “%1”").arg(text(version.name)), false);
}

void ActionSection::fillRecipes(QMenu& menu) {
    menu.clear();
    for (const CompressionRecipe& recipe : m_recipe.shipped()) {
        menu.addAction(text(recipe.name), this, [this, recipe] { m_recipe.run(recipe); })->setObjectName(QStringLiteral("shippedRecipe"));
    }
    if (!menu.isEmpty()) menu.addSeparator();
    menu.addAction(tr("From a file …"), this, &ActionSection::runRecipe)->setObjectName(QStringLiteral("runRecipe"));
}

void ActionSection::runRecipe() {
    const QString file = QFileDialog::getOpenFileName(window(), tr("Run recipe"), {}, tr("Recipes (*.json)"));
    if (file.isEmpty()) return;
    if (const Status started = m_recipe.runFile(file); !started.ok()) emit message(text(started.error().sentence()), true);
}

}  // namespace convolab
