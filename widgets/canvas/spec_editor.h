// The one way in which widgets change a network. The canvas, the palette and the inspector do not own the document;
// they read the spec and its analysis here and hand in edits, each of which is one undo step. UI thread only.
#pragma once

#include "core/graph/analysis.h"

#include <QObject>
#include <QString>

#include <functional>

class QUndoStack;

namespace convolab {

class SpecEditor : public QObject {
    Q_OBJECT

public:
    using Change = std::function<void(NetworkSpec&)>;
    using QObject::QObject;

    virtual const NetworkSpec& spec() const = 0;
    virtual const Analysis& analysis() const = 0;  // always that of spec()
    virtual const AnalysisContext& context() const = 0;

    // Applies `change` to a copy and makes it the spec: one undo step called `text`. Steps that follow one another with
    // the same merge key (not empty) become one. A change that changes nothing leaves no step.
    virtual void edit(const QString& text, const Change& change, const QString& mergeKey = {}) = 0;

    virtual QUndoStack& undoStack() = 0;

signals:
    void specChanged();  // spec() and analysis() are already the new ones; sent synchronously
};

}  // namespace convolab
