#include "app/lenses/attack/result_section.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QStyle>
#include <QVBoxLayout>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/lenses/attack/attack_presenters.h"
#include "app/lenses/attack/attack_session.h"
#include "app/lenses/look_inside/accuracy_text.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

QString text(const std::string& value) { return QString::fromStdString(value); }

void setRole(QLabel& label, const char* role) {
    if (label.property("role").toString() == QLatin1String(role)) return;
    label.setProperty("role", QLatin1String(role));
    label.style()->unpolish(&label);
    label.style()->polish(&label);
}

}  // namespace

ResultSection::ResultSection(Theme& theme, ImageDesk& desk, AttackSession& attack, RobustnessSession& robustness, QWidget* parent)
    : PanelSection(theme, tr("Result"), {}, parent), m_theme(theme), m_desk(desk), m_attack(attack), m_robustness(robustness) {
    setObjectName(QStringLiteral("attackResult"));
    m_clean = addValue("cleanAccuracy", tr("Accuracy, clean"));
    m_robust = addValue("robustAccuracy", tr("Accuracy at ε"));
    m_norms = addValue("perturbationNorms", QStringLiteral("‖r‖∞   ‖r‖₂"));
    m_smallest = addValue("smallestPerturbation", tr("Smallest found"));
    m_rho = addValue("meanRho", tr("Mean smallest ρ̂"));
    m_rho.name->setToolTip(tr("ρ̂: mean of ‖r‖₂ / ‖x‖₂ over the smallest perturbations that DeepFool finds"));
    m_problem = addNote("attackProblem", "warning");
    m_sample = addNote("resultSample", "muted");
    m_flattery = addNote("flatteryNote", "warning");
    connect(&m_attack, &AttackSession::pictureChanged, this, &ResultSection::refreshImage);
    connect(&m_attack, &AttackSession::analysisChanged, this, &ResultSection::refreshImage);
    connect(&m_attack, &AttackSession::specChanged, this, &ResultSection::refreshCurve);
    connect(&m_robustness, &RobustnessSession::changed, this, &ResultSection::refreshCurve);
    refreshImage();
    refreshCurve();
}

ResultSection::Row ResultSection::addValue(const char* objectName, const QString& name) {
    auto* row = new QWidget;
    row->setFixedHeight(metrics::kTableRow);
    auto* layout = new QHBoxLayout(row);
    layout->setContentsMargins(0, 0, 0, 0);
    Row result{new QLabel(name), new QLabel};
    result.name->setProperty("role", "caption");
    result.value->setObjectName(QLatin1String(objectName));
    result.value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    result.value->setAccessibleName(name);
    layout->addWidget(result.name);
    layout->addWidget(result.value, 1);
    add(row);
    return result;
}

QLabel* ResultSection::addNote(const char* objectName, const char* role) {
    auto* note = new QLabel;
    note->setObjectName(QLatin1String(objectName));
    note->setProperty("role", role);
    note->setFont(m_theme.font(FontRole::Caption));
    note->setWordWrap(true);
    note->setVisible(false);
    add(note);
    return note;
}

void ResultSection::show(const Row& row, const QString& words, bool waits) {
    row.value->setText(words.isEmpty() ? QStringLiteral("–") : waits ? words + QStringLiteral(" …") : words);
    setRole(*row.value, waits || words.isEmpty() ? "muted" : "");
}

void ResultSection::refreshImage() {
    const AttackPicturePtr picture = m_attack.picture();
    QString problem = m_attack.problem();
    if (problem.isEmpty() && picture) {
        ImageWords words;
        words.className = [this](int label) { return m_desk.image.className(label).toStdString(); };
        problem = text(pictureNote(*picture, words));
        if (!picture->labelled) {
            problem = tr("No label: the clean prediction, %1, counts as the label.").arg(m_desk.image.className(picture->outcome.label)) +
                      (problem.isEmpty() ? QString() : QStringLiteral(" ") + problem);
        }
    }
    m_problem->setText(problem);
    m_problem->setVisible(!problem.isEmpty());
    setRole(*m_problem, m_attack.problem().isEmpty() ? "muted" : "warning");
    QString norms;
    if (picture) norms = text(formatNumber(picture->outcome.linf, 3)) + QStringLiteral("   ") + text(fixedText(picture->outcome.l2, 2));
    show(m_norms, norms, m_attack.pictureWaits());

    QString smallest;
    if (const auto& found = m_attack.smallest(); found && picture) {
        smallest = found->found ? tr("‖r‖₂ %1 → %2").arg(text(fixedText(found->l2, 2)), m_desk.image.className(found->prediction))
                                : tr("none in 50 steps");
        if (picture->alreadyWrong()) smallest = tr("0: already wrong");
    }
    show(m_smallest, smallest, m_attack.smallestWaits());
    QString rho;
    if (const auto sample = m_attack.sample(); sample && sample->rhoImages > 0) {
        rho = tr("%1 on %2 %3 images").arg(text(fixedText(sample->rho, 3))).arg(sample->rhoImages).arg(QLatin1String(splitName(sample->split)));
    }
    show(m_rho, rho, m_attack.sampleWaits());
}

void ResultSection::refreshCurve() {
    const AttackSpec& spec = m_attack.spec();
    const RobustnessCurve* curve = m_robustness.curve(false, spec);
    const CurvePoint* point = curve != nullptr ? curve->nearest(spec.epsilon) : nullptr;
    const double shown = point != nullptr ? point->epsilon : spec.epsilon;
    m_robust.name->setText(tr("Accuracy at ε = %1").arg(text(formatNumber(shown, 3))));
    m_robust.value->setAccessibleName(m_robust.name->text());
    QString clean, robust, sample;
    if (point != nullptr) {
        const RobustnessResult& result = point->result;
        clean = text(shareText(result.cleanCorrect, result.images));
        robust = text(shareText(result.robustCorrect, result.images));
        sample = tr("%1; %2.").arg(text(attackLabel(curve->attack)), text(sampleText(result.split, result.images)));
        if (std::abs(shown - spec.epsilon) > 1e-9) sample += QStringLiteral(" ") + tr("The nearest ε that was measured.");
    } else {
        sample = tr("Measure the curve below to know the accuracies.");
    }
    show(m_clean, clean);
    show(m_robust, robust);
    m_sample->setText(sample);
    m_sample->setVisible(true);
    std::vector<std::string> notes = m_robustness.notes();
    if (const std::string note = m_robustness.flatteryNote(false); !note.empty()) notes.insert(notes.begin(), note);
    QStringList sentences;
    for (const std::string& note : notes) sentences << text(note);
    m_flattery->setText(sentences.join(QLatin1Char('\n')));
    m_flattery->setVisible(!sentences.isEmpty());
}

}  // namespace convolab
