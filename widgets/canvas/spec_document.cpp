#include "widgets/canvas/spec_document.h"

#include <QUndoCommand>

#include <utility>

namespace convolab {

// Holds the whole spec before and after: a spec is a few kilobytes, and an undo that copies cannot go wrong.
class SpecDocument::Command : public QUndoCommand {
public:
    Command(SpecDocument& document, const QString& text, NetworkSpec after, QString mergeKey)
        : QUndoCommand(text), m_document(document), m_before(document.m_spec), m_after(std::move(after)),
          m_mergeKey(std::move(mergeKey)) {}

    void undo() override { m_document.show(m_before); }
    void redo() override { m_document.show(m_after); }
    int id() const override { return m_mergeKey.isEmpty() ? -1 : 1; }

    bool mergeWith(const QUndoCommand* other) override {
        const auto* next = static_cast<const Command*>(other);
        if (next->m_mergeKey != m_mergeKey) return false;
        m_after = next->m_after;
        setObsolete(m_before == m_after);
        return true;
    }

private:
    SpecDocument& m_document;
    NetworkSpec m_before, m_after;
    QString m_mergeKey;
};

SpecDocument::SpecDocument(QObject* parent) : SpecDocument(NetworkSpec{}, {}, parent) {}

SpecDocument::SpecDocument(NetworkSpec spec, AnalysisContext context, QObject* parent)
    : SpecEditor(parent), m_spec(std::move(spec)), m_context(std::move(context)), m_analysis(analyze(m_spec, m_context)) {}

void SpecDocument::edit(const QString& text, const Change& change, const QString& mergeKey) {
    NetworkSpec after = m_spec;
    change(after);
    if (after == m_spec) return;
    m_undoStack.push(new Command(*this, text, std::move(after), mergeKey));
}

void SpecDocument::setSpec(NetworkSpec spec) {
    m_undoStack.clear();
    show(spec);
}

void SpecDocument::replace(const NetworkSpec& spec) { show(spec); }

void SpecDocument::setContext(AnalysisContext context) {
    m_context = std::move(context);
    m_analysis = analyze(m_spec, m_context);
    emit specChanged();
}

void SpecDocument::show(const NetworkSpec& spec) {
    m_spec = spec;
    m_analysis = analyze(m_spec, m_context);
    emit specChanged();
}

}  // namespace convolab
