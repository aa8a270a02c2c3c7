#pragma once

#include <QImage>
#include <QWidget>
#include <optional>
#include <vector>

namespace convolab {

class Theme;

/// A square to draw on, white ink on black, with the mouse or with the keyboard alone: arrows move a cursor (with Shift
/// in small steps), space puts the pen down and lifts it, E changes pen and eraser, Delete clears, Ctrl+Z takes back a
/// stroke.
class DrawingPad : public QWidget {
    Q_OBJECT

  public:
    enum class Tool { Pen, Eraser };

    explicit DrawingPad(Theme& theme, QWidget* parent = nullptr);

    static constexpr int kSide = 448;
    /// Grey, kSide × kSide, 255 = ink: the same whatever the size on the screen.
    const QImage& drawing() const { return m_drawing; }
    bool isBlank() const;

    Tool tool() const { return m_tool; }
    void setTool(Tool tool);
    double penWidth() const { return m_penWidth; }  ///< as a share of the pad's side
    void setPenWidth(double share);                 ///< kThinnest … kThickest
    static constexpr double kThinnest = 0.03, kThickest = 0.16;
    bool canUndo() const { return !m_undo.empty(); }
    void undo();
    void clear();  ///< can be undone, too
    void setLive(bool live);            ///< the pad is the source in use: accent border
    void setHint(const QString& text);  ///< shown on a blank pad
    QRectF field() const;               ///< the square, in the widget

    QSize sizeHint() const override { return {240, 240}; }
    QSize minimumSizeHint() const override { return {96, 96}; }

  signals:
    void strokeChanged();  ///< the drawing is new; also while a stroke goes on
    void toolChanged();
    void undoChanged();

  protected:
    bool event(QEvent* event) override;
    void paintEvent(QPaintEvent* event) override;
    void mousePressEvent(QMouseEvent* event) override;
    void mouseMoveEvent(QMouseEvent* event) override;
    void mouseReleaseEvent(QMouseEvent* event) override;
    void leaveEvent(QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void focusInEvent(QFocusEvent* event) override;
    void focusOutEvent(QFocusEvent* event) override;

  private:
    QPointF fromWidget(QPointF position) const;
    QPointF toWidget(QPointF position) const;
    void beginStroke(QPointF position);
    void continueStroke(QPointF position);
    void endStroke();
    void moveCursor(QPointF by);
    void paintCursor(QPainter& painter) const;
    void describe();

    Theme& m_theme;
    QImage m_drawing;
    std::vector<QImage> m_undo;
    std::optional<QPointF> m_last;   ///< end of the stroke that goes on, in pixels of the drawing
    std::optional<QPointF> m_hover;
    QPointF m_cursor{kSide / 2.0, kSide / 2.0};
    QString m_hint;
    double m_penWidth = 0.09;
    Tool m_tool = Tool::Pen;
    bool m_live = false;
    bool m_keyboard = false;  ///< the cursor is shown since keys move it
};

}  // namespace convolab
