#pragma once

#include <QWidget>
#include <map>

#include "app/image/background_job.h"
#include "core/measure/experiment.h"

class QLabel;
class QListWidget;
class QPushButton;
class QTableWidget;

namespace convolab {

struct ImageDesk;
class LabDocument;
class Theme;
class TrainingSession;

/// Statements about networks, each with what to expect, Run, and what came out in numbers. Results stay until the next run.
class ExperimentPage : public QWidget {
    Q_OBJECT

  public:
    ExperimentPage(Theme& theme, LabDocument& document, TrainingSession& training, ImageDesk& desk, QWidget* parent = nullptr);

    BackgroundJob& job() { return m_job; }
    const ExperimentResult* result(const std::string& id) const;
    void clear();  ///< another document

  private:
    QWidget* buildText(Theme& theme);
    const Experiment& chosen() const;
    void refresh();
    void run();
    void showResult(const ExperimentResult* result);
    void copy(bool csv) const;

    LabDocument& m_document;
    TrainingSession& m_training;
    ImageDesk& m_desk;
    BackgroundJob m_job;
    std::map<std::string, ExperimentResult> m_results;
    QListWidget* m_list = nullptr;
    QLabel *m_statement = nullptr, *m_expectation = nullptr, *m_verdict = nullptr;
    QPushButton* m_run = nullptr;
    QTableWidget* m_table = nullptr;
};

}  // namespace convolab
