#pragma once

#include "core/cpu/op.h"

namespace convolab {

/// Null where the library has only its plain-loop implementations for these sizes.
std::unique_ptr<Op> makeOneDnnConv2dOp(const OpRequest& request);
std::unique_ptr<Op> makeOneDnnDenseOp(const OpRequest& request);

}  // namespace convolab
