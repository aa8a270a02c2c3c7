// Which way an edge takes past the cards that stand between its ends.
#pragma once

#include "widgets/canvas/canvas_model.h"

namespace convolab {

LinkRoute linkRoute(const CanvasModel& model, const Card& from, const Card& to, int toPort);

}  // namespace convolab
