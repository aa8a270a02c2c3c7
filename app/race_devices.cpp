#include "app/race_devices.h"

#include <algorithm>

#include "core/backend/gpu_model.h"
#include "core/backend/gpu_update.h"
#include "core/graph/analysis.h"
#include "core/measure/machine_peak.h"
#include "core/measure/spread.h"
#include "core/measure/timed_steps.h"
#include "core/util/random.h"

namespace convolab {

namespace {

constexpr std::int64_t kWarmUp = 3;

double median(std::vector<double> values) { return spreadOf(std::move(values)).median; }

Units unitsOf(std::int32_t units) { return units == kGpuTensorHalf ? Units::TensorHalf : units == kGpuTensorTf32 ? Units::TensorTf32 : Units::Plain; }

/// As the roofline of the measure lens has it.
Result<DevicePeak> peakOfProcessor() {
    CONVOLAB_ASSIGN(const MachinePeak peak, MachinePeakCache().obtain());
    return DevicePeak{.flops = peak.flops, .bytes = peak.memoryBytes};
}

/// Times of many steps, place by place.
class StepTimes {
  public:
    void add(const ConvolabGpuTimes& times, const std::vector<ConvolabGpuLayerTimes>& layers) {
        m_launch.push_back(times.replay > 0.0 ? times.replay : times.launch);  // how the steps of a training are started
        m_copies.push_back(times.toDevice + times.fromDevice);
        m_kernels.push_back(times.allKernels);
        m_loss.push_back(times.loss);
        m_update.push_back(times.update);
        m_layers = layers;
        m_started = times.kernels;
        m_recorded = times.replay > 0.0;
        m_forward.resize(layers.size());
        m_backward.resize(layers.size());
        for (std::size_t i = 0; i < layers.size(); ++i) {
            m_forward[i].push_back(layers[i].forward);
            m_backward[i].push_back(layers[i].backward);
        }
    }
    RaceStep step(const NetworkSpec& spec, const std::vector<NodeId>& nodes, double whole) const {
        RaceStep result{.whole = whole, .launch = median(m_launch), .copies = median(m_copies), .kernels = median(m_kernels),
                        .started = m_started, .recorded = m_recorded, .loss = median(m_loss), .update = median(m_update)};
        for (std::size_t i = 0; i < nodes.size(); ++i) {
            const ConvolabGpuLayerTimes& last = m_layers[i];  // what is no time is the same in every step
            const RaceLayer layer{.name = spec.node(nodes[i])->name, .forward = median(m_forward[i]), .backward = median(m_backward[i]),
                                  .started = last.forwardKernels + last.backwardKernels, .occupancy = last.occupancy, .units = unitsOf(last.units)};
            if (layer.seconds() > 0.0) result.layers.push_back(layer);
        }
        return result;
    }

  private:
    std::vector<double> m_launch, m_copies, m_kernels, m_loss, m_update;
    std::vector<std::vector<double>> m_forward, m_backward;
    std::vector<ConvolabGpuLayerTimes> m_layers;
    std::int64_t m_started = 0;
    bool m_recorded = false;
};

/// The whole without clocks inside, then the parts.
Result<RaceStep> partsOnGpu(const CompileModel& compile, const NetworkSpec& spec, std::int64_t batch, std::int64_t runs, const Progress& progress) {
    CONVOLAB_ASSIGN(TimedSteps whole, TimedSteps::make(spec, StepTask::Train, batch, compile));
    whole.run(kWarmUp);
    const double seconds = whole.run(runs);
    CompileOptions options;
    options.maximumBatch = batch;
    options.training = true;
    CONVOLAB_ASSIGN(const auto model, compile(spec, options));
    auto* gpu = dynamic_cast<GpuModel*>(model.get());
    if (gpu == nullptr) return RaceStep{.whole = seconds};
    Tensor images(model->inputShape().withBatch(batch));
    RandomSequence random(0, RandomStreamId::Analysis);
    for (float& value : images.span()) value = random.uniform();
    const std::vector<int> labels(static_cast<std::size_t>(batch), 0);
    StepTimes times;
    std::vector<NodeId> nodes;
    for (std::int64_t run = 0; run < kWarmUp + runs; ++run) {
        if (progress && !progress(static_cast<double>(run) / static_cast<double>(kWarmUp + runs))) {
            return Error{ErrorCode::Cancelled, "the measurement was cancelled", {}, {}};
        }
        CONVOLAB_ASSIGN(const ConvolabGpuUpdate update, describeGpuUpdate({.kind = "sgd"}, 1e-4, 0.0, run + 1));
        if (run < kWarmUp) {  // and recorded, so that the time of a replay is known
            gpu->trainStep(images.view(), labels, static_cast<std::uint64_t>(run), update);
            continue;
        }
        const GpuTimedStep timed = gpu->timedTrainStep(images.view(), labels, static_cast<std::uint64_t>(run), &update);
        times.add(timed.times, timed.layers);
        nodes = timed.nodes;
    }
    return times.step(spec, nodes, seconds);
}

}  // namespace

RaceDevice raceDevice(const Device& device) {
    if (device.ordinal < 0) {
        RaceDevice processor = cpuInRace(device.name);
        processor.peak = peakOfProcessor;
        return processor;
    }
    RaceDevice racing{.id = runName(device), .name = device.name + precisionSuffix(device), .isGpu = true, .emulated = device.emulated, .compile = trainingDevice(device).compile};
    racing.peak = [peak = device.peak]() -> Result<DevicePeak> { return peak; };
    racing.parts = [compile = racing.compile](const NetworkSpec& spec, std::int64_t batch, std::int64_t runs, const Progress& progress) {
        return partsOnGpu(compile, spec, batch, runs, progress);
    };
    return racing;
}

}  // namespace convolab
