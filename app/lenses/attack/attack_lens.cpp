#include "app/lenses/attack/attack_lens.h"

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/attack/attack_panel.h"
#include "app/lenses/attack/attack_strip.h"
#include "app/lenses/attack/change_decorator.h"
#include "app/lenses/attack/change_legend.h"
#include "app/lenses/attack/curve_section.h"
#include "app/lenses/attack/defence_section.h"
#include "app/lenses/layer_list.h"
#include "app/training_session.h"
#include "widgets/plots/number_text.h"

namespace convolab {

AttackLens::AttackLens(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, CanvasSelection& selection, QObject* parent)
    : QObject(parent), m_desk(desk), m_attack(document, desk), m_defence(document, session, desk) {
    m_change = std::make_unique<ChangeDecorator>(theme, document.network());
    m_list = new LayerList(theme, document, selection);
    m_list->setNumber(tr("divergence"), [this](NodeId node) {
        const auto value = m_change->divergence(node);
        return value ? QString::fromStdString(fixedText(*value, 2)) : QStringLiteral("–");
    });
    m_list->setEyesShown(true);
    m_list->addFooter(new ChangeLegend(theme));
    m_change->setHidden([this](NodeId node) { return m_list->isPictureHidden(node); });
    m_change->setClassName([this](int label) { return m_desk.image.className(label); });
    m_panel = new AttackPanel(theme, document, desk, m_attack, m_robustness, m_defence);
    m_strip = new AttackStrip(theme, document, session, desk, m_attack, m_robustness);
    connect(m_list, &LayerList::picturesChanged, this, &AttackLens::cardsChanged);
    connect(&m_attack, &AttackSession::pictureChanged, this, &AttackLens::refreshCards);
    connect(&m_attack, &AttackSession::analysisChanged, this, &AttackLens::refreshCards);
    connect(m_strip, &AttackStrip::message, this, &AttackLens::message);
    connect(&document, &LabDocument::opened, &m_robustness, &RobustnessSession::clear);
    connectDefence();
}

void AttackLens::connectDefence() {
    DefenceSection& section = m_panel->defence();
    m_panel->curve().setDefended([this] { return m_comparing ? m_defence.subject() : std::nullopt; },
                                 [this, &section] { return m_comparing ? section.tableEpsilons() : std::vector<double>{}; });
    connect(&m_defence, &DefenceSession::changed, this, [this] {
        const bool shown = m_defence.hasRun();
        m_strip->setDefence(shown ? std::optional(defencePlot(m_defence.history(), static_cast<double>(m_defence.recipe().epochs))) : std::nullopt,
                            m_defence.weights());
    });
    connect(&section, &DefenceSection::trainingStarted, this, [this] {
        m_comparing = false;
        m_robustness.dropDefended();
        m_strip->showDefence();
    });
    connect(&section, &DefenceSection::compareRequested, this, [this] {
        m_comparing = true;
        m_strip->showCurves();
        m_panel->curve().measure();
    });
    connect(&section, &DefenceSection::openRequested, this, &AttackLens::openRequested);
    connect(&section, &DefenceSection::message, this, &AttackLens::message);
}

AttackLens::~AttackLens() = default;

QWidget* AttackLens::leftPanel() { return m_list; }
QWidget* AttackLens::rightPanel() { return m_panel; }
QWidget* AttackLens::strip() { return m_strip; }
CardDecorator* AttackLens::decorator() { return m_change.get(); }

void AttackLens::setActive(bool active) {
    m_active = active;
    m_desk.probe.setActive(active);
    m_attack.setActive(active);
    if (!active) return;
    refreshCards();
    m_strip->refresh();
}

void AttackLens::refreshCards() {
    if (!m_active) return;
    m_change->show(m_attack.picture(), m_attack.sample(), m_attack.pictureWaits(), m_attack.problem());
    m_list->refreshNumbers();
    emit cardsChanged();
}

}  // namespace convolab
