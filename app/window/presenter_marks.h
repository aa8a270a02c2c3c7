#pragma once

#include <QLabel>
#include <QTimer>
#include <QWidget>

class QKeyEvent;

namespace convolab {

class Theme;

/// A ring around the pointer that the last row sees; filled while a button is held. Lets every event through.
class PointerRing : public QWidget {
  public:
    PointerRing(Theme& theme, QWidget* window);
    void follow(QPoint position);  ///< in the window's coordinates
    void setPressed(bool pressed);

  protected:
    void paintEvent(QPaintEvent* event) override;

  private:
    Theme& m_theme;
    bool m_pressed = false;
};

/// The keys that were pressed, for a moment, at the lower edge of the stage.
class KeyCaption : public QLabel {
  public:
    KeyCaption(Theme& theme, QWidget* window);
    void announce(const QString& keys, QPoint bottomCentre);  ///< in the window's coordinates

  private:
    Theme& m_theme;
    QTimer m_away;
};

/// "Ctrl+Shift+Z", "F5", "Page Down"; empty for a modifier alone.
QString keyText(const QKeyEvent& event);

}  // namespace convolab
