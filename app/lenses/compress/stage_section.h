#pragma once

#include "app/lenses/compress/stage_presenters.h"
#include "app/lenses/lens_panel.h"

class QComboBox;
class QPushButton;

namespace convolab {

class StageSession;

/// Four rows: name, a bar as long as the bytes, the bytes, the accuracy. Estimates are hatched.
class StageBars : public QWidget {
    Q_OBJECT

  public:
    explicit StageBars(Theme& theme, QWidget* parent = nullptr);
    void show(std::vector<Stage> stages);
    const std::vector<Stage>& stages() const { return m_stages; }
    QRectF barOf(std::size_t row) const;  ///< in this widget's pixels
    QSize sizeHint() const override;

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    Theme& m_theme;
    std::vector<Stage> m_stages;
};

/// From the trained network to the file: what each stage weighs, and the coder that the file is to end with.
class StageSection : public PanelSection {
    Q_OBJECT

  public:
    StageSection(Theme& theme, StageSession& stages, QWidget* parent = nullptr);

  private:
    void refresh();

    StageSession& m_session;
    StageBars* m_bars = nullptr;
    QComboBox* m_coder = nullptr;
    QPushButton* m_code = nullptr;
};

}  // namespace convolab
