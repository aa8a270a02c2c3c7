#pragma once

#include <QWidget>

class QLabel;
class QPushButton;

namespace convolab {

class LabDocument;
class Theme;
class TrainingSession;

/// The 24 px bar: diagnostics (click for the list), parameters, MACs, activation memory, size; seed, saving, backend.
class StatusBar : public QWidget {
    Q_OBJECT

  public:
    StatusBar(Theme& theme, LabDocument& document, TrainingSession& session, QWidget* parent = nullptr);
    QPushButton* diagnosticsButton() const { return m_diagnostics; }

    /// A message in place of the numbers: for six seconds, an error for eighteen.
    void showMessage(const QString& text, bool isError);

  signals:
    void diagnosticsClicked();

  private:
    void refresh();
    void refreshDiagnostics();

    Theme& m_theme;
    LabDocument& m_document;
    TrainingSession& m_session;
    QPushButton* m_diagnostics = nullptr;
    QLabel* m_cost = nullptr;
    QLabel* m_message = nullptr;
    QLabel* m_right = nullptr;
};

}  // namespace convolab
