// Shows the problems of one layer beside its card, one at a time. A child of the canvas, not a window.
#pragma once

#include "core/graph/analysis.h"
#include "widgets/theme/theme.h"

#include <QFrame>

#include <functional>

class QGridLayout;
class QLabel;
class QPushButton;
class QVBoxLayout;

namespace convolab {

class DiagnosticPopover : public QFrame {
    Q_OBJECT

public:
    DiagnosticPopover(const Theme& theme, QWidget* parent);

    void showDiagnostics(std::vector<Diagnostic> diagnostics, std::size_t index = 0);
    const std::vector<Diagnostic>& diagnostics() const { return m_diagnostics; }
    std::size_t index() const { return m_index; }

signals:
    void fixLookedAt(const convolab::Fix& fix);  // the pointer or the focus is on its button
    void fixLeft();
    void fixChosen(const convolab::Fix& fix);
    void closed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;
    void keyPressEvent(QKeyEvent* event) override;
    void paintEvent(QPaintEvent* event) override;

private:
    void rebuild();
    QWidget* header(const Diagnostic& diagnostic);
    void addDetails(const Diagnostic& diagnostic);
    void addFixes(const Diagnostic& diagnostic);

    const Theme& m_theme;
    std::vector<Diagnostic> m_diagnostics;
    std::size_t m_index = 0;
    QVBoxLayout* m_layout;
};

// A button for a fix, with an accessible name; the main one is the accented.
QPushButton* makeFixButton(const Fix& fix, bool main, const Theme& theme, QWidget* parent);

}  // namespace convolab
