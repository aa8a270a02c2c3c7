#pragma once

#include <QWidget>
#include <memory>
#include <optional>

#include "core/model/weights.h"
#include "widgets/plots/plot_description.h"

class QPushButton;
class QToolButton;

namespace convolab {

class AttackSession;
class CurvesInstrument;
struct ImageDesk;
class ImagePopover;
class InstrumentView;
class LabDocument;
class LogitBarsInstrument;
class PerturbationInstrument;
class RobustnessSession;
class SegmentedControl;
class Theme;
class TrainingSession;
class ValueField;

/// The strip of the attack lens: clean + r (drawn × k) = adversarial, the logits before and after, and accuracy over ε or
/// the curves of the defended copy's training.
class AttackStrip : public QWidget {
    Q_OBJECT

  public:
    AttackStrip(Theme& theme, LabDocument& document, TrainingSession& session, ImageDesk& desk, AttackSession& attack,
                RobustnessSession& robustness, QWidget* parent = nullptr);
    ~AttackStrip() override;

    void refresh();
    /// The curves of a defended copy's training beside those over ε; nothing: there is none.
    void setDefence(std::optional<PlotDescription> plot, WeightSetPtr weights);
    void showDefence();  ///< brings that plot to the front …
    void showCurves();   ///< … or the one over ε

  signals:
    void message(const QString& text, bool problem);

  private:
    QWidget* buildPictures(Theme& theme);
    QWidget* buildPlot(Theme& theme);
    void refreshPicture();
    void refreshPlot();
    void chooseImage();
    void nextImage();
    void fillHardest();
    void save(bool numbers);
    QString saveStem() const;

    Theme& m_theme;
    LabDocument& m_document;
    TrainingSession& m_session;
    ImageDesk& m_desk;
    AttackSession& m_attack;
    RobustnessSession& m_robustness;
    std::optional<PlotDescription> m_defence;
    WeightSetPtr m_defendedWeights;
    InstrumentView *m_pictureView = nullptr, *m_logitView = nullptr, *m_plotView = nullptr;
    PerturbationInstrument* m_pictures = nullptr;
    LogitBarsInstrument* m_logits = nullptr;
    CurvesInstrument* m_plot = nullptr;
    ValueField* m_factor = nullptr;
    std::unique_ptr<ImagePopover> m_chooser;  ///< made when it is first asked for
    QPushButton *m_image = nullptr, *m_next = nullptr, *m_hardest = nullptr, *m_save = nullptr;
    SegmentedControl* m_which = nullptr;
};

}  // namespace convolab
