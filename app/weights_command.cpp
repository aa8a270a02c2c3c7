#include "app/weights_command.h"

#include <QUndoCommand>
#include <QUndoStack>
#include <utility>

#include "app/lab_document.h"
#include "app/training_session.h"

namespace convolab {

namespace {

constexpr int kWeightsCommandId = 3;  // SpecDocument's commands have 1, the recipe's 2

std::int64_t bytesOf(const TrainingSession::RunState& state) {
    std::int64_t bytes = state.best ? weightBytes(*state.best) : 0;
    if (!state.checkpoint) return bytes;
    bytes += weightBytes(state.checkpoint->weights) + static_cast<std::int64_t>(state.checkpoint->optimizerState.size() * sizeof(float));
    if (state.checkpoint->best && state.checkpoint->best != state.best) bytes += weightBytes(*state.checkpoint->best);
    return bytes;
}

bool holdsWeights(const QUndoCommand& command) {
    if (command.id() == kWeightsCommandId) return true;
    for (int i = 0; i < command.childCount(); ++i) {
        if (holdsWeights(*command.child(i))) return true;
    }
    return false;
}

/// A run that waits for its return.
class Kept {
  public:
    ~Kept() { undoWeightBytes() -= m_bytes; }

    void put(TrainingSession::RunState state) {
        undoWeightBytes() -= std::exchange(m_bytes, 0);
        m_state = std::move(state);
        const std::int64_t bytes = bytesOf(m_state);
        if (m_state.run > 0 && undoWeightBytes() + bytes > kWeightsInMemory) {
            m_state.checkpoint.reset();
            m_state.best.reset();
            return;
        }
        m_bytes = bytes;
        undoWeightBytes() += bytes;
    }
    const TrainingSession::RunState& state() const { return m_state; }

  private:
    TrainingSession::RunState m_state;
    std::int64_t m_bytes = 0;
};

}  // namespace

std::int64_t& undoWeightBytes() {
    static std::int64_t bytes = 0;
    return bytes;
}

std::int64_t weightBytes(const WeightSet& weights) {
    return static_cast<std::int64_t>((weights.parameters.size() + weights.statistics.size()) * sizeof(float));
}

class WeightsCommand : public QUndoCommand {
  public:
    WeightsCommand(LabDocument& document, TrainingSession& session, WeightsChange change)
        : QUndoCommand(change.text), m_document(document), m_session(session), m_spec(std::move(change.spec)) {
        m_other.put(session.newState(m_spec, change.weights, change.title, change.keepsZeros));
    }
    int id() const override { return kWeightsCommandId; }
    void undo() override { exchange(); }
    void redo() override { exchange(); }

  private:
    // What is there now waits for the next turn: a training between undo and redo is not lost.
    void exchange() {
        TrainingSession::RunState next = m_other.state();
        NetworkSpec shown = m_document.network().spec();
        m_other.put(m_session.runState());
        m_session.adopt(std::move(next));
        m_document.network().replace(std::exchange(m_spec, std::move(shown)));
    }

    LabDocument& m_document;
    TrainingSession& m_session;
    NetworkSpec m_spec;  // of the other side
    Kept m_other;
};

void pushWeightsChange(LabDocument& document, TrainingSession& session, WeightsChange change) {
    session.settle();
    document.network().undoStack().push(new WeightsCommand(document, session, std::move(change)));
}

bool stopsTraining(LabDocument& document, const TrainingSession& session, bool redo) {
    if (!session.isRunning()) return false;
    const QUndoStack& stack = document.network().undoStack();
    const QUndoCommand* next = stack.command(redo ? stack.index() : stack.index() - 1);
    return next != nullptr && holdsWeights(*next);
}

}  // namespace convolab
