// Where cards stand: making room for a new one, and placing layers that an edit has added without a position.
#pragma once

#include "core/graph/network_spec.h"
#include "widgets/canvas/canvas_model.h"

namespace convolab {

inline constexpr double kSnap = 4;
double snapped(double value);  // to the grid of 4

void moveCard(NetworkSpec& spec, NodeId head, double x, double y);  // a folded block with all its layers

// Moves the cards behind `head` to the right as far as needed so that `head` does not stand on them.
void makeRoomBehind(NetworkSpec& spec, NodeId head);

// Gives `node` a place next to what it is connected with, and makes room for it. A docked node takes its card's place.
void placeNear(NetworkSpec& spec, NodeId node);

// Every node of `spec` that `before` does not have, and that was given no position, is placed with placeNear.
void placeNewNodes(const NetworkSpec& before, NetworkSpec& spec);

// A free place for an unconnected card: `wanted`, or the next one below it that touches no card.
QPointF freePlace(const NetworkSpec& spec, QPointF wanted);

}  // namespace convolab
