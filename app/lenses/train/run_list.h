#pragma once

#include <QWidget>
#include <optional>

class QLabel;
class QVBoxLayout;

namespace convolab {

class LabDocument;
class Theme;
class TrainingSession;
struct RunInfo;

/// The document's newest runs with their best validation accuracy, regressions with their lowest error; hidden while there are none.
class RunList : public QWidget {
    Q_OBJECT

  public:
    RunList(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent = nullptr);

  private:
    void refresh();
    /// "29.94 k$", the root mean squared error; nothing where the run has an accuracy.
    std::optional<QString> lowestError(const RunInfo& run) const;

    Theme& m_theme;
    LabDocument& m_document;
    QLabel* m_note = nullptr;
    QVBoxLayout* m_runs = nullptr;
};

}  // namespace convolab
