#pragma once

#include <optional>
#include <string>
#include <vector>

#include "app/devices.h"

namespace convolab {

/// Several GPUs of this computer as one device: each computes a share of every batch. Named by a list, "cuda:0,cuda:1", or as
/// "cuda:all", those that can train.

bool namesSeveral(const std::string& id);
/// Of a word that names several: which of it is wrong. Looks for nothing.
Status checkGroupWord(const std::string& id);
/// The device of such a word among those that gpuDevices() has found; "cuda:all" where only one can train is that one.
Result<Device> findGroup(const std::string& id, const std::vector<Device>& gpus);
/// "All GPUs (2)"; nothing where fewer than two can train. Its problem says so if NCCL, which adds up their gradients, is missing.
std::optional<Device> allGpus(const std::vector<Device>& gpus);

}  // namespace convolab
