#pragma once

#include <memory>

#include "gpu/session/communicator.h"

namespace convolab::gpu {

/// One GPU through the CUDA runtime: one stream in the order of the calls, recordings as CUDA graphs.
Outcome makeCudaExecutor(const ConvolabGpuOptions& options, std::unique_ptr<Executor>& executor);

/// Several GPUs of this machine by NCCL, on the streams of their executors.
Outcome makeNcclCommunicator(std::span<const std::int32_t> ordinals, std::span<const std::unique_ptr<Executor>> executors, std::unique_ptr<Communicator>& communicator);

}  // namespace convolab::gpu
