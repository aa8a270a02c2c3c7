// All problems of the network, errors first: icon, sentence, and the repairs as buttons.
#pragma once

#include "widgets/canvas/spec_editor.h"
#include "widgets/theme/theme.h"

#include <QScrollArea>

#include <functional>

class QVBoxLayout;

namespace convolab {

class DiagnosticsList : public QScrollArea {
    Q_OBJECT

public:
    DiagnosticsList(SpecEditor& editor, const Theme& theme, QWidget* parent = nullptr);

    // Which problems to list; all by default. The inspector lists those near the selected layer.
    void setFilter(std::function<bool(const Diagnostic&)> filter);
    int count() const { return m_count; }
    void refresh();

signals:
    void nodeChosen(convolab::NodeId node);  // select it and bring it into view
    void fixChosen(const convolab::Fix& fix);
    void fixLookedAt(const convolab::Fix& fix);
    void fixLeft();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    QWidget* makeRow(const Diagnostic& diagnostic);

    SpecEditor& m_editor;
    const Theme& m_theme;
    std::function<bool(const Diagnostic&)> m_filter;
    std::vector<Fix> m_fixes;
    QVBoxLayout* m_rows;
    int m_count = 0;
};

}  // namespace convolab
