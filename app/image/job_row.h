#pragma once

#include <QWidget>

class QLabel;
class QProgressBar;
class QPushButton;

namespace convolab {

class BackgroundJob;
class Theme;

/// A job's 4 px bar, what it does, the time left and Cancel. Takes no room until the job has run for half a second; after
/// a failure it shows the sentence until the next start. When it appears, the scroll area around it brings it into view.
class JobRow : public QWidget {
    Q_OBJECT

  public:
    JobRow(Theme& theme, BackgroundJob& job, QWidget* parent = nullptr);

  private:
    void refresh();
    void bringIntoView();

    BackgroundJob& m_job;
    QProgressBar* m_bar = nullptr;
    QLabel* m_text = nullptr;
    QPushButton* m_cancel = nullptr;
};

}  // namespace convolab
