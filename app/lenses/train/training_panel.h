#pragma once

#include "app/lenses/lens_panel.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace convolab {

class LabDocument;
class SampleStrip;
class SegmentedControl;
class TrainingSession;
class ValueField;

/// The recipe as a form: data, optimizer, schedule, loss and stopping. Rate, momentum and weight decay apply at the next
/// step of a running training; the rest at the next start, and the panel says which.
class TrainingPanel : public LensPanel {
    Q_OBJECT

  public:
    TrainingPanel(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent = nullptr);

  signals:
    void exportRequested();
    void copyCommandRequested();

  private:
    PanelSection* section(const QString& title, const QString& note = {});
    void buildData();
    void buildOptimizer();
    void buildSchedule();
    void buildStopping();
    void buildFooter();
    void showRecipe();
    void showState();
    void showDataset();
    template <class Change>
    void change(Change edit);

    LabDocument& m_document;
    TrainingSession& m_session;
    QLabel* m_restartNote = nullptr;
    QComboBox* m_dataset = nullptr;
    QLabel *m_datasetNote = nullptr, *m_sizes = nullptr, *m_problem = nullptr;
    SampleStrip* m_samples = nullptr;
    QComboBox* m_optimizer = nullptr;
    ValueField *m_rate = nullptr, *m_momentum = nullptr, *m_weightDecay = nullptr;
    QWidget* m_momentumRow = nullptr;
    SegmentedControl* m_batch = nullptr;
    SegmentedControl* m_schedule = nullptr;
    ValueField *m_warmup = nullptr, *m_epochs = nullptr, *m_seed = nullptr;
    QComboBox* m_loss = nullptr;
    QCheckBox* m_keepBest = nullptr;
    bool m_showing = false;
};

}  // namespace convolab
