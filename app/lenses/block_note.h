#pragma once

#include <QString>

#include "core/graph/network_spec.h"

namespace convolab {

/// What a lens's picture on the card of a folded block shows. Empty for a layer's card: its picture is its own. UI thread.

/// "output of block Residual 1: ReLU 2", for pictures of one layer; `shown` is the layer whose output it is.
QString blockOutputNote(const NetworkSpec& spec, NodeId head, NodeId shown);
/// "sum over the 7 layers of block Residual 1", for costs and sizes.
QString blockSumNote(const NetworkSpec& spec, NodeId head);
/// The note, and below it what the pointer is on; one of them may be empty.
QString withNote(const QString& note, const QString& hint);

}  // namespace convolab
