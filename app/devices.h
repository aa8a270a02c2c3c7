#pragma once

#include <string>
#include <vector>

#include "core/util/result.h"

namespace convolab {

/// Something that can train: this computer's processor.
struct Device {
    std::string id;              ///< "cpu"
    std::string name;            ///< "CPU · 16 threads", on the device button
    std::string description;     ///< processor, threads, instruction set, libraries
    std::string instructionSet;  ///< "AVX-512"
    int threads = 1;
};

std::vector<Device> devices();
/// The device with this id; an unknown one is an error that says what there is.
Result<Device> findDevice(const std::string& id);

}  // namespace convolab
