#pragma once

#include <QObject>
#include <QTimer>
#include <memory>

#include "app/lenses/lens.h"
#include "app/report/run_curves.h"
#include "core/data/dataset.h"
#include "core/train/recipe.h"

class QStackedWidget;

namespace convolab {

class CanvasSelection;
class CurvesInstrument;
class InstrumentView;
class LabDocument;
class LayerList;
class RateRangeSession;
class Theme;
class TrainingPanel;
class TrainingSession;
class WeightsDecorator;

/// Train: layers and runs at the left, the recipe at the right, the curves below, the weights on the cards.
class TrainLens : public QObject, public Lens {
    Q_OBJECT

  public:
    TrainLens(Theme& theme, LabDocument& document, TrainingSession& session, CanvasSelection& selection, QObject* parent = nullptr);
    ~TrainLens() override;

    QString id() const override { return QStringLiteral("train"); }
    QString title() const override { return tr("Train"); }
    QWidget* leftPanel() override;
    QWidget* rightPanel() override;
    QWidget* strip() override;
    int stripHeight() const override { return 300; }
    CardDecorator* decorator() override;
    void setActive(bool active) override;

    TrainingPanel& panel() { return *m_panel; }

  signals:
    void cardsChanged();  ///< what the decorator draws is new

  private:
    void buildStrip(Theme& theme, LabDocument& document);
    void refreshCurves();
    DatasetPtr regressionData() const;

    LabDocument& m_document;
    TrainingSession& m_session;
    LayerList* m_list = nullptr;
    TrainingPanel* m_panel = nullptr;
    RateRangeSession* m_range = nullptr;
    QStackedWidget* m_strip = nullptr;  ///< the curves, or the range test
    InstrumentView* m_view = nullptr;
    CurvesInstrument* m_curves = nullptr;
    std::unique_ptr<WeightsDecorator> m_weights;
    RunCurves m_run;
    Recipe m_runRecipe;  ///< of the run whose curves these are
    QTimer m_refresh, m_weightsTimer;
    bool m_active = false;
};

}  // namespace convolab
