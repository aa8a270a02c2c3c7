#pragma once

#include <QObject>
#include <memory>

#include "app/lenses/attack/attack_session.h"
#include "app/lenses/attack/defence_session.h"
#include "app/lenses/attack/robustness_session.h"
#include "app/lenses/lens.h"

namespace convolab {

class AttackPanel;
class AttackStrip;
class CanvasSelection;
class ChangeDecorator;
class LabDocument;
class LayerList;
class Theme;
class TrainingSession;

/// Attack: how a small, computed change of the current image travels through the network, and how the network stands it.
class AttackLens : public QObject, public Lens {
    Q_OBJECT

  public:
    AttackLens(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, CanvasSelection& selection,
               QObject* parent = nullptr);
    ~AttackLens() override;

    QString id() const override { return QStringLiteral("attack"); }
    QString title() const override { return tr("Attack"); }
    QWidget* leftPanel() override;
    QWidget* rightPanel() override;
    QWidget* strip() override;
    int stripHeight() const override { return 320; }
    CardDecorator* decorator() override;
    void setActive(bool active) override;

    AttackSession& attack() { return m_attack; }
    RobustnessSession& robustness() { return m_robustness; }
    DefenceSession& defence() { return m_defence; }

  signals:
    void cardsChanged();  ///< what the decorator draws is new
    void message(const QString& text, bool problem);
    void openRequested(const QString& file);

  private:
    void refreshCards();
    void connectDefence();

    ImageDesk& m_desk;
    AttackSession m_attack;
    RobustnessSession m_robustness;
    DefenceSession m_defence;
    LayerList* m_list = nullptr;
    AttackPanel* m_panel = nullptr;
    AttackStrip* m_strip = nullptr;
    std::unique_ptr<ChangeDecorator> m_change;
    bool m_active = false;
    bool m_comparing = false;  ///< curves are measured of the defended copy, too
};

}  // namespace convolab
