#include "app/lenses/attack/method_section.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>

#include "app/image/image_desk.h"
#include "app/lenses/attack/attack_session.h"
#include "app/lenses/attack/epsilon_field.h"
#include "app/lenses/train/form_fields.h"
#include "core/attack/attack_text.h"
#include "core/util/text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kMostSteps = 100;
constexpr int kMostRestarts = 20;

}  // namespace

MethodSection::MethodSection(Theme& theme, ImageDesk& desk, AttackSession& attack, QWidget* parent)
    : PanelSection(theme, tr("Method"), {}, parent), m_desk(desk), m_attack(attack) {
    setObjectName(QStringLiteral("attackMethod"));
    buildFields(theme);
    connect(&m_attack, &AttackSession::specChanged, this, &MethodSection::showSpec);
    connect(&m_desk.image, &CurrentImage::changed, this, &MethodSection::showSpec);  // L2 budgets follow the image's size
    connect(&m_desk.image, &CurrentImage::datasetChanged, this, &MethodSection::showClasses);
    showClasses();
    showSpec();
}

template <class Change>
void MethodSection::change(Change edit) {
    if (m_showing) return;
    AttackSpec spec = m_attack.spec();
    edit(spec);
    m_attack.setSpec(spec);
}

void MethodSection::buildFields(Theme& theme) {
    m_method = new QComboBox;
    m_method->setObjectName(QStringLiteral("attackCombo"));
    m_method->setAccessibleName(tr("Attack"));
    for (const AttackMethod* method : attackMethods()) {
        m_method->addItem(QString::fromStdString(method->label), QString::fromStdString(method->id));
        m_method->setItemData(m_method->count() - 1, QString::fromStdString(method->help), Qt::ToolTipRole);
    }
    connect(m_method, &QComboBox::activated, this, [this](int index) {
        change([&](AttackSpec& spec) {
            const AttackMethod& method = *attackMethods()[static_cast<std::size_t>(index)];
            spec.method = method.id;
            spec.randomStart.reset();
            spec.step = 0.0;
            if (!method.supportsL2) spec.norm = AttackNorm::Linf;
            if (!method.supportsTarget) spec.target.reset();
            if (!method.startsRandomly) spec.restarts = 1;
        });
    });
    addRow(tr("Attack"), m_method);

    m_norm = new SegmentedControl({QStringLiteral("L∞"), QStringLiteral("L2")});
    m_norm->setObjectName(QStringLiteral("normControl"));
    m_norm->setAccessibleName(tr("Norm"));
    m_norm->setOptionToolTip(0, tr("No pixel changes by more than ε"));
    m_norm->setOptionToolTip(1, tr("The length of the whole change is at most ε"));
    connect(m_norm, &SegmentedControl::chosen, this, [this](int index) {
        change([&](AttackSpec& spec) {
            const AttackNorm norm = index == 0 ? AttackNorm::Linf : AttackNorm::L2;
            if (norm == spec.norm) return;
            // The same place on the slider.
            const double share = spec.epsilon / m_attack.largestEpsilon(spec.norm);
            spec.norm = norm;
            spec.step = 0.0;
            spec.epsilon = share * m_attack.largestEpsilon(norm);
        });
    });
    addRow(tr("Norm"), m_norm);

    m_epsilon = new EpsilonField(theme, tr("Budget ε"));
    m_epsilon->slider()->setObjectName(QStringLiteral("epsilonSlider"));
    m_epsilon->field()->setObjectName(QStringLiteral("epsilonField"));
    connect(m_epsilon, &EpsilonField::valueEdited, this, [this](double epsilon) { change([&](AttackSpec& spec) { spec.epsilon = epsilon; }); });
    addRow(tr("Budget ε"), m_epsilon);

    m_steps = new ValueField(tr("Steps"), 1, kMostSteps, ValueField::Scale::Logarithmic, true);
    m_steps->field()->setObjectName(QStringLiteral("stepsField"));
    connect(m_steps, &ValueField::valueEdited, this, [this](double steps) { change([&](AttackSpec& spec) { spec.steps = static_cast<int>(steps); }); });
    m_stepsRow = addRow(tr("Steps"), m_steps);

    m_stepSize = new QLineEdit;
    m_stepSize->setObjectName(QStringLiteral("stepSizeField"));
    m_stepSize->setAccessibleName(tr("Step size"));
    m_stepSize->setAlignment(Qt::AlignRight);
    connect(m_stepSize, &QLineEdit::textEdited, this, [this](const QString& text) {
        const auto value = text.trimmed().isEmpty() ? Result<double>(0.0) : parseEpsilon(text.trimmed().toStdString(), m_attack.spec().norm);
        showFieldProblem(*m_stepSize, value.ok() ? QString() : QString::fromStdString(value.error().sentence()));
        if (value.ok()) change([&](AttackSpec& spec) { spec.step = *value; });
    });
    m_sizeRow = addRow(tr("Step size"), m_stepSize);

    m_randomStart = new QCheckBox(tr("somewhere in the ball"));
    m_randomStart->setProperty("form", "switch");
    m_randomStart->setObjectName(QStringLiteral("randomStartSwitch"));
    m_randomStart->setAccessibleName(tr("Random start"));
    connect(m_randomStart, &QCheckBox::toggled, this, [this](bool on) {
        change([&](AttackSpec& spec) {
            spec.randomStart = on;
            if (!on) spec.restarts = 1;
        });
    });
    m_startRow = addRow(tr("Random start"), m_randomStart);

    m_restarts = new ValueField(tr("Restarts"), 1, kMostRestarts, ValueField::Scale::Logarithmic, true);
    m_restarts->field()->setObjectName(QStringLiteral("restartsField"));
    connect(m_restarts, &ValueField::valueEdited, this, [this](double restarts) { change([&](AttackSpec& spec) { spec.restarts = static_cast<int>(restarts); }); });
    m_restartsRow = addRow(tr("Restarts"), m_restarts);

    auto* goal = new QWidget;
    auto* row = new QHBoxLayout(goal);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    m_goal = new SegmentedControl({tr("any error"), tr("become …")});
    m_goal->setObjectName(QStringLiteral("goalControl"));
    m_goal->setAccessibleName(tr("Goal"));
    m_target = new QComboBox;
    m_target->setObjectName(QStringLiteral("targetCombo"));
    m_target->setAccessibleName(tr("Class to become"));
    row->addWidget(m_goal, 1);
    row->addWidget(m_target);
    connect(m_goal, &SegmentedControl::chosen, this, [this](int index) {
        change([&](AttackSpec& spec) {
            spec.target.reset();
            if (index != 1) return;
            // Not the class that it is already.
            const int label = m_desk.image.label().value_or(-1);
            spec.target = label == 0 && m_target->count() > 1 ? 1 : 0;
        });
    });
    connect(m_target, &QComboBox::activated, this, [this](int index) { change([&](AttackSpec& spec) { spec.target = index; }); });
    m_goalRow = addRow(tr("Goal"), goal);
}

