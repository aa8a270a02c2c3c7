#pragma once

#include "app/devices.h"
#include "core/measure/race.h"

namespace convolab {

/// A device without a problem as one that races; a GPU says itself where the time of its steps goes.
RaceDevice raceDevice(const Device& device);

}  // namespace convolab
