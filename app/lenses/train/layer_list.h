#pragma once

#include <QAbstractListModel>
#include <QWidget>

class QListView;
class QVBoxLayout;

namespace convolab {

class CanvasSelection;
class LabDocument;
class Theme;
class TrainingSession;

/// The layers in execution order, docked ones indented, each with its parameters; selection follows the canvas. Below
/// it the document's runs.
class LayerList : public QWidget {
    Q_OBJECT

  public:
    LayerList(Theme& theme, LabDocument& document, TrainingSession& session, CanvasSelection& selection, QWidget* parent = nullptr);

  signals:
    void layerActivated(int nodeId);

  private:
    void refreshLayers();
    void refreshRuns();
    void showSelection();

    Theme& m_theme;
    LabDocument& m_document;
    TrainingSession& m_session;
    CanvasSelection& m_selection;
    class LayerListModel* m_model = nullptr;
    QListView* m_view = nullptr;
    QVBoxLayout* m_runs = nullptr;
    QWidget* m_runsBox = nullptr;
    bool m_showing = false;
};

}  // namespace convolab
