#pragma once

#include <QWidget>

class QComboBox;
class QLabel;
class QPushButton;
class QStackedWidget;

namespace convolab {

class CanvasSelection;
class CurvesInstrument;
class DevicesView;
class ExperimentPage;
struct ImageDesk;
class InstrumentView;
class LabDocument;
class LayerTable;
class MeasureSession;
class RacePage;
class SegmentedControl;
class Theme;
class TrainingSession;

/// The strip of the measure lens: the layers as a table, devices, and a plot (time over the batch, or what no other version
/// beats); on a second page the experiments, on a third the race of processor and GPU.
class MeasureStrip : public QWidget {
    Q_OBJECT

  public:
    MeasureStrip(Theme& theme, LabDocument& document, TrainingSession& training, ImageDesk& desk, MeasureSession& session,
                 CanvasSelection& selection, QWidget* parent = nullptr);

    void refresh();
    LayerTable& table() { return *m_table; }
    ExperimentPage& experiments() { return *m_experiments; }
    RacePage& race() { return *m_race; }

  signals:
    void message(const QString& text, bool problem);

  private:
    QWidget* buildFigures(Theme& theme, CanvasSelection& selection);
    QWidget* buildPlot(Theme& theme);
    void refreshPlot();
    void saveCsv();

    MeasureSession& m_session;
    QStackedWidget* m_pages = nullptr;
    SegmentedControl *m_page = nullptr, *m_which = nullptr;
    LayerTable* m_table = nullptr;
    QLabel *m_how = nullptr, *m_empty = nullptr;
    QPushButton* m_measure = nullptr;
    QStackedWidget* m_tableSlot = nullptr;
    DevicesView* m_devices = nullptr;
    InstrumentView* m_plotView = nullptr;
    CurvesInstrument* m_plot = nullptr;
    QWidget* m_axes = nullptr;
    QComboBox *m_xAxis = nullptr, *m_yAxis = nullptr;
    ExperimentPage* m_experiments = nullptr;
    RacePage* m_race = nullptr;
};

}  // namespace convolab
