#pragma once

#include <QObject>
#include <QTimer>

#include "app/lenses/lens.h"
#include "app/report/run_curves.h"

class QSplitter;

namespace convolab {

class CanvasView;
class CostBarsInstrument;
class CurvesInstrument;
class InspectorPanel;
class InstrumentView;
class LabDocument;
class PalettePanel;
class Theme;
class TrainingSession;

/// Build: the palette at the left, the inspector at the right; below, the running loss and where the cost is.
class BuildLens : public QObject, public Lens {
    Q_OBJECT

  public:
    BuildLens(Theme& theme, LabDocument& document, TrainingSession& session, CanvasView& canvas, QObject* parent = nullptr);

    QString id() const override { return QStringLiteral("build"); }
    QString title() const override { return tr("Build"); }
    QWidget* leftPanel() override;
    QWidget* rightPanel() override;
    QWidget* strip() override;
    int stripHeight() const override { return 168; }
    void setActive(bool active) override;

  private:
    void refreshCost();
    void refreshCurve();

    LabDocument& m_document;
    TrainingSession& m_session;
    CanvasView& m_canvas;
    PalettePanel* m_palette = nullptr;
    InspectorPanel* m_inspector = nullptr;
    QSplitter* m_strip = nullptr;
    InstrumentView *m_curveView = nullptr, *m_costView = nullptr;
    CurvesInstrument* m_curve = nullptr;
    CostBarsInstrument* m_cost = nullptr;
    RunCurves m_run;
    QTimer m_refresh;
    std::vector<int> m_costNodes;  ///< node id per row
    bool m_active = false;
};

}  // namespace convolab
