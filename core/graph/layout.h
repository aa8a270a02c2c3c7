#pragma once

#include <set>

#include "core/graph/network_spec.h"

namespace convolab {

// Distances on the canvas in logical pixels.
inline constexpr double kCardStep = 168.0;      ///< from card to card, left to right
inline constexpr double kRowStep = 184.0;       ///< from branch to branch, downwards
inline constexpr double kDockedRowStep = 24.0;  ///< from row to row inside a card
inline constexpr double kPictureRoom = 152.0;   ///< left free in the cards of a line for what a lens draws there
inline constexpr double kLineGap = 44.0;        ///< below a line, for the link that leads back to the next one

enum class Lines {
    AsNeeded,  ///< a network too long to be read whole on the canvas goes on in further lines, like text
    One
};

/// Places every layer: cards left to right by their longest distance from the start, branches in rows of their own,
/// the longest path in row 0. The i-th docked layer gets its card's position + (0, 24 · i). A line ends only where a
/// single link leads on, and never inside an open block, so that branches stay together.
void autoLayout(NetworkSpec& spec, Lines lines = Lines::AsNeeded);

/// Does the link between two cards at these places end one line and begin the next: down, and not to the right?
constexpr bool beginsLine(Position from, Position to) { return to.x <= from.x && to.y > from.y; }

/// The layers that are connected with `node` only over links that begin a line: what an edit beside `node` leaves alone.
std::set<NodeId> layersOfOtherLines(const NetworkSpec& spec, NodeId node);

}  // namespace convolab
