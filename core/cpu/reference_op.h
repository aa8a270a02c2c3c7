#pragma once

#include "core/cpu/op.h"

namespace convolab {

/// Runs a kind's own plain loops: the oracle of the tests, and the last resort for kinds that nothing faster knows.
std::unique_ptr<Op> makeReferenceOp(const OpRequest& request);

}  // namespace convolab
