#pragma once

#include <memory>
#include <span>
#include <vector>

#include "core/backend/gpu_inspector.h"
#include "core/backend/gpu_module.h"
#include "core/model/model.h"
#include "core/model/own_ascent.h"
#include "core/model/value_summary.h"
#include "core/train/device_data.h"
#include "core/train/device_step.h"
#include "core/train/loss_scaling.h"

namespace convolab {

/// A step with where its time went; `layers[i]` is the layer `nodes[i]`, in order of execution.
struct GpuTimedStep {
    LossResult result;
    ConvolabGpuTimes times{};
    std::vector<NodeId> nodes;
    std::vector<ConvolabGpuLayerTimes> layers;
};

/// What a model on a GPU can do besides what every model can. All throw DeviceLost where the device fails, and where it has no
/// memory for the optimizer's state.
class GpuModel : public Model, public DeviceStep, public DeviceData, public ScalesLoss, public AscendsByItself, public SummarisesValues {
  public:
    using Model::trainStep;
    /// The same with the optimizer's update on the device behind it (describeGpuUpdate): parameters() then are the updated ones.
    virtual LossResult trainStep(View<const float> images, std::span<const int> labels, std::uint64_t step, const ConvolabGpuUpdate& update) = 0;
    /// trainStep in three parts, as stageUpdate, start and finish are; `update` may be null.
    virtual void stage(View<const float> images, std::span<const int> labels, std::uint64_t step, const ConvolabGpuUpdate* update) = 0;

    /// A training step that is a step like the others, kernel by kernel; `update` may be null.
    virtual GpuTimedStep timedTrainStep(View<const float> images, std::span<const int> labels, std::uint64_t step, const ConvolabGpuUpdate* update) = 0;
    /// evaluate() with its times.
    virtual GpuTimedStep timedEvaluate(View<const float> images, std::span<const int> labels) = 0;

    /// Maps of a tapped layer into textures (one float per texel) of the OpenGL context that is current on this thread, where that runs on
    /// the same GPU. attachTexture: empty, or why it is not possible. drawMaps, after an evaluation: true if the texture (0: none) was written;
    /// else the picture is in `pixels`, which may be empty.
    virtual std::string attachTexture(std::uint32_t texture, std::uint32_t target) = 0;
    virtual void detachTexture(std::uint32_t texture) = 0;
    virtual bool drawMaps(NodeId tap, const MapPicture& picture, std::uint32_t texture, std::span<float> pixels) = 0;

    /// The optimizer's state as the processor's optimizers lay it out (Optimizer::stateSize floats): a training can change
    /// devices in mid-run. What was never updated is 0.
    void writeOptimizerState(std::span<const float> state) override = 0;
    void readOptimizerState(std::span<float> state) const override = 0;
};

/// A network compiled for a GPU: the same weights, images and results as a Model of the processor; the numbers agree up to
/// rounding. Everything that other models do; taps and gradients are fetched when somebody asks. The model is a GpuModel.
///
/// The weights live in main memory and on the device; they are copied to the device before a step if they may have changed
/// here, and fetched, like gradients and running statistics, when somebody asks after a step. `parameters()` and
/// `statistics()` count as a change, so spans must be asked for anew after each step. A failing device throws DeviceLost.
struct GpuSettings {
    /// Several: each computes a share of every batch (NCCL), with as many images in a batch as GPUs at least; no batch comes ahead, no step is
    /// timed; what is compiled for taps or to be differentiated lives on the first alone, and in float32.
    std::vector<int> ordinals = {0};
    bool group = false;               ///< one GPU as several are: a group of one
    ConvolabGpuPrecision precision = kGpuFloat32;  ///< the device must have it: precisionProblem() (gpu_precision.h)
    int updateStates = 0;             ///< floats of optimizer state per parameter to make room for
    bool ahead = true;                ///< a training brings the next batch while one is computed; the numbers are the same without
};
Result<std::unique_ptr<Model>> compileOnGpu(const ConvolabGpuModule& module, const GpuSettings& settings, const NetworkSpec& spec, const CompileOptions& options);
/// On one, in float32.
Result<std::unique_ptr<Model>> compileOnGpu(const ConvolabGpuModule& module, int ordinal, const NetworkSpec& spec, const CompileOptions& options);

}  // namespace convolab
