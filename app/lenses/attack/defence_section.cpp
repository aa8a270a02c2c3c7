#include "app/lenses/attack/defence_section.h"

#include <QComboBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QProgressBar>
#include <QPushButton>
#include <QVBoxLayout>
#include <algorithm>

#include "app/cli/console.h"
#include "app/lenses/attack/attack_presenters.h"
#include "app/lenses/attack/attack_session.h"
#include "app/lenses/attack/defence_session.h"
#include "app/lenses/attack/epsilon_field.h"
#include "app/lenses/look_inside/accuracy_text.h"
#include "app/lenses/train/form_fields.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr double kEpsilonShare = 2.0 / 3.0;  // of the slider: 0.2 in L∞
constexpr int kSteps = 7, kMostSteps = 40, kEpochs = 3, kMostEpochs = 50;
constexpr double kWarmupOfOneStep = 50;       // per cent of the run

QString text(const std::string& value) { return QString::fromStdString(value); }

}  // namespace

DefenceSection::DefenceSection(Theme& theme, AttackSession& attack, RobustnessSession& robustness, DefenceSession& defence, QWidget* parent)
    : PanelSection(theme, tr("Defence"), tr("adversarial training"), parent), m_attack(attack), m_robustness(robustness), m_defence(defence) {
    setObjectName(QStringLiteral("attackDefence"));
    buildFields(theme);
    m_shared = addNote(theme, "defenceShared", "muted");
    m_shared->setText(tr("The document's training runs, too: both share the processor."));
    buildButtons();
    m_bar = new QProgressBar;
    m_bar->setObjectName(QStringLiteral("defenceProgress"));
    m_bar->setRange(0, 1000);
    m_bar->setTextVisible(false);
    add(m_bar);
    m_state = addNote(theme, "defenceState", "muted");
    m_warning = addNote(theme, "defenceWarning", "warning");
    buildTable(theme);
    m_sample = addNote(theme, "defenceSample", "muted");
    connect(&m_attack, &AttackSession::specChanged, this, &DefenceSection::showFields);
    connect(&m_attack, &AttackSession::specChanged, this, &DefenceSection::refreshTable);
    connect(&m_attack, &AttackSession::pictureChanged, this, &DefenceSection::refreshState);
    connect(&m_robustness, &RobustnessSession::changed, this, &DefenceSection::refreshTable);
    connect(&m_defence, &DefenceSession::changed, this, &DefenceSection::refreshState);
    connect(&m_defence, &DefenceSession::weightsChanged, this, &DefenceSection::refreshTable);
    m_epsilon->setLimit(m_norm, m_attack.largestEpsilon(m_norm));
    m_epsilon->setValue(kEpsilonShare * m_attack.largestEpsilon(m_norm));
    showFields();
    refreshState();
    refreshTable();
}

void DefenceSection::buildFields(Theme& theme) {
    m_with = new QComboBox;
    m_with->setObjectName(QStringLiteral("defenceCombo"));
    m_with->setAccessibleName(tr("Train with"));
    for (const AttackMethod* method : attackMethods()) {
        if (!method->usesGradient || method->findsSmallest) continue;
        const bool starts = method->supportsRandomStart && !method->startsRandomly;
        m_with->addItem(starts ? tr("%1, random start").arg(text(method->label)) : text(method->label), text(method->id));
        m_with->setItemData(m_with->count() - 1, text(method->help), Qt::ToolTipRole);
    }
    m_with->setCurrentIndex(std::max(0, m_with->findData(QStringLiteral("pgd"))));
    connect(m_with, &QComboBox::activated, this, &DefenceSection::showFields);
    addRow(tr("Train with"), m_with);
    m_epsilon = new EpsilonField(theme, tr("Training ε"));
    m_epsilon->slider()->setObjectName(QStringLiteral("defenceEpsilonSlider"));
    m_epsilon->field()->setObjectName(QStringLiteral("defenceEpsilonField"));
    connect(m_epsilon, &EpsilonField::valueEdited, this, &DefenceSection::refreshTable);
    addRow(tr("Training ε"), m_epsilon);
    m_steps = new ValueField(tr("Attack steps"), 1, kMostSteps, ValueField::Scale::Logarithmic, true);
    m_steps->field()->setObjectName(QStringLiteral("defenceStepsField"));
    m_steps->setValue(kSteps);
    m_stepsRow = addRow(tr("Attack steps"), m_steps);
    m_mix = new ValueField(tr("Mix, per cent"), 1, 100, ValueField::Scale::Linear, true);
    m_mix->field()->setObjectName(QStringLiteral("defenceMixField"));
    m_mix->setToolTip(tr("The share of each batch that is attacked; the rest stays clean"));
    m_mix->setValue(100);
    addRow(tr("Mix, %"), m_mix);
    m_warmup = new ValueField(tr("Warm-up of ε, per cent of the run"), 0, 100, ValueField::Scale::Linear, true);
    m_warmup->field()->setObjectName(QStringLiteral("defenceWarmupField"));
    m_warmup->setToolTip(tr("ε grows from 0 over this share of the run. One-step attacks need it: with a large ε from the start, the "
                            "network learns to hide its gradient instead of becoming robust."));
    connect(m_warmup, &ValueField::valueEdited, this, [this] { m_warmupChosen = true; });
    addRow(tr("Warm-up, %"), m_warmup);
    m_epochs = new ValueField(tr("Epochs"), 1, kMostEpochs, ValueField::Scale::Logarithmic, true);
    m_epochs->field()->setObjectName(QStringLiteral("defenceEpochsField"));
    m_epochs->setValue(kEpochs);
    addRow(tr("Epochs"), m_epochs);
}

