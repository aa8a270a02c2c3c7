#pragma once

#include <QImage>
#include <QWidget>
#include <vector>

namespace convolab {

class Theme;

/// A square to draw on, white ink on black, with the mouse or with the keyboard alone: arrows move a cursor, space puts
/// the pen down and lifts it, E changes pen and eraser, Delete clears, Ctrl+Z undoes a stroke. Undo steps are strokes.
class DrawingPad : public QWidget {
    Q_OBJECT

  public:
    enum class Tool { Pen, Eraser };

    explicit DrawingPad(Theme& theme, QWidget* parent = nullptr);

    /// Grey, kSide × kSide, 255 = ink: the same whatever the size on the screen.
    const QImage& drawing() const { return m_drawing; }
    static constexpr int kSide = 280;
    bool isBlank() const;

    Tool tool() const { return m_tool; }
    void setTool(Tool tool);
    double penWidth() const { return m_penWidth; }  ///< as a share of the pad's side
    void setPenWidth(double share);                 ///< 0.02 … 0.2
    bool canUndo() const { return !m_undo.empty(); }
    void undo();
    void clear();                                   ///< an undo step, too
    void setLive(bool live);                        ///< the pad is the source in use: accent border
    void setHint(const QString& text);              ///< on a blank pad: "draw a digit"

  signals:
    void strokeChanged();  ///< the drawing is new; while a stroke goes on, too
    void toolChanged();

  private:
    std::vector<QImage> m_undo;
    QImage m_drawing;
    Theme& m_theme;
    QString m_hint;
    QPointF m_cursor{0.5, 0.5};
    double m_penWidth = 0.08;
    Tool m_tool = Tool::Pen;
    bool m_live = false;
};

}  // namespace convolab
