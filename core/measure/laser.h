#pragma once

#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/attack/robustness.h"
#include "core/compress/quantization/document_quantization.h"
#include "core/measure/energy.h"
#include "core/measure/energy_meter.h"
#include "core/measure/latency.h"
#include "core/measure/machine_peak.h"
#include "core/measure/size.h"

namespace convolab {

struct AccuracyFigures {
    std::string dataset = {};     ///< "MNIST digits"
    Split split = Split::Test;
    std::int64_t images = 0;
    double top1 = 0.0, top5 = 0.0, loss = 0.0;
};

struct RobustnessFigures {
    AttackSpec attack = {};       ///< with its budget
    Split split = Split::Test;
    std::int64_t images = 0;
    double cleanAccuracy = 0.0;  ///< on the same images
    double robustAccuracy = 0.0;
    std::optional<double> rho = {};   ///< ρ̂ by DeepFool, over `rhoImages`
    std::int64_t rhoImages = 0;
};

/// The five numbers of a network: latency, accuracy, size, energy, robustness. What could not be had is absent, and
/// `notes` says why.
struct LaserCard {
    std::string name = {};
    std::string arithmetic = "float32";  ///< or "8-bit integers", "float32 with rounded weights"
    std::vector<LayerWork> work = {};   ///< the layers that run
    Latency latency = {};
    std::optional<AccuracyFigures> accuracy = {};
    SizeFigures size = {};
    EnergyModel energy = {};
    std::optional<MeasuredEnergy> measuredEnergy = {};
    std::string measuredEnergyNote = {};  ///< why there is none
    std::optional<RobustnessFigures> robustness = {};
    std::vector<std::string> notes = {};

    void priceEnergy(const EnergyOptions& options) { energy = modelEnergy(work, options); }
};

struct LaserRequest {
    std::string name = {};
    NetworkSpec spec = {};
    WeightSetPtr weights = {};            ///< null: untrained; then no accuracy, no robustness, fresh weights for the time
    /// A quantised network: `weights` are the float32 ones that its plan rounds. Without ranges they are observed on the
    /// data set's training images.
    std::optional<DocumentQuantization> quantization = {};
    DatasetPtr dataset = {};              ///< fitted; null: no accuracy, no robustness
    Split split = Split::Test;
    std::int64_t limit = 0;          ///< images for the accuracy; 0 = all
    std::optional<AttackSpec> attack = {};
    std::int64_t attackImages = 500; ///< a seeded sample, balanced by class
    std::int64_t rhoImages = 100;    ///< of the same sample; 0: no ρ̂
    LatencyOptions latency = {};
    EnergyOptions energy = {};
    bool meterEnergy = true;         ///< RAPL, where readable
    std::filesystem::path meterFolder = EnergyMeter::kFolder;
};

/// Gets a share in [0, 1] and what is being measured; false cancels.
using LaserProgress = std::function<bool(double share, const std::string& what)>;

/// Everything of one network, one after another; seconds to minutes. An error: no network, cancelled.
Result<LaserCard> measureLaser(const LaserRequest& request, const LaserProgress& progress = {});

/// One object: latency {batch_1, batch_64 …}, accuracy, size, energy {model, measured}, robustness, layers [{…}], notes.
std::string laserJson(const LaserCard& card, int indent = -1);
/// One line per layer and one for the network; seconds, bytes and joules.
std::string layersCsv(const LaserCard& card);
/// One line per card: the five numbers side by side.
std::string laserCsv(std::span<const LaserCard> cards);

}  // namespace convolab
