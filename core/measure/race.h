#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/data/dataset.h"
#include "core/inspect/predictions.h"
#include "core/measure/step_work.h"
#include "core/model/compile_model.h"
#include "core/train/history.h"
#include "core/train/recipe.h"

namespace convolab {

/// One layer of a training step; seconds per batch.
struct RaceLayer {
    std::string name = {};
    double forward = 0.0, backward = 0.0;
    std::int64_t started = 0;      ///< CUDA kernels of both passes
    double occupancy = 0.0;        ///< of its longest CUDA kernel: ConvolabGpuLayerTimes; 0: unknown
    Units units = Units::Plain;
    NodeId node = {};              ///< filled by runRace, as is `work`
    std::string kind = {};
    StepWork work = {};
    double seconds() const { return forward + backward; }
};

/// Where the time of one training step goes, in the same words for a processor and a GPU. Medians, in seconds.
struct RaceStep {
    double whole = 0.0;   ///< from the images in main memory to updated weights, nothing timed inside
    double launch = 0.0;  ///< the processor starts CUDA kernels; on the CPU 0
    double copies = 0.0;  ///< images, labels and weights to the device, loss and gradients back; on the CPU 0
    double kernels = 0.0; ///< layers, loss and update while they compute
    std::int64_t started = 0;  ///< CUDA kernels per step
    bool recorded = false;     ///< `launch` starts them all at once, as one CUDA graph
    double loss = 0.0, update = 0.0;  ///< parts of `kernels`
    std::vector<RaceLayer> layers = {};  ///< in execution order; empty: the device does not say
    double rest() const;  ///< what the parts leave of the whole; at least 0
};

/// Someone who runs.
struct RaceDevice {
    std::string id = "cpu", name = "CPU";
    bool isGpu = false;
    bool emulated = false;  ///< the processor stands in for a GPU: its times say nothing about one
    std::function<Result<DevicePeak>()> peak = {};  ///< may measure for some seconds; null: not known
    CompileModel compile = Model::compile;
    /// The parts of the step of a network, of `runs` steps; null: only the whole is measured.
    std::function<Result<RaceStep>(const NetworkSpec& spec, std::int64_t batch, std::int64_t runs, const Progress& progress)> parts = {};
};
RaceDevice cpuInRace(const std::string& name);

/// One device's run: the loss of every step, and the parts of a step.
struct RaceLane {
    std::string id = {}, device = {};
    bool isGpu = false, emulated = false;
    std::vector<StepMetrics> steps = {};
    RaceStep step = {};
    DevicePeak peak = {};
};

/// The same network, seed, images and recipe on several devices.
struct Race {
    std::string network = {}, dataset = {};
    std::int64_t batch = 0;
    std::uint64_t seed = 0;
    std::vector<RaceLane> lanes = {};  ///< in the order of the devices
    std::optional<double> plainLoops = {};  ///< seconds of a step in the reference's loops: plainLoopsStep
    /// Largest difference of the lanes' losses at one step, as a share of the first lane's.
    double largestDifference() const;
};

/// `steps` steps of training on each device, one device after the other. What a device cannot do (memory, a layer without
/// kernels) is an error that names it. Cancelled: an error.
Result<Race> runRace(const NetworkSpec& spec, const DatasetPtr& dataset, const Recipe& recipe, const std::vector<RaceDevice>& devices,
                     std::int64_t steps, const Progress& progress = {});

/// Seconds of a training step in the reference's plain loops on one core, the median of `steps`: what comparisons with a processor used to
/// be made with (A. Krizhevsky, Learning multiple layers of features from tiny images, 2009: a GPU 125 to 150 times as fast).
Result<double> plainLoopsStep(const NetworkSpec& spec, std::int64_t batch, std::int64_t steps);

/// T = fixed + perUnit · load by least squares of relative errors, both at least 0: in a log-log plot a level line that turns
/// into a slope of 1.
struct RaceFit {
    double fixed = 0.0;    ///< seconds
    double perUnit = 0.0;  ///< seconds
    double at(double load) const { return fixed + perUnit * load; }
};
/// At least one point; all values above 0.
RaceFit fitRace(std::span<const double> load, std::span<const double> seconds);

/// One device in a sweep.
struct SweepLane {
    std::string id = {}, device = {};
    bool isGpu = false, emulated = false;
    std::vector<double> seconds = {};      ///< of the median step, per size; fewer than sizes where memory ended (see `ended`)
    RaceFit fit = {};
    double slope = 0.0;                    ///< power with which the time grows over the largest sizes; 0 with fewer than two
    RaceStep smallest = {}, largest = {};  ///< parts at the first size and at the last that both measured
    std::optional<Error> ended = {};       ///< why larger sizes are missing
};

/// The time of a training step over one size.
struct Sweep {
    std::string quantity = {};        ///< "n" or "batch"
    std::string network = {};         ///< "dense n-n-10 on 1×28×28, batches of 64 images"
    std::vector<double> sizes = {};   ///< ascend
    std::vector<double> load = {};    ///< trainable parameters, or images per batch: what the fits are over
    std::vector<SweepLane> lanes = {};
    /// Where the second lane becomes faster than the first: between these measured sizes, the one where both lines cross.
    struct Crossover {
        double size = 0.0;        ///< by interpolation of the measured times between two sizes; by the fits beyond them
        bool measured = false;    ///< lies between two measured sizes
    };
    std::optional<Crossover> crossover = {};  ///< absent: the curves do not cross, or fits foretell nothing (noise, an emulation)
};

struct SweepOptions {
    std::vector<std::int64_t> widths{16, 64, 256, 1024, 4096};   ///< of the dense n-n-10 network; for the batch sweep the network's own
    std::vector<std::int64_t> batches{1, 8, 64, 512};
    std::int64_t batch = 64;       ///< of the sweep over n
    std::int64_t width = 512;      ///< of the sweep over the batch
    double seconds = 0.3;          ///< about so long per size and device
};

/// The dense n-n-10 network with dropout (the preset dense-n) over n, on MNIST's shape.
Result<Sweep> sweepWidths(const std::vector<RaceDevice>& devices, const SweepOptions& options, const Progress& progress = {});
/// The same with n fixed over the images per batch.
Result<Sweep> sweepBatches(const std::vector<RaceDevice>& devices, const SweepOptions& options, const Progress& progress = {});

/// Parameters of the dense n-n-10 network: n² + 796 n + 10.
double denseParameters(double n);

/// Finds Sweep::crossover from lanes 0 and 1, and the fits of all lanes.
void judgeSweep(Sweep& sweep);

// Why it came out so, in sentences with the measured numbers.
std::vector<std::string> raceSentences(const Race& race);
std::vector<std::string> emulationSentences(const Race& race);  ///< with which raceSentences begins
/// How near the layers of each device, but no stand-in, come to its roofs.
std::vector<std::string> rooflineSentences(const Race& race);
std::vector<std::string> sweepSentences(const Sweep& sweep);

std::string raceCsv(const Race& race);    ///< per step: loss and seconds of each lane
std::string raceLayersCsv(const Race& race);  ///< per layer: forward and backward of each lane
std::string rooflineCsv(const Race& race);    ///< per device, layer and pass: seconds, FLOP, bytes, rates, shares of the roofs
const char* unitsWord(Units units);           ///< "tensor cores, TF32"
std::string sweepCsv(const Sweep& sweep);
std::string raceJson(const Race& race, const std::vector<Sweep>& sweeps, int indent = -1);

}  // namespace convolab
