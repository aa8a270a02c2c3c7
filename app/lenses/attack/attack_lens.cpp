#include "app/lenses/attack/attack_lens.h"

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/attack/attack_panel.h"
#include "app/lenses/attack/attack_strip.h"
#include "app/lenses/attack/change_decorator.h"
#include "app/lenses/attack/change_legend.h"
#include "app/lenses/layer_list.h"
#include "app/training_session.h"
#include "widgets/plots/number_text.h"

namespace convolab {

AttackLens::AttackLens(Theme& theme, LabDocument& document, TrainingSession&, ImageDesk& desk, CanvasSelection& selection, QObject* parent)
    : QObject(parent), m_desk(desk), m_attack(document, desk) {
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
    m_panel = new AttackPanel(theme, document, desk, m_attack, m_robustness);
    m_strip = new AttackStrip(theme, desk, m_attack, m_robustness);
    connect(m_list, &LayerList::picturesChanged, this, &AttackLens::cardsChanged);
    connect(&m_attack, &AttackSession::pictureChanged, this, &AttackLens::refreshCards);
    connect(&m_attack, &AttackSession::analysisChanged, this, &AttackLens::refreshCards);
    connect(m_strip, &AttackStrip::message, this, &AttackLens::message);
    connect(&document, &LabDocument::opened, &m_robustness, &RobustnessSession::clear);
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
