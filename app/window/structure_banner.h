#pragma once

#include <QFrame>

class QLabel;
class QPushButton;

namespace convolab {

class Theme;
class TrainingSession;

/// Floats over the canvas when a training needs a decision. After a structural edit: what is kept, Resume, Start over. After
/// its device was lost: what is kept, Go on on the CPU. After a move to another device that was not possible: why.
class StructureBanner : public QFrame {
    Q_OBJECT

  public:
    StructureBanner(Theme& theme, TrainingSession& session, QWidget* canvas);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void refresh();
    void showStructure();
    void showDeviceLost();
    void showMoveProblem();
    void press();
    void place();

    TrainingSession& m_session;
    QLabel* m_text = nullptr;
    QPushButton *m_resume = nullptr, *m_restart = nullptr, *m_close = nullptr;
};

}  // namespace convolab
