#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace convolab {

class PredictionBars;
class Theme;
struct ActivationSnapshot;
struct ImageDesk;
struct Targets;

/// What the network says about the current image: "Prediction 3 94.3 %, in 0.21 ms", which image it is, a bar for each
/// class, and what the numbers rest on (untrained weights, channels that are switched off).
class PredictionPanel : public QWidget {
    Q_OBJECT

  public:
    PredictionPanel(Theme& theme, ImageDesk& desk, QWidget* parent = nullptr);

  private:
    void refreshImage();
    void refreshAnswer();
    /// Of a data set with targets: the nearest class, or the number of a regression, and what the outputs are.
    void showOutputs(const ActivationSnapshot& snapshot, const Targets& targets, int classes);
    void refreshNote();
    QString time() const;

    Theme& m_theme;
    ImageDesk& m_desk;
    QLabel *m_title = nullptr, *m_image = nullptr, *m_note = nullptr;
    QPushButton* m_allOn = nullptr;
    QWidget* m_noteRow = nullptr;
    PredictionBars* m_bars = nullptr;
};

}  // namespace convolab
