#pragma once

#include <QTimer>
#include <QWidget>
#include <optional>

#include "core/layers/window.h"
#include "core/tensor/tensor.h"
#include "widgets/maps/value_scale.h"

class QLabel;
class QSlider;
class QToolButton;

namespace convolab {

class MapView;
class Theme;

/// Input and output side by side, with the window that makes one value of the other. The pointer over either moves it,
/// the slider and the play button go through all positions, row by row.
class WindowStage : public QWidget {
    Q_OBJECT

  public:
    explicit WindowStage(Theme& theme, QWidget* parent = nullptr);

    void clear(const QString& why);
    void setInputMap(const QString& caption, std::span<const float> values, int rows, int columns, const ValueScale& scale);
    void setInputImage(const QString& caption, View<const float> image);
    void setInputNothing(const QString& caption);
    void setOutput(const QString& caption, std::span<const float> values, int rows, int columns, const ValueScale& scale);
    /// How input cells belong to output cells; absent: the input is not a map that a window slides over.
    void setWindow(const std::optional<Window>& window);
    /// Position in the output; what lies outside is moved in.
    void setPosition(int row, int column);
    void setInputMark(std::optional<QPoint> cell);  ///< x: column, y: row; where there is no window
    int row() const { return m_row; }
    int column() const { return m_column; }
    bool isPlaying() const { return m_play.isActive(); }
    void stop();

    MapView& input() { return *m_input; }
    MapView& output() { return *m_output; }

  signals:
    void positionChanged(int row, int column);  ///< by a person or the play button

  protected:
    void hideEvent(QHideEvent* event) override;

  private:
    void moveTo(int row, int column);
    void pointAtInput(int row, int column);
    void togglePlay();
    void placeMarks();
    int positions() const;

    Theme& m_theme;
    MapView *m_input = nullptr, *m_output = nullptr;
    QLabel *m_inputCaption = nullptr, *m_outputCaption = nullptr, *m_where = nullptr;
    QToolButton* m_playButton = nullptr;
    QSlider* m_slider = nullptr;
    QTimer m_play;
    std::optional<Window> m_window;
    int m_row = 0, m_column = 0;
};

}  // namespace convolab