void MethodSection::showClasses() {
    const DatasetPtr dataset = m_desk.image.dataset();
    const QSignalBlocker blocker(m_target);
    m_target->clear();
    if (dataset) {
        for (const std::string& name : dataset->info().classNames) m_target->addItem(QString::fromStdString(name));
    }
    showSpec();
}

void MethodSection::showSpec() {
    const AttackSpec& spec = m_attack.spec();
    const AttackMethod* method = findAttackMethod(spec.method);
    if (method == nullptr) return;
    m_showing = true;
    m_method->setCurrentIndex(m_method->findData(QString::fromStdString(spec.method)));
    m_method->setToolTip(QString::fromStdString(method->help));
    m_norm->setCurrentIndex(spec.norm == AttackNorm::Linf ? 0 : 1);
    m_norm->setEnabled(method->supportsL2);
    m_epsilon->setLimit(spec.norm, m_attack.largestEpsilon(spec.norm));
    m_epsilon->setValue(spec.epsilon);
    m_stepsRow->setVisible(method->iterative);
    m_steps->setValue(spec.steps);
    m_sizeRow->setVisible(method->iterative && method->usesEpsilon);
    const QString own = tr("%1, its own").arg(QString::fromStdString(formatNumber(method->usesEpsilon ? stepSize(spec) : 0.0, 2)));
    m_stepSize->setPlaceholderText(own);
    if (!m_stepSize->hasFocus()) {
        m_stepSize->setText(spec.step > 0 ? QString::fromStdString(formatNumber(spec.step, 4)) : QString());
        showFieldProblem(*m_stepSize, {});
    }
    m_startRow->setVisible(method->supportsRandomStart);
    m_randomStart->setChecked(startsRandomly(spec));
    m_restartsRow->setVisible(startsRandomly(spec) && method->usesGradient);
    m_restarts->setValue(spec.restarts);
    m_goalRow->setVisible(method->supportsTarget);
    m_goal->setCurrentIndex(spec.target ? 1 : 0);
    m_target->setVisible(spec.target.has_value());
    m_target->setCurrentIndex(spec.target.value_or(-1));
    m_showing = false;
}

}  // namespace convolab
