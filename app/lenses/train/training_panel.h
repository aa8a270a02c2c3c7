#pragma once

#include <optional>

#include "app/lenses/lens_panel.h"
#include "core/data/dataset.h"
#include "core/train/recipe.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QLineEdit;
class QPushButton;

namespace convolab {

class AugmentationSection;
class LabDocument;
class OptionFields;
class RegularisationSection;
class SampleStrip;
class SegmentedControl;
class TrainingSession;
class ValueField;

/// The recipe as a form: data, optimizer, schedule, augmentation, regularisation, loss and stopping. What withLiveFields names
/// applies at the next step of a running training; the rest at the next start, and the panel says which.
class TrainingPanel : public LensPanel {
    Q_OBJECT

  public:
    TrainingPanel(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent = nullptr);

  signals:
    void rangeTestRequested();
    void exportRequested();
    void copyCommandRequested();

  private:
    PanelSection* section(const QString& title, const QString& note = {});
    QLabel* caption(const char* objectName);
    void buildData();
    void buildOptimizer();
    void buildSchedule();
    void buildStopping();
    void buildTargets(PanelSection& section);
    void applyClassWeights(const QString& typed);
    void showTargets(const Recipe& recipe);
    void buildFooter();
    void showRecipe();
    void showState();
    void showDataset();
    void showExamples(const DatasetPtr& dataset);
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
    QLabel *m_formula = nullptr, *m_decayFormula = nullptr, *m_scheduleHelp = nullptr;
    OptionFields *m_optimizerOptions = nullptr, *m_scheduleOptions = nullptr;
    QPushButton* m_moreOptimizer = nullptr;
    bool m_optimizerFolded = true;
    SegmentedControl* m_batch = nullptr;
    QComboBox* m_schedule = nullptr;
    ValueField *m_epochs = nullptr, *m_seed = nullptr, *m_smoothing = nullptr, *m_patience = nullptr;
    AugmentationSection* m_augmentation = nullptr;
    RegularisationSection* m_regularisation = nullptr;
    QComboBox *m_loss = nullptr, *m_classWeights = nullptr;
    QLineEdit* m_weightList = nullptr;
    QWidget *m_smoothingRow = nullptr, *m_classRow = nullptr, *m_listRow = nullptr;
    QCheckBox* m_keepBest = nullptr;
    DatasetPtr m_exampleSource, m_examples;  ///< as it is, and as it fits the network
    std::optional<Shape> m_exampleShape;
    bool m_showing = false;
};

}  // namespace convolab
