#pragma once

#include "core/graph/network_spec.h"

namespace convolab {

// Distances on the canvas in logical pixels.
inline constexpr double kCardStep = 168.0;      ///< from card to card, left to right
inline constexpr double kRowStep = 184.0;       ///< from branch to branch, downwards
inline constexpr double kDockedRowStep = 24.0;  ///< from row to row inside a card

/// Places every layer: cards left to right by their longest distance from the start, branches in rows of their own,
/// the longest path in row 0. The i-th docked layer gets its card's position + (0, 24 · i).
void autoLayout(NetworkSpec& spec);

}  // namespace convolab
