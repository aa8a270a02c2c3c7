#include "app/lenses/attack/curve_section.h"

#include <QCheckBox>
#include <QGridLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/image/image_desk.h"
#include "app/image/job_row.h"
#include "app/lab_document.h"
#include "app/lenses/attack/attack_session.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr Split kSplits[] = {Split::Validation, Split::Test};
constexpr std::int64_t kLimits[] = {100, 400, 1000, 0};

}  // namespace

CurveSection::CurveSection(Theme& theme, LabDocument& document, ImageDesk& desk, AttackSession& attack, RobustnessSession& robustness, QWidget* parent)
    : PanelSection(theme, tr("Accuracy against ε"), {}, parent), m_document(document), m_desk(desk), m_attack(attack), m_robustness(robustness) {
    setObjectName(QStringLiteral("attackCurve"));
    auto* methods = new QWidget;
    auto* grid = new QGridLayout(methods);
    grid->setContentsMargins(0, 0, 0, 4);
    grid->setVerticalSpacing(2);
    for (const AttackMethod* method : attackMethods()) {
        if (method->findsSmallest) continue;  // it has no budget to vary
        auto* box = new QCheckBox(QString::fromStdString(method->label));
        box->setObjectName(QStringLiteral("curve_") + QString::fromStdString(method->id));
        box->setToolTip(QString::fromStdString(method->help));
        box->setProperty("method", QString::fromStdString(method->id));
        box->setChecked(method->id != "bim");
        connect(box, &QCheckBox::toggled, this, &CurveSection::refresh);
        grid->addWidget(box, static_cast<int>(m_methods.size()) / 2, static_cast<int>(m_methods.size()) % 2);
        m_methods.push_back(box);
    }
    add(methods);
    m_split = new SegmentedControl({tr("validation"), tr("test")});
    m_split->setObjectName(QStringLiteral("curveSplit"));
    m_split->setAccessibleName(tr("Split"));
    m_split->setCurrentIndex(1);
    addRow(tr("Split"), m_split);
    m_images = new SegmentedControl({QStringLiteral("100"), QStringLiteral("400"), QStringLiteral("1,000"), tr("all")});
    m_images->setObjectName(QStringLiteral("curveImages"));
    m_images->setAccessibleName(tr("Images"));
    m_images->setCurrentIndex(1);
    addRow(tr("First images"), m_images);
    m_measure = new QPushButton(tr("Measure"));
    m_measure->setObjectName(QStringLiteral("measureButton"));
    connect(m_measure, &QPushButton::clicked, this, &CurveSection::measure);
    column()->addSpacing(4);
    column()->addWidget(m_measure, 0, Qt::AlignLeft);
    auto* job = new JobRow(theme, m_robustness.job());
    job->setObjectName(QStringLiteral("curveJob"));
    add(job);
    connect(&m_attack, &AttackSession::specChanged, this, &CurveSection::followMethod);
    connect(&m_desk.image, &CurrentImage::datasetChanged, this, &CurveSection::refresh);
    connect(&m_desk.probe, &ProbeSession::weightsChanged, this, &CurveSection::refresh);
    followMethod();
    refresh();
}

/// The attack above is always measured.
void CurveSection::followMethod() {
    for (QCheckBox* box : m_methods) {
        const bool chosen = box->property("method").toString().toStdString() == m_attack.spec().method;
        box->setEnabled(!chosen);
        if (chosen) box->setChecked(true);
    }
}

void CurveSection::setDefended(std::function<std::optional<RobustnessSubject>()> defended, std::function<std::vector<double>()> epsilons) {
    m_defended = std::move(defended);
    m_wanted = std::move(epsilons);
}

bool CurveSection::canMeasure() const { return m_measure->isEnabled(); }

std::vector<AttackSpec> CurveSection::chosenAttacks() const {
    std::vector<AttackSpec> attacks;
    const AttackSpec& chosen = m_attack.spec();
    for (const QCheckBox* box : m_methods) {
        if (!box->isChecked()) continue;
        const AttackMethod* method = findAttackMethod(box->property("method").toString().toStdString());
        if (chosen.norm == AttackNorm::L2 && !method->supportsL2) continue;
        AttackSpec spec = chosen;  // budget, steps and goal of the panel
        spec.method = method->id;
        if (method->id != chosen.method) {
            spec.randomStart.reset();
            spec.step = 0.0;
            if (!method->startsRandomly || !method->usesGradient) spec.restarts = 1;
            if (!method->supportsTarget) spec.target.reset();
        }
        attacks.push_back(spec);
    }
    return attacks;
}

void CurveSection::refresh() {
    QString reason;
    if (!m_desk.image.dataset()) reason = tr("there is no data set that fits the network");
    else if (!m_desk.probe.weights()) reason = m_desk.probe.problem();
    else if (chosenAttacks().empty()) reason = tr("choose an attack");
    m_measure->setEnabled(reason.isEmpty());
    m_measure->setToolTip(reason.isEmpty() ? tr("Attacks every image of the split's beginning at twelve ε and the chosen one") : tr("Cannot measure: %1").arg(reason));
    note()->setText(m_desk.probe.weightsNote());
}

void CurveSection::measure() {
    const WeightSetPtr weights = m_desk.probe.weights();
    const DatasetPtr dataset = m_desk.image.dataset();
    if (!weights || !dataset || chosenAttacks().empty()) return;
    RobustnessPlan plan;
    plan.subjects.push_back({false, m_document.network().spec(), weights});
    if (m_defended) {
        if (auto defended = m_defended()) plan.subjects.push_back(std::move(*defended));
    }
    plan.attacks = chosenAttacks();
    std::vector<double> chosen{m_attack.spec().epsilon};
    if (m_wanted) {
        for (const double epsilon : m_wanted()) chosen.push_back(epsilon);
    }
    plan.epsilons = curveEpsilons(m_attack.largestEpsilon(), chosen);
    plan.sample.split = kSplits[m_split->currentIndex()];
    plan.sample.limit = kLimits[m_images->currentIndex()];
    plan.dataset = dataset;
    m_robustness.run(std::move(plan));
}

}  // namespace convolab
