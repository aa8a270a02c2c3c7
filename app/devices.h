#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/backend/device_peak.h"
#include "core/backend/gpu_precision.h"
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
    std::vector<int> ordinals = {};  ///< of several GPUs that train one network together (device_groups.h)
    bool emulated = false;       ///< the processor stands in for a GPU: a way to try things, its times say nothing about one
    int computeMajor = 0, computeMinor = 0;          ///< of a GPU
    ConvolabGpuPrecision precision = kGpuFloat32;    ///< in which it trains
};

/// Those that need no looking for: the processor.
std::vector<Device> devices();
/// GPUs, usable or not; where none is found one entry "cuda", whose problem says why. Loads the CUDA module and asks the
/// driver: some seconds at worst, so never on the UI thread.
std::vector<Device> gpuDevices();

/// "cpu", "cuda" (the first GPU), "cuda:1", or several (device_groups.h); anything else is an error with the nearest word. Looks for nothing.
Status checkDeviceWord(const std::string& id);
/// Why a device does not compute in a precision.
std::optional<Error> precisionProblem(const Device& device, ConvolabGpuPrecision precision);
/// The device in that precision, or why it does not compute in it.
Result<Device> inPrecision(Device device, ConvolabGpuPrecision precision);
/// As runs and results name where they were trained: "cuda:0", "cuda:0 fp16".
std::string runName(const Device& device);
/// The precision of such a name; float32 if it has none.
ConvolabGpuPrecision precisionOfRun(const std::string& runName);
/// Behind a name or a description where it is not float32: " · fp16".
std::string precisionSuffix(const Device& device);

/// "loss scale 32768 · 1 step skipped, whose gradients were not finite in fp16".
std::string lossScalingText(const LossScaling& scaling);
/// " --device cuda:0 --precision fp16": the options of `convolab train` for a GPU; empty for the processor.
std::string deviceOptionsText(const Device& device);

/// How networks are trained on a device without a problem; its id is the device's runName.
TrainingDevice trainingDevice(const Device& device);
/// The device with this id, ready to train; else an error that says why not.
Result<Device> findDevice(const std::string& id);
/// The same, in a precision by its word.
Result<Device> findDevice(const std::string& id, const std::string& precision);
/// The same of "cuda" or "cuda:1" among those that gpuDevices() has found.
Result<Device> findGpu(const std::string& id, const std::vector<Device>& gpus);

}  // namespace convolab
