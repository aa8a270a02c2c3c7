#pragma once

#include <memory>

#include "gpu/session/executor.h"

namespace convolab::gpu {

/// One GPU through the CUDA runtime: one stream in the order of the calls, recordings as CUDA graphs.
Outcome makeCudaExecutor(const ConvolabGpuOptions& options, std::unique_ptr<Executor>& executor);

}  // namespace convolab::gpu
