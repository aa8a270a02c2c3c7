#pragma once

#include <array>
#include <vector>

#include "app/lenses/lens_panel.h"
#include "core/train/recipe.h"

class QComboBox;
class QProgressBar;
class QPushButton;

namespace convolab {

class AttackSession;
class DefenceSession;
class EpsilonField;
class RobustnessSession;
class ValueField;

/// Adversarial training of a copy: with what, how long, how it goes, and how the two networks compare.
class DefenceSection : public PanelSection {
    Q_OBJECT

  public:
    DefenceSection(Theme& theme, AttackSession& attack, RobustnessSession& robustness, DefenceSession& defence, QWidget* parent = nullptr);

    /// The ε of the table's columns: half of what the copy is trained with, and that.
    std::vector<double> tableEpsilons() const;

  signals:
    void compareRequested();
    void openRequested(const QString& file);
    void trainingStarted();
    void message(const QString& text, bool problem);

  private:
    void buildFields(Theme& theme);
    void buildButtons();
    void buildTable(Theme& theme);
    QLabel* addNote(Theme& theme, const char* objectName, const char* role);
    AdversarialSpec chosen() const;
    void showFields();
    void refreshState();
    void refreshTable();
    void openCopy();

    AttackSession& m_attack;
    RobustnessSession& m_robustness;
    DefenceSession& m_defence;
    QComboBox* m_with = nullptr;
    EpsilonField* m_epsilon = nullptr;
    ValueField *m_steps = nullptr, *m_mix = nullptr, *m_warmup = nullptr, *m_epochs = nullptr;
    bool m_warmupChosen = false;  ///< by hand; else it follows the attack
    QWidget* m_stepsRow = nullptr;
    QPushButton *m_train = nullptr, *m_stop = nullptr, *m_compare = nullptr, *m_open = nullptr;
    QProgressBar* m_bar = nullptr;
    QLabel *m_state = nullptr, *m_warning = nullptr, *m_shared = nullptr, *m_sample = nullptr;
    QWidget* m_table = nullptr;
    std::array<QLabel*, 3> m_heads{};
    std::array<std::array<QLabel*, 3>, 2> m_cells{};  ///< this network, defended
    AttackNorm m_norm = AttackNorm::Linf;
};

}  // namespace convolab
