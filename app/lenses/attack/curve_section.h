#pragma once

#include <vector>

#include "app/lenses/lens_panel.h"

class QCheckBox;
class QPushButton;

namespace convolab {

class AttackSession;
class DefenceSession;
struct ImageDesk;
class RobustnessSession;
class SegmentedControl;

/// Measures accuracy over ε: which attacks, on which images, with progress and cancel.
class CurveSection : public PanelSection {
    Q_OBJECT

  public:
    CurveSection(Theme& theme, ImageDesk& desk, AttackSession& attack, RobustnessSession& robustness, DefenceSession& defence,
                 QWidget* parent = nullptr);

    void setComparing(bool comparing);  ///< measure the defended copy, too
    void measure();

  private:
    void refresh();
    std::vector<AttackSpec> chosenAttacks() const;

    ImageDesk& m_desk;
    AttackSession& m_attack;
    RobustnessSession& m_robustness;
    DefenceSession& m_defence;
    std::vector<QCheckBox*> m_methods;  ///< in the registry's order
    SegmentedControl *m_split = nullptr, *m_images = nullptr;
    QPushButton* m_measure = nullptr;
    bool m_comparing = false;
};

}  // namespace convolab
