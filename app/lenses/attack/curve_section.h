#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "app/lenses/attack/robustness_session.h"
#include "app/lenses/lens_panel.h"

class QCheckBox;
class QPushButton;

namespace convolab {

class AttackSession;
struct ImageDesk;
class LabDocument;
class SegmentedControl;

/// Measures accuracy over ε: which attacks, on which images, with progress and cancel.
class CurveSection : public PanelSection {
    Q_OBJECT

  public:
    CurveSection(Theme& theme, LabDocument& document, ImageDesk& desk, AttackSession& attack, RobustnessSession& robustness, QWidget* parent = nullptr);

    /// A second network to measure beside the open one, and ε that a table wants to know; nothing: none.
    void setDefended(std::function<std::optional<RobustnessSubject>()> defended, std::function<std::vector<double>()> epsilons);
    void measure();  ///< what of the chosen curves is not there yet
    bool canMeasure() const;

  private:
    void refresh();
    void followMethod();
    std::vector<AttackSpec> chosenAttacks() const;

    LabDocument& m_document;
    ImageDesk& m_desk;
    AttackSession& m_attack;
    RobustnessSession& m_robustness;
    std::function<std::optional<RobustnessSubject>()> m_defended;
    std::function<std::vector<double>()> m_wanted;
    std::vector<QCheckBox*> m_methods;  ///< in the registry's order
    SegmentedControl *m_split = nullptr, *m_images = nullptr;
    QPushButton* m_measure = nullptr;
};

}  // namespace convolab
