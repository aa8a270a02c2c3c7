#pragma once

#include <QWidget>
#include <functional>
#include <optional>

#include "app/devices.h"
#include "app/image/background_job.h"
#include "app/lenses/measure/race_presenters.h"

class QLabel;
class QPushButton;
class QStackedWidget;
class QTableWidget;

namespace convolab {

class CurvesInstrument;
class InstrumentView;
class LabDocument;
class RooflineInstrument;
class SegmentedControl;
class Theme;
class TrainingSession;

/// The processor against a GPU: the open network trained on both from one seed, with both losses and where both times go; and
/// from which width, or batch, of a dense network on the GPU is faster; how near the layers come to the devices' roofs. Without a GPU it says why, and the processor runs alone.
class RacePage : public QWidget {
    Q_OBJECT

  public:
    using Finder = std::function<std::vector<Device>()>;

    RacePage(Theme& theme, LabDocument& document, TrainingSession& training, QWidget* parent = nullptr);
    void setFinder(Finder gpus) { m_gpus = std::move(gpus); }  ///< before it is first shown

    BackgroundJob& job() { return m_job; }
    const std::optional<Race>& race() const { return m_race; }
    const std::optional<Sweep>& sweep(bool batch) const { return m_sweeps[batch ? 1 : 0]; }
    void setSteps(std::int64_t steps) { m_steps = steps; }
    void setSweepOptions(const SweepOptions& options) { m_options = options; }
    void clear();  ///< another document
    QSize minimumSizeHint() const override;

  protected:
    void resizeEvent(QResizeEvent* event) override;
    void showEvent(QShowEvent* event) override;  ///< GPUs are looked for when somebody looks at the page

  private:
    enum View { RaceView, WidthView, BatchView, RooflineView };
    View view() const;
    bool showsRace() const { return view() == RaceView || view() == RooflineView; }
    const std::optional<Sweep>& shownSweep() const { return m_sweeps[view() == BatchView ? 1 : 0]; }
    QWidget* buildPlots(Theme& theme);
    QWidget* buildText(Theme& theme);
    QWidget* buildTable(Theme& theme);
    void refresh();
    void showTexts();
    void showPlots();
    void showTable();
    void fitTable();
    std::vector<RaceRow> tableRows(QStringList& header) const;
    void run();
    void runRaceJob(const std::vector<RaceDevice>& devices);
    std::vector<RaceDevice> devicesInRace() const;
    bool canRun(QString* reason) const;
    void copyTable(bool csv) const;

    LabDocument& m_document;
    TrainingSession& m_training;
    Finder m_gpus = gpuDevices;
    BackgroundJob m_job, m_look;
    std::optional<Device> m_gpu;    ///< the one that races; absent: see m_gpuProblem
    QString m_gpuProblem;
    bool m_looked = false;
    std::int64_t m_steps = 200;     ///< of the race
    SweepOptions m_options;
    std::optional<Race> m_race;
    std::optional<Sweep> m_sweeps[2];
    SegmentedControl* m_view = nullptr;
    QLabel *m_headline = nullptr, *m_device = nullptr, *m_words = nullptr;
    QPushButton* m_run = nullptr;
    QStackedWidget* m_plots = nullptr;
    InstrumentView *m_plotView = nullptr, *m_rooflineView = nullptr;
    CurvesInstrument* m_plot = nullptr;
    RooflineInstrument* m_roofline = nullptr;
    QTableWidget* m_table = nullptr;
    int m_tableWidth = 0;  ///< of all its columns
};

}  // namespace convolab
