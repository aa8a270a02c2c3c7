#pragma once

#include <QObject>
#include <QPointer>
#include <QScreen>
#include <array>
#include <vector>

class QAction;
class QMainWindow;
class QWidget;
class QWindow;

namespace convolab {

class KeyCaption;
class PointerRing;
class Theme;

/// Present, for a lecture hall: full screen, everything larger, the side panels away, a ring around the pointer, on request the
/// keys that are pressed; Page Down and Page Up, a presenter's remote, go from lens to lens. Leaving restores what was there.
/// Also the panels' switches, which work outside of it as well. UI thread.
class Presenter : public QObject {
    Q_OBJECT

  public:
    struct Parts {
        QWidget *left = nullptr, *right = nullptr, *strip = nullptr;
        QWidget* stage = nullptr;  ///< the canvas; the keys are shown at its lower edge
    };
    Presenter(QMainWindow& window, Theme& theme, const Parts& parts);
    ~Presenter() override;

    bool isOn() const { return m_on; }
    void setOn(bool on);
    QAction* presentAction() const { return m_present; }
    /// In the order of a menu: Present, keystrokes, then the switches of the panels.
    std::vector<QAction*> actions() const;

  signals:
    void entering();  ///< nothing has changed yet
    void left();      ///< everything is back
    void lensStepped(int by);  ///< 1 or -1

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    QAction* panelAction(const QString& text, const char* objectName, const QKeySequence& key, QWidget* panel);
    void enter();
    void leave();
    void showPanels(const std::array<bool, 3>& shown);
    bool isOwnWindow(QObject* watched) const;
    void showKeys(const QString& keys);

    QMainWindow& m_window;
    Theme& m_theme;
    Parts m_parts;
    QAction *m_present = nullptr, *m_keys = nullptr;
    std::array<QAction*, 3> m_panels{};  ///< left, right, strip
    PointerRing* m_ring = nullptr;
    KeyCaption* m_caption = nullptr;
    bool m_on = false;
    Qt::WindowStates m_before;
    std::array<bool, 3> m_shownBefore{};
    QPointer<QScreen> m_screen;  ///< the one that is drawn larger
};

}  // namespace convolab
