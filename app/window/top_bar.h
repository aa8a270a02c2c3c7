#pragma once

#include <QWidget>
#include <vector>

class QAction;
class QButtonGroup;
class QHBoxLayout;
class QLabel;
class QMenu;
class QPushButton;
class QToolButton;

namespace convolab {

class LabDocument;
class DeviceMenu;
class Theme;
class TrainingSession;

/// The 44 px bar: menu, document name, undo and redo, the lenses, transport, counters, device. Shows the state of the
/// document and the session; all actions go straight to them.
class TopBar : public QWidget {
    Q_OBJECT

  public:
    TopBar(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent = nullptr);

    void setMenu(QMenu* menu);
    void setPresentAction(QAction* action);  ///< a button at the right end, with its name where there is room
    void addLens(const QString& id, const QString& title);
    void setLens(const QString& id);
    void stepLens(int by);  ///< chooses the next lens (1) or the one before (-1); stays at the ends
    void setLabVisible(bool visible);  ///< lenses and transport; off on the start page
    void refresh();

  protected:
    void resizeEvent(QResizeEvent* event) override;

  signals:
    void lensChosen(const QString& id);
    void undoRequested();
    void redoRequested();

  private:
    QToolButton* iconButton(const char* objectName, const char* icon, const QString& tip);
    QWidget* counter(const char* objectName, const QString& caption, QLabel*& value, int width);
    QWidget* separator();
    void buildTransport(QHBoxLayout& row);
    void refreshIcons();

    Theme& m_theme;
    LabDocument& m_document;
    TrainingSession& m_session;
    QToolButton* m_menu = nullptr;
    QLabel* m_name = nullptr;
    QToolButton *m_undo = nullptr, *m_redo = nullptr;
    QToolButton *m_restart = nullptr, *m_step = nullptr, *m_play = nullptr;
    QLabel *m_epoch = nullptr, *m_stepCount = nullptr, *m_speed = nullptr;
    QPushButton* m_device = nullptr;
    QToolButton* m_present = nullptr;
    DeviceMenu* m_devices = nullptr;
    QWidget* m_lensRow = nullptr;
    QWidget* m_transport = nullptr;
    QButtonGroup* m_lenses = nullptr;
    std::vector<QString> m_lensIds;
    QPushButton* m_trainLens = nullptr;  ///< wears the dot of a running training
    bool m_playShowsPause = false;
};

}  // namespace convolab
