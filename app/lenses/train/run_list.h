#pragma once

#include <QWidget>

class QVBoxLayout;

namespace convolab {

class LabDocument;
class Theme;
class TrainingSession;

/// The document's newest runs with their best validation accuracy; hidden while there are none.
class RunList : public QWidget {
    Q_OBJECT

  public:
    RunList(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent = nullptr);

  private:
    void refresh();

    Theme& m_theme;
    LabDocument& m_document;
    QVBoxLayout* m_runs = nullptr;
};

}  // namespace convolab
