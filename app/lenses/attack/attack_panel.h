#pragma once

#include "app/lenses/lens_panel.h"

namespace convolab {

class AttackSession;
class CurvesInstrument;
class CurveSection;
class DefenceSection;
class DefenceSession;
struct ImageDesk;
class InstrumentView;
class LabDocument;
class RobustnessSession;

/// The right panel of the attack lens: the method and its budget, this image over ε, what came out, and the curve.
class AttackPanel : public LensPanel {
    Q_OBJECT

  public:
    AttackPanel(Theme& theme, LabDocument& document, ImageDesk& desk, AttackSession& attack, RobustnessSession& robustness,
                DefenceSession& defence, QWidget* parent = nullptr);

    CurveSection& curve() { return *m_curve; }
    DefenceSection& defence() { return *m_defence; }

  private:
    void refreshSweep();

    ImageDesk& m_desk;
    AttackSession& m_attack;
    InstrumentView* m_sweepView = nullptr;
    CurvesInstrument* m_sweep = nullptr;
    CurveSection* m_curve = nullptr;
    DefenceSection* m_defence = nullptr;
};

}  // namespace convolab
