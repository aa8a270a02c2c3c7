#pragma once

#include "app/lenses/lens_panel.h"
#include "core/graph/network_spec.h"

namespace convolab {

class ActionSection;
class CompressSession;
class DenseSession;
class ExportSession;
struct ImageDesk;
class LabDocument;
class LayerSection;
class PlanTable;
class QuantiseSection;
class RecipeSession;
class StageSession;
class TrainingSession;
class TuneSession;

/// The right panel of the compress lens: key numbers, the chosen layer, the plan, and what is done with it.
class CompressPanel : public LensPanel {
    Q_OBJECT

  public:
    /// What the panel works with; all of them outlive it.
    struct Sessions {
        TrainingSession& training;
        ImageDesk& desk;
        CompressSession& compress;
        TuneSession& tune;
        DenseSession& dense;
        StageSession& stages;
        RecipeSession& recipe;
        ExportSession& exports;
    };
    CompressPanel(Theme& theme, LabDocument& document, const Sessions& sessions, QWidget* parent = nullptr);

    void setLayer(NodeId layer);
    LayerSection& layerSection() { return *m_layer; }
    ActionSection& actions() { return *m_actions; }

  signals:
    void layerChosen(NodeId layer);
    void trainRequested();

  private:
    LabDocument& m_document;
    LayerSection* m_layer = nullptr;
    PlanTable* m_table = nullptr;
    ActionSection* m_actions = nullptr;
};

}  // namespace convolab
