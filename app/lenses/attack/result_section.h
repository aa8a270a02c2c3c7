#pragma once

#include "app/lenses/lens_panel.h"

namespace convolab {

class AttackSession;
struct ImageDesk;
class RobustnessSession;

/// What came out: accuracies of the measured curve with split, number and ±; the perturbation of this image; the
/// smallest one; and a note where a weak attack flatters.
class ResultSection : public PanelSection {
    Q_OBJECT

  public:
    ResultSection(Theme& theme, ImageDesk& desk, AttackSession& attack, RobustnessSession& robustness, QWidget* parent = nullptr);

  private:
    struct Row {
        QLabel *name = nullptr, *value = nullptr;
    };
    Row addValue(const char* objectName, const QString& name);
    QLabel* addNote(const char* objectName, const char* role);
    static void show(const Row& row, const QString& text, bool waits = false);
    void refreshImage();
    void refreshCurve();

    Theme& m_theme;
    ImageDesk& m_desk;
    AttackSession& m_attack;
    RobustnessSession& m_robustness;
    Row m_clean, m_robust, m_norms, m_smallest, m_rho;
    QLabel *m_problem = nullptr, *m_sample = nullptr, *m_flattery = nullptr;
};

}  // namespace convolab
