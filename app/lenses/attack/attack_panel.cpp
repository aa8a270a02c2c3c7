#include "app/lenses/attack/attack_panel.h"

#include <QLabel>
#include <QVBoxLayout>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/lenses/attack/attack_presenters.h"
#include "app/lenses/attack/attack_session.h"
#include "app/lenses/attack/curve_section.h"
#include "app/lenses/attack/defence_section.h"
#include "app/lenses/attack/method_section.h"
#include "app/lenses/attack/result_section.h"
#include "core/util/text.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kSweepHeight = 150;

}  // namespace

AttackPanel::AttackPanel(Theme& theme, LabDocument& document, ImageDesk& desk, AttackSession& attack, RobustnessSession& robustness,
                         DefenceSession& defence, QWidget* parent)
    : LensPanel(theme, QStringLiteral("attackPanel"), tr("Attack"), parent), m_desk(desk), m_attack(attack) {
    state()->setText(tr("white box"));
    state()->setProperty("role", "muted");
    state()->setToolTip(tr("The attacker knows the network and its weights"));
    addSection(new MethodSection(theme, desk, attack));

    auto* sweep = new PanelSection(theme, tr("This image over ε"));
    sweep->note()->setObjectName(QStringLiteral("flipsAt"));
    // Native child windows do not scroll well.
    m_sweepView = new InstrumentView(theme, nullptr, Renderer::Raster);
    m_sweepView->setObjectName(QStringLiteral("sweepPlot"));
    m_sweepView->setAccessibleName(tr("This image over ε"));
    m_sweepView->setFixedHeight(kSweepHeight);
    auto owned = std::make_unique<CurvesInstrument>();
    m_sweep = owned.get();
    m_sweep->setNowDragged([this](double epsilon) {
        AttackSpec spec = m_attack.spec();
        spec.epsilon = std::round(epsilon * 1000) / 1000;
        m_attack.setSpec(spec);
    });
    m_sweepView->setInstrument(std::move(owned));
    sweep->add(m_sweepView);
    addSection(sweep);
    connect(&m_attack, &AttackSession::analysisChanged, this, [this, note = sweep->note()] {
        refreshSweep();
        const EpsilonSweepPtr values = m_attack.sweep();
        QString words;
        if (values && m_attack.problem().isEmpty()) {
            words = values->flipsAt ? tr("flips at %1").arg(QString::fromStdString(formatNumber(*values->flipsAt, 2))) : tr("does not flip");
            if (values->flipsAt && *values->flipsAt <= 0) words = tr("wrong already");
            if (m_attack.sweepWaits()) words += QStringLiteral(" …");
        }
        note->setText(words);
    });
    connect(&m_attack, &AttackSession::specChanged, this, &AttackPanel::refreshSweep);

    addSection(new ResultSection(theme, desk, attack, robustness));
    m_curve = new CurveSection(theme, document, desk, attack, robustness);
    addSection(m_curve);
    m_defence = new DefenceSection(theme, attack, robustness, defence);
    addSection(m_defence);
    refreshSweep();
}

void AttackPanel::refreshSweep() {
    ImageWords words;
    words.className = [this](int label) { return m_desk.image.className(label).toStdString(); };
    words.problem = m_attack.problem().toStdString();
    PlotDescription plot = sweepPlot(words.problem.empty() ? m_attack.sweep().get() : nullptr, m_attack.spec().epsilon,
                                     m_attack.largestEpsilon(), words);
    plot.title.clear();  // stands above
    m_sweep->setPlots({std::move(plot)});
    m_sweepView->requestRepaint();
}

}  // namespace convolab
