#pragma once

#include "app/lenses/lens_panel.h"

class QCheckBox;
class QComboBox;
class QLineEdit;

namespace convolab {

class AttackSession;
class EpsilonField;
class SegmentedControl;
struct ImageDesk;
class ValueField;

/// Which attack with which budget: what the registry offers, and of that only what the chosen method knows.
class MethodSection : public PanelSection {
    Q_OBJECT

  public:
    MethodSection(Theme& theme, ImageDesk& desk, AttackSession& attack, QWidget* parent = nullptr);

  private:
    void buildFields(Theme& theme);
    void showSpec();
    void showClasses();
    template <class Change>
    void change(Change edit);

    ImageDesk& m_desk;
    AttackSession& m_attack;
    QComboBox* m_method = nullptr;
    SegmentedControl* m_norm = nullptr;
    EpsilonField* m_epsilon = nullptr;
    ValueField *m_steps = nullptr, *m_restarts = nullptr;
    QLineEdit* m_stepSize = nullptr;
    QCheckBox* m_randomStart = nullptr;
    SegmentedControl* m_goal = nullptr;
    QComboBox* m_target = nullptr;
    QWidget *m_stepsRow = nullptr, *m_sizeRow = nullptr, *m_startRow = nullptr, *m_restartsRow = nullptr, *m_goalRow = nullptr;
    bool m_showing = false;
};

}  // namespace convolab
