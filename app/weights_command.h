#pragma once

#include <QString>

#include "core/graph/network_spec.h"
#include "core/model/weights.h"

namespace convolab {

class LabDocument;
class TrainingSession;

/// What a command does to the document: another network, other weights, or both.
struct WeightsChange {
    QString text;              ///< of the undo step: "Apply the plan"
    NetworkSpec spec;
    WeightSetPtr weights;      ///< of `spec`
    std::string title;         ///< of the run that holds them: "pruned"
    bool keepsZeros = false;   ///< a training that goes on leaves weights of 0 at 0
};

/// One undo step. The weights before and after are runs in the document's file; they stay in memory, too, while all such
/// steps together take at most kWeightsInMemory. What a training does between undo and redo is kept. Not while a training
/// runs: see stopsTraining.
void pushWeightsChange(LabDocument& document, TrainingSession& session, WeightsChange change);

constexpr std::int64_t kWeightsInMemory = 256 << 20;  ///< bytes

/// What all undo steps of every kind keep of weights in memory, in bytes. Who keeps some adds them, and takes them off.
std::int64_t& undoWeightBytes();
std::int64_t weightBytes(const WeightSet& weights);

/// The next undo (or redo) exchanges the weights of a training that runs: it has to be paused first.
bool stopsTraining(LabDocument& document, const TrainingSession& session, bool redo);

}  // namespace convolab
