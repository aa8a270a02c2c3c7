#pragma once

#include <QFrame>

class QLabel;
class QPushButton;

namespace convolab {

class Theme;
class TrainingSession;

/// Floats over the canvas after a structural edit stopped a training: what is kept, Resume, Start over.
class StructureBanner : public QFrame {
    Q_OBJECT

  public:
    StructureBanner(Theme& theme, TrainingSession& session, QWidget* canvas);

  protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

  private:
    void refresh();
    void place();

    TrainingSession& m_session;
    QLabel* m_text = nullptr;
    QPushButton *m_resume = nullptr, *m_restart = nullptr;
};

}  // namespace convolab
