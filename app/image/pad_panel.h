#pragma once

#include <QWidget>

class QLabel;
class QToolButton;

namespace convolab {

class CurrentImage;
class DrawingPad;
class Theme;

/// The pad with its tools and, small, the image that the network really gets of the drawing.
class PadPanel : public QWidget {
    Q_OBJECT

  public:
    PadPanel(Theme& theme, CurrentImage& image, QWidget* parent = nullptr);

    DrawingPad& pad() { return *m_pad; }

    QSize minimumSizeHint() const override { return {170, 120}; }  ///< shows less where it is low

  protected:
    void resizeEvent(QResizeEvent* event) override;

  private:
    QToolButton* addTool(const char* name, const char* icon, const QString& tip);
    void handOver();
    void refresh();
    void refreshIcons();

    Theme& m_theme;
    CurrentImage& m_image;
    DrawingPad* m_pad = nullptr;
    QLabel *m_title = nullptr, *m_seen = nullptr, *m_seenLabel = nullptr;
    QToolButton *m_pen = nullptr, *m_eraser = nullptr, *m_undo = nullptr, *m_clear = nullptr;
};

}  // namespace convolab