void DefenceSection::buildButtons() {
    auto* row = new QHBoxLayout;
    row->setSpacing(6);
    const auto button = [&](const char* name, const QString& title) {
        auto* made = new QPushButton(title);
        made->setObjectName(QLatin1String(name));
        row->addWidget(made);
        return made;
    };
    m_train = button("trainDefendedButton", tr("Train defended copy"));
    m_train->setProperty("role", "primary");
    m_stop = button("stopDefendedButton", tr("Cancel"));
    row->addStretch(1);
    column()->addSpacing(4);
    column()->addLayout(row);
    auto* second = new QHBoxLayout;
    second->setSpacing(6);
    m_compare = new QPushButton(tr("Compare"));
    m_compare->setObjectName(QStringLiteral("compareButton"));
    m_compare->setToolTip(tr("Measures the copy under the attacks above and adds its curves to the plot"));
    m_open = new QPushButton(tr("Open copy"));
    m_open->setObjectName(QStringLiteral("openCopyButton"));
    m_open->setToolTip(tr("A new document with the copy's network, weights and recipe"));
    second->addWidget(m_compare);
    second->addWidget(m_open);
    second->addStretch(1);
    column()->addLayout(second);
    connect(m_train, &QPushButton::clicked, this, [this] {
        const TrainerState state = m_defence.status().state;
        if (m_defence.isRunning()) return m_defence.pause();
        if (state == TrainerState::Paused) return m_defence.resume();
        const AdversarialSpec spec = chosen();
        if (const Status valid = validateAdversarial(spec); !valid.ok()) {
            emit message(text(valid.error().sentence()), true);
            return;
        }
        m_defence.train(spec, static_cast<std::int64_t>(m_epochs->value()));
        emit trainingStarted();
    });
    connect(m_stop, &QPushButton::clicked, &m_defence, &DefenceSession::stop);
    connect(m_compare, &QPushButton::clicked, this, &DefenceSection::compareRequested);
    connect(m_open, &QPushButton::clicked, this, &DefenceSection::openCopy);
}

void DefenceSection::buildTable(Theme& theme) {
    m_table = new QWidget;
    m_table->setObjectName(QStringLiteral("defenceTable"));
    auto* grid = new QGridLayout(m_table);
    grid->setContentsMargins(0, 8, 0, 0);
    grid->setVerticalSpacing(4);
    const auto label = [&](const QString& words, const char* role, Qt::Alignment side) {
        auto* made = new QLabel(words);
        made->setProperty("role", role);
        made->setFont(theme.font(FontRole::Caption));
        made->setAlignment(side | Qt::AlignVCenter);
        return made;
    };
    const QStringList names{tr("This network"), tr("Defended")};
    for (int column = 0; column < 3; ++column) {
        m_heads[static_cast<std::size_t>(column)] = label({}, "muted", Qt::AlignRight);
        grid->addWidget(m_heads[static_cast<std::size_t>(column)], 0, column + 1);
    }
    for (int row = 0; row < 2; ++row) {
        grid->addWidget(label(names[row], "caption", Qt::AlignLeft), row + 1, 0);
        for (int column = 0; column < 3; ++column) {
            QLabel*& cell = m_cells[static_cast<std::size_t>(row)][static_cast<std::size_t>(column)];
            cell = label({}, "", Qt::AlignRight);
            cell->setObjectName(QStringLiteral("defenceCell_%1_%2").arg(row).arg(column));
            grid->addWidget(cell, row + 1, column + 1);
        }
    }
    add(m_table);
}

QLabel* DefenceSection::addNote(Theme& theme, const char* objectName, const char* role) {
    auto* note = new QLabel;
    note->setObjectName(QLatin1String(objectName));
    note->setProperty("role", role);
    note->setFont(theme.font(FontRole::Caption));
    note->setWordWrap(true);
    note->setVisible(false);
    add(note);
    return note;
}

AdversarialSpec DefenceSection::chosen() const {
    AdversarialSpec spec;
    spec.attack.method = m_with->currentData().toString().toStdString();
    spec.attack.norm = m_norm;
    spec.attack.epsilon = m_epsilon->value();
    const AttackMethod* method = findAttackMethod(spec.attack.method);
    if (method->iterative) spec.attack.steps = static_cast<int>(m_steps->value());
    if (method->supportsRandomStart && !method->startsRandomly) spec.attack.randomStart = true;
    spec.mix = m_mix->value() / 100.0;
    spec.warmup = m_warmup->value() / 100.0;
    return spec;
}

