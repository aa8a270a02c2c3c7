#pragma once

#include "app/lenses/lens_panel.h"

class QMenu;
class QPushButton;

namespace convolab {

class CompressSession;
class DenseSession;
class ExportSession;
class LabDocument;
class RecipeSession;
class SegmentedControl;
class TrainingSession;
class TuneSession;
class ValueField;

/// What is done with a plan: fine-tune, make dense, export, apply, keep, do again.
class ActionSection : public PanelSection {
    Q_OBJECT

  public:
    ActionSection(Theme& theme, LabDocument& document, TrainingSession& session, CompressSession& compress, TuneSession& tune, DenseSession& dense,
                  RecipeSession& recipe, ExportSession& exports, QWidget* parent = nullptr);

  signals:
    void tuningStarted();
    void message(const QString& text, bool problem);

  private:
    void buildSchedule();
    void buildBadges(Theme& theme);
    void buildButtons();
    void refresh();
    void fineTune();
    void apply();
    void keepVersion();
    void fillMenus();
    void fillRecipes(QMenu& menu);
    void runRecipe();
    void refreshState();

    LabDocument& m_document;
    TrainingSession& m_session;
    CompressSession& m_compress;
    TuneSession& m_tune;
    DenseSession& m_dense;
    RecipeSession& m_recipe;
    ExportSession& m_exports;
    SegmentedControl* m_schedule = nullptr;
    ValueField* m_epochs = nullptr;
    QLabel *m_before = nullptr, *m_after = nullptr, *m_state = nullptr;
    QPushButton *m_tuneButton = nullptr, *m_denseButton = nullptr, *m_exportButton = nullptr, *m_applyButton = nullptr, *m_keepButton = nullptr,
                *m_moreButton = nullptr;
};

}  // namespace convolab
