#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/backend/device_peak.h"
#include "core/train/trainer.h"
#include "core/util/result.h"

namespace convolab {

/// Something that could train: this computer's processor, or a GPU.
struct Device {
    std::string id;              ///< "cpu", "cuda:0"; "cuda" where there is no GPU to count; "emulated:0" of a stand-in
    std::string name;            ///< "CPU · 16 threads", on the device button
    std::string description;     ///< processor, threads, instruction set, libraries
    std::string instructionSet;  ///< "AVX-512"; of a GPU its compute capability, "9.0"
    int threads = 1;             ///< of a GPU: its multiprocessors
    std::optional<Error> problem = {};  ///< why it cannot train
    int ordinal = -1;            ///< of a GPU
    DevicePeak peak = {};        ///< of a GPU
    bool emulated = false;       ///< the processor stands in for a GPU: a way to try things, its times say nothing about one
};

/// Those that need no looking for: the processor.
std::vector<Device> devices();
/// GPUs, usable or not; where none is found one entry "cuda", whose problem says why. Loads the CUDA module and asks the
/// driver: some seconds at worst, so never on the UI thread.
std::vector<Device> gpuDevices();

/// "cpu", "cuda" (the first GPU) or "cuda:1"; anything else is an error with the nearest word. Looks for nothing.
Status checkDeviceWord(const std::string& id);
/// How networks are trained on a device without a problem.
TrainingDevice trainingDevice(const Device& device);
/// The device with this id, ready to train; else an error that says why not.
Result<Device> findDevice(const std::string& id);

}  // namespace convolab
