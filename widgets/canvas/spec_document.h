// A network with its analysis and its undo history, in memory.
#pragma once

#include "widgets/canvas/spec_editor.h"

#include <QUndoStack>

namespace convolab {

class SpecDocument : public SpecEditor {
    Q_OBJECT

public:
    explicit SpecDocument(QObject* parent = nullptr);
    explicit SpecDocument(NetworkSpec spec, AnalysisContext context = {}, QObject* parent = nullptr);

    const NetworkSpec& spec() const override { return m_spec; }
    const Analysis& analysis() const override { return m_analysis; }
    const AnalysisContext& context() const override { return m_context; }
    void edit(const QString& text, const Change& change, const QString& mergeKey = {}) override;
    QUndoStack& undoStack() override { return m_undoStack; }

    void setSpec(NetworkSpec spec);             // another network: forgets the history
    void replace(const NetworkSpec& spec);      // part of an undo step that somebody else makes: weights change with it
    void setContext(AnalysisContext context);   // another data set: analyses again; not an undo step

private:
    class Command;
    void show(const NetworkSpec& spec);

    NetworkSpec m_spec;
    AnalysisContext m_context;
    Analysis m_analysis;
    QUndoStack m_undoStack;
};

}  // namespace convolab
