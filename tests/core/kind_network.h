// The smallest networks around one layer: what every kind has to go through.
#pragma once

#include "core/graph/example_network.h"

namespace convolab::testing {

using convolab::append;
using convolab::networkAround;

}  // namespace convolab::testing