void DefenceSection::showFields() {
    const AttackMethod* method = findAttackMethod(m_with->currentData().toString().toStdString());
    m_stepsRow->setVisible(method != nullptr && method->iterative);
    if (!m_warmupChosen) m_warmup->setValue(method != nullptr && !method->iterative ? kWarmupOfOneStep : 0);
    const AttackNorm norm = m_attack.spec().norm;
    if (norm == m_norm) return;
    const double share = m_epsilon->value() / m_attack.largestEpsilon(m_norm);
    m_norm = norm;
    m_epsilon->setLimit(norm, m_attack.largestEpsilon(norm));
    m_epsilon->setValue(share * m_attack.largestEpsilon(norm));
}

std::vector<double> DefenceSection::tableEpsilons() const {
    const double epsilon = m_defence.hasRun() && m_defence.recipe().adversarial ? m_defence.recipe().adversarial->attack.epsilon : m_epsilon->value();
    return {epsilon / 2, epsilon};
}

void DefenceSection::refreshState() {
    const TrainerStatus status = m_defence.status();
    const bool running = m_defence.isRunning(), paused = status.state == TrainerState::Paused;
    m_train->setText(running ? tr("Pause") : paused ? tr("Resume") : m_defence.hasRun() ? tr("Train anew") : tr("Train defended copy"));
    QString reason;
    m_train->setEnabled(running || paused || m_defence.canTrain(&reason));
    m_train->setToolTip(m_train->isEnabled() ? tr("Trains a copy; this network stays as it is") : tr("Cannot train: %1").arg(reason));
    m_stop->setVisible(running || paused);
    m_shared->setVisible(m_defence.documentTrains());
    m_bar->setVisible(running || paused);
    m_bar->setValue(status.totalSteps > 0 ? static_cast<int>(1000 * status.step / status.totalSteps) : 0);
    QString words;
    const QString epoch = tr("epoch %1 of %2").arg(text(fixedText(status.epoch, 1)), text(countText(status.epochs)));
    switch (status.state) {
        case TrainerState::Preparing: words = tr("preparing …"); break;
        case TrainerState::Running:
            words = status.secondsLeft > 0 ? tr("%1 · %2 left").arg(epoch, text(durationText(status.secondsLeft))) : epoch;
            break;
        case TrainerState::Paused: words = tr("paused, %1").arg(epoch); break;
        case TrainerState::Done: words = tr("done"); break;
        case TrainerState::Cancelled: words = tr("cancelled: what was learned so far is kept"); break;
        case TrainerState::Failed: words = status.error ? text(status.error->sentence()) : tr("failed"); break;
        case TrainerState::Idle: break;
    }
    if (m_defence.hasRun() && !words.isEmpty()) words += m_defence.beganTrained() ? tr(" · began with this network's weights") : tr(" · began with fresh weights");
    m_state->setText(words);
    m_state->setVisible(!words.isEmpty());
    const std::string warning = m_defence.warning();
    m_warning->setText(text(warning));
    m_warning->setVisible(!warning.empty());
    m_compare->setEnabled(m_defence.subject().has_value());
    m_open->setEnabled(!running && m_defence.subject().has_value());
    m_open->setVisible(m_defence.hasRun());
    m_compare->setVisible(m_defence.hasRun());
    m_table->setVisible(m_defence.hasRun());
}

void DefenceSection::refreshTable() {
    const std::vector<double> columns = tableEpsilons();
    m_heads[0]->setText(tr("clean"));
    for (std::size_t i = 0; i < columns.size(); ++i) m_heads[i + 1]->setText(QStringLiteral("ε %1").arg(text(formatNumber(columns[i], 3))));
    std::int64_t images = 0;
    for (std::size_t row = 0; row < 2; ++row) {
        const RobustnessCurve* curve = m_robustness.curve(row == 1, m_attack.spec());
        for (std::size_t column = 0; column < 3; ++column) {
            QLabel* cell = m_cells[row][column];
            const CurvePoint* point = curve == nullptr ? nullptr : curve->at(column == 0 ? 0.0 : columns[column - 1]);
            const bool known = point != nullptr && point->result.images > 0;
            if (known) images = std::max(images, point->result.images);
            const std::int64_t hits = !known ? 0 : column == 0 ? point->result.cleanCorrect : point->result.robustCorrect;
            cell->setText(known ? text(fixedText(100.0 * static_cast<double>(hits) / static_cast<double>(point->result.images), 1)) : QStringLiteral("–"));
            cell->setToolTip(known ? text(shareText(hits, point->result.images)) : tr("Press Compare to measure it"));
        }
    }
    const bool known = images > 0 && m_defence.hasRun();
    m_sample->setVisible(m_defence.hasRun());
    m_sample->setText(known ? tr("Per cent right under %1; %2. Point at a number for ±.").arg(text(attackLabel(m_attack.spec())), text(sampleText(m_robustness.sample().split, images)))
                            : tr("Press Compare to measure both."));
}

void DefenceSection::openCopy() {
    const auto file = m_defence.writeDocument();
    if (!file.ok()) {
        emit message(text(file.error().sentence()), true);
        return;
    }
    emit openRequested(*file);
}

}  // namespace convolab
