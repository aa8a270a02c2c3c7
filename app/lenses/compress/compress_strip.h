#pragma once

#include <QWidget>

#include "core/graph/network_spec.h"
#include "widgets/instruments/scatter_instrument.h"

class QLabel;
class QLineEdit;
class QPushButton;
class QStackedWidget;

namespace convolab {

class CompressSession;
class CurvesInstrument;
class ErrorSession;
class InstrumentView;
class SegmentedControl;
class SensitivitySession;
class Theme;
class TuneSession;
struct TriedPoint;

/// The strip of the compress lens: accuracy against size of everything that was tried; beside it how sensitive each layer
/// is, or the fine-tuning that runs.
class CompressStrip : public QWidget {
    Q_OBJECT

  public:
    CompressStrip(Theme& theme, CompressSession& session, SensitivitySession& sensitivity, TuneSession& tune, ErrorSession& errors,
                  QWidget* parent = nullptr);

    void refresh();
    void showFineTuning();

  signals:
    void message(const QString& text, bool problem);
    void layerChosen(NodeId layer);

  private:
    QWidget* buildTradeOff(Theme& theme);
    QWidget* buildCurves(Theme& theme, ErrorSession& errors);
    void readBudget();
    void refreshPoints();
    void refreshCurves();
    ScatterInstrument::Tip tipOf(ScatterInstrument::Point point) const;
    const TriedPoint* pointOf(ScatterInstrument::Point point) const;
    void choose(ScatterInstrument::Point point);
    void restore(ScatterInstrument::Point point);

    CompressSession& m_session;
    SensitivitySession& m_sensitivity;
    TuneSession& m_tune;
    InstrumentView *m_scatterView = nullptr, *m_curvesView = nullptr;
    ScatterInstrument* m_scatter = nullptr;
    CurvesInstrument* m_curves = nullptr;
    std::vector<std::vector<std::int64_t>> m_ids;  ///< per series and mark: the tried point
    std::optional<std::int64_t> m_looked;          ///< chosen by a click, not restored
    SegmentedControl *m_which = nullptr, *m_kind = nullptr;
    QStackedWidget* m_pages = nullptr;
    QPushButton *m_measure = nullptr, *m_restore = nullptr;
    QLabel* m_looking = nullptr;
    QLineEdit* m_budget = nullptr;  ///< in points
};

}  // namespace convolab
