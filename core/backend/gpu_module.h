#pragma once

#include <cstdint>

#include "core/backend/gpu_data.h"
#include "core/backend/gpu_inspection.h"
#include "core/backend/gpu_network.h"
#include "core/backend/gpu_times.h"

/// The only things that the program and the CUDA module (gpu/, libconvolab_gpu.so) know of one another: plain data and
/// functions with C linkage. The module exports one symbol, kGpuEntry, a ConvolabGpuEntry. No function throws; the caller
/// owns every struct that it passes. Functions may be called from any thread, one at a time per session.

/// Of this header: counts up with every change. The program takes a module only with the same number and program version.
inline constexpr std::uint32_t kGpuInterfaceVersion = 5;
inline constexpr const char* kGpuModuleFile = "libconvolab_gpu.so";
inline constexpr const char* kGpuEntry = "convolab_gpu_module";

extern "C" {

enum ConvolabGpuState : std::int32_t {
    kGpuReady = 0,
    kGpuNoDriver = 1,      ///< libcuda.so.1 is missing, or only the toolkit's stand-in is there
    kGpuDriverTooOld = 2,  ///< for the CUDA runtime that the module is linked with
    kGpuNoDevice = 3,
    kGpuDeviceTooOld = 4,  ///< the module has no code for its compute capability
    kGpuOutOfMemory = 5,   ///< not even a context fits
    kGpuBusy = 6,          ///< another process has it for itself
    kGpuDriverFailed = 7,  ///< anything else; `detail` has the driver's words
    kGpuNoImages = 8,      ///< a call was to take held images, and these are not (or no more) there; everything else is as it was
};

struct ConvolabGpuDevice {
    std::int32_t state;             ///< ConvolabGpuState
    std::int32_t ordinal;           ///< as in "cuda:1"
    std::int32_t computeMajor, computeMinor;  ///< 0.0 of a ready one: no GPU, the processor stands in for one
    std::int32_t multiprocessors;
    std::uint64_t totalBytes, freeBytes;  ///< freeBytes only if ready
    std::int32_t clockKilohertz;          ///< the highest of the multiprocessors
    std::int32_t lanes;                   ///< float32 multiply-adds per clock of one multiprocessor
    std::int32_t memoryClockKilohertz, memoryBusBits;
    std::int32_t level2Bytes;
    std::int32_t tensorLanes;             ///< multiply-adds of 16-bit factors per clock of one multiprocessor's tensor cores; 0: it has none
    /// The roofs: multiprocessors · lanes · 2 · clock, in float32 operations per second, and 2 · memory clock · bus width (two
    /// transfers per clock), in bytes per second. 0: the driver does not say one of the factors.
    double operationsPerSecond, bytesPerSecond;
    /// Of the tensor cores, without sparsity: factors of 16 bits summed up in float32; factors in TF32. 0: not on this device, or not known.
    double halfOperationsPerSecond, tf32OperationsPerSecond;
    char name[128];
    char detail[192];
};

inline constexpr std::int32_t kGpuMostDevices = 16;

struct ConvolabGpuProbe {
    std::int32_t state;           ///< kGpuReady: look at the devices
    std::int32_t driverVersion;   ///< CUDA version that the driver supports, 12040 for 12.4; 0 if unknown
    std::int32_t runtimeVersion;  ///< of the module's CUDA runtime
    std::int32_t lowestCompute;   ///< 75 for compute capability 7.5
    std::int32_t deviceCount;     ///< at most kGpuMostDevices
    ConvolabGpuDevice devices[kGpuMostDevices];
    char detail[192];
};

/// A library of NVIDIA's that is used where it is installed.
struct ConvolabGpuLibrary {
    char name[16];           ///< "cuDNN"
    std::int32_t version;    ///< as the library writes it, 91900 for cuDNN 9.19.0; 0: it is not used
    char problem[192];       ///< why not: "libcudnn.so.9 is missing or cannot be loaded"
    char instead[64];        ///< what does its work then, slower: "the program's own convolutions"
};

inline constexpr std::int32_t kGpuLibraries = 3;

enum ConvolabGpuPrecision : std::int32_t {
    kGpuFloat32 = 0,
    kGpuTf32 = 1,  ///< float32 whose products of convolutions and dense layers may round factors to 10 bits behind the point
    // Mixed precision: convolutions and dense layers, forward and backward, round their factors to 16 bits and add the products up in
    // float32. Weights, their updates, biases, normalisations, losses and everything else are float32.
    kGpuBf16 = 2,
    kGpuFp16 = 3,  ///< training scales the loss: ConvolabGpuLossScaling
};

struct ConvolabGpuOptions {
    std::int32_t ordinal;
    std::int64_t maximumBatch;
    std::int32_t training;      ///< with loss and backward pass
    std::int32_t crossEntropy;  ///< else the squared error
    std::int32_t precision;     ///< ConvolabGpuPrecision; kGpuTf32 changes something where a library is used and the GPU has TF32 (8.0); bf16 in a library needs 8.0, too
    std::int32_t updateStates;  ///< floats of optimizer state per parameter to make room for; more are taken when they are needed
    std::int32_t imageGradient = 0;  ///< the backward pass goes on to the images; without training it is there for that alone (ConvolabGpuInspectionCalls)
    std::int32_t tapCount = 0;
    const std::int32_t* taps = nullptr;  ///< ops whose outputs stay readable after an evaluation; not in training
};

/// Why a call failed.
struct ConvolabGpuFailure {
    std::int32_t state;            ///< ConvolabGpuState
    std::uint64_t neededBytes, freeBytes;  ///< of kGpuOutOfMemory
    std::int64_t batchThatFits;    ///< of kGpuOutOfMemory: the largest batch with enough memory; 0: none
    char detail[192];
};

struct ConvolabGpuLoss {
    double loss;                   ///< mean over the batch
    std::int64_t correct;
    std::int32_t skipped;          ///< of a training step in fp16, 1: its gradients were not finite, weights and optimizer state stayed
};

/// fp16's loss scale: the gradient of the loss is multiplied by it, those of the parameters are divided by it before anybody sees
/// them. A step whose gradients are not finite is skipped and halves it, 2,000 good steps in a row double it. Begins at 65536.
struct ConvolabGpuLossScaling {
    float scale;
    std::int32_t goodSteps;        ///< since the scale changed
    std::int64_t skippedSteps;
};

enum ConvolabGpuPosted : std::int32_t {
    kGpuPosted = 1,
    kGpuOneIsComing = 0,  ///< the one before has not arrived yet
    kGpuNotPosted = -1,   ///< the device has no room for a second copy of the weights
};

/// A network compiled for one device; opaque.
struct ConvolabGpuSession;

/// Calls on sessions return 1, or 0 with `failure` filled. After a failure of kGpuDriverFailed the device's memory is lost:
/// only `close` may follow.
struct ConvolabGpuSessionCalls {
    std::int32_t (*open)(const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, ConvolabGpuSession** session, ConvolabGpuFailure* failure);
    /// One network on several GPUs of this machine, by NCCL: each computes a share of every batch, all make the same update; options.ordinal is
    /// not read, maximumBatch is that of all together. Running statistics are those of the first GPU, dropout masks differ from GPU to
    /// GPU. All calls but stage, start, finish and timedStep.
    std::int32_t (*openGroup)(const ConvolabGpuNetwork* network, const ConvolabGpuOptions* options, const std::int32_t* ordinals, std::int32_t count,
                              ConvolabGpuSession** session, ConvolabGpuFailure* failure);
    void (*close)(ConvolabGpuSession* session);
    std::uint64_t (*bytes)(const ConvolabGpuSession* session);  ///< of the device's memory
    /// In a library's words, why libraries that are there are not called for this network; empty if they are. Lives as long as the session.
    const char* (*note)(const ConvolabGpuSession* session);
    std::int32_t (*writeWeights)(ConvolabGpuSession* session, const float* parameters, const float* statistics, ConvolabGpuFailure* failure);
    std::int32_t (*readParameters)(ConvolabGpuSession* session, float* parameters, ConvolabGpuFailure* failure);
    /// The optimizer's state, in the layout of core/train's optimizers: `count` floats, a multiple of the parameters' count. What was never
    /// written nor updated is 0. `write` puts its state in place of all there was. Out of memory leaves everything as it was.
    std::int32_t (*writeState)(ConvolabGpuSession* session, const float* state, std::int64_t count, ConvolabGpuFailure* failure);
    std::int32_t (*readState)(ConvolabGpuSession* session, float* state, std::int64_t count, ConvolabGpuFailure* failure);
    /// Part of the state of a training in fp16, and of no other: fails there.
    std::int32_t (*writeLossScaling)(ConvolabGpuSession* session, const ConvolabGpuLossScaling* scaling, ConvolabGpuFailure* failure);
    std::int32_t (*readLossScaling)(ConvolabGpuSession* session, ConvolabGpuLossScaling* scaling, ConvolabGpuFailure* failure);
    std::int32_t (*readStatistics)(ConvolabGpuSession* session, float* statistics, ConvolabGpuFailure* failure);
    std::int32_t (*readGradients)(ConvolabGpuSession* session, float* gradients, ConvolabGpuFailure* failure);
    /// Weights to look at while steps go on: `post` has those behind the steps that were started copied, and does not wait; `take` gives the
    /// newest that have arrived, all of one step, with the number that was posted with them, each once. step −1: there are none.
    std::int32_t (*postWeights)(ConvolabGpuSession* session, std::int64_t step, ConvolabGpuPosted* posted, ConvolabGpuFailure* failure);
    std::int32_t (*takeWeights)(ConvolabGpuSession* session, std::int64_t* step, float* parameters, float* statistics, ConvolabGpuFailure* failure);
    /// Of trainStep's cross-entropy; classWeights null: all 1.
    std::int32_t (*setTargets)(ConvolabGpuSession* session, double smoothing, const float* classWeights, ConvolabGpuFailure* failure);
    /// Of the squared error: a row of as many values as the loss reads for each of `labels` labels, at which it aims then; right is an image
    /// whose row is the nearest. null: 1 for the label, else 0.
    std::int32_t (*setOutputTargets)(ConvolabGpuSession* session, const float* rows, std::int64_t labels, ConvolabGpuFailure* failure);
    /// images (n, C, H, W), n ≤ maximumBatch; the key is randomKey(seed, Dropout, step). With `update` the weights on the device are
    /// updated by it after the gradients are there; null: they stay.
    std::int32_t (*trainStep)(ConvolabGpuSession* session, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* dropoutKey,
                              const ConvolabGpuUpdate* update, ConvolabGpuLoss* loss, ConvolabGpuFailure* failure);
    /// A step in three parts, so that a batch comes while the one before is computed: `stage` copies the batch and starts to bring it to the
    /// device, `start` computes it (and does not wait), `finish` waits for the step that was started first and has its loss. Another batch
    /// takes the place of one that is staged; at most two steps are unfinished; weights and gradients are those after the steps that
    /// were started.
    std::int32_t (*stage)(ConvolabGpuSession* session, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* dropoutKey,
                          const ConvolabGpuUpdate* update, ConvolabGpuFailure* failure);
    std::int32_t (*start)(ConvolabGpuSession* session, ConvolabGpuFailure* failure);
    std::int32_t (*finish)(ConvolabGpuSession* session, ConvolabGpuLoss* loss, ConvolabGpuFailure* failure);
    /// trainStep, and where its time went; `layers`: one per op of the network. dropoutKey null: evaluation mode with the loss.
    std::int32_t (*timedStep)(ConvolabGpuSession* session, const float* images, const std::int32_t* labels, std::int64_t n, const std::uint32_t* dropoutKey,
                              const ConvolabGpuUpdate* update, ConvolabGpuLoss* loss, ConvolabGpuTimes* times, ConvolabGpuLayerTimes* layers,
                              ConvolabGpuFailure* failure);
    /// Makes room on the device for images that stay there, in place of those that were held (null: of none), and `writeImages` fills it.
    /// Out of memory, with what is needed (and a reserve) and free, leaves no held images. They also go where an optimizer's state finds no room.
    std::int32_t (*holdImages)(ConvolabGpuSession* session, const ConvolabGpuImages* images, ConvolabGpuFailure* failure);
    std::int32_t (*writeImages)(ConvolabGpuSession* session, std::int64_t first, std::int64_t count, const void* pixels, ConvolabGpuFailure* failure);
    /// What augmented batches of held images go through, in that order. A staged batch of held images is forgotten, here and where these go. Out of memory leaves no augmentation.
    std::int32_t (*setAugmentations)(ConvolabGpuSession* session, const ConvolabGpuAugmentation* chain, std::int32_t count, ConvolabGpuFailure* failure);
    /// The images of the next calls whose `images` are null: their n is choice->count.
    std::int32_t (*chooseImages)(ConvolabGpuSession* session, const ConvolabGpuChoice* choice, ConvolabGpuFailure* failure);
    /// Evaluation mode. labels and loss null: without a loss. output (n, …) and scores (n, classes) may be null.
    std::int32_t (*evaluate)(ConvolabGpuSession* session, const float* images, const std::int32_t* labels, std::int64_t n, ConvolabGpuLoss* loss, float* output,
                             float* scores, ConvolabGpuFailure* failure);
};

struct ConvolabGpuModule {
    std::uint32_t interfaceVersion;  ///< the first member in every version
    std::uint32_t tableBytes;        ///< sizeof of this struct
    const char* programVersion;      ///< "0.1.0": of the sources it was built from

    /// Fills all of `probe`. Loads the driver at the first call; starts a context on each device for a moment.
    void (*probe)(ConvolabGpuProbe* probe);
    /// Opens the libraries at the first call.
    void (*libraries)(ConvolabGpuLibrary (*libraries)[kGpuLibraries]);
    ConvolabGpuSessionCalls session;
    ConvolabGpuInspectionCalls inspection;
};

using ConvolabGpuEntry = const ConvolabGpuModule* (*)();

}  // extern "C"
