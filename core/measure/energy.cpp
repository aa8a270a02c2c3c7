#include "core/measure/energy.h"

#include <algorithm>

#include "core/util/option_text.h"

namespace convolab {

namespace {

constexpr double kPico = 1e-12;
constexpr double kBitsPerRead = 32.0;
constexpr double kKilo = 1024.0;

struct Level {
    WeightHome home;
    const char* name;
    const char* label;
    double picojoules;
    double bytes;  // capacity; 0: any
};

constexpr Level kLevels[] = {
    {WeightHome::Dram, "dram", "DRAM", horowitz::kDram, 0.0},
    {WeightHome::Sram1M, "sram-1m", "SRAM 1 MB", horowitz::kSram1M, kKilo * kKilo},
    {WeightHome::Sram32K, "sram-32k", "SRAM 32 KB", horowitz::kSram32K, 32.0 * kKilo},
    {WeightHome::Sram8K, "sram-8k", "SRAM 8 KB", horowitz::kSram8K, 8.0 * kKilo},
    {WeightHome::BySize, "by-size", "where they fit", 0.0, 0.0},
};

const Level& levelOf(WeightHome home) { return kLevels[static_cast<std::size_t>(home)]; }

double picojoulesPerMac(const LayerWork& work) {
    const bool integers = work.weightBits <= 8 && work.valueBits <= 8;
    return integers ? horowitz::kInt8Multiply + horowitz::kInt32Add : horowitz::kFloatMultiply + horowitz::kFloatAdd;
}

LayerEnergy energyOf(const LayerWork& work, double weightRead, std::int64_t batch) {
    LayerEnergy energy;
    energy.arithmetic = kPico * picojoulesPerMac(work) * static_cast<double>(work.macs);
    energy.weights = kPico * weightRead * static_cast<double>(work.weights) * work.weightBits / kBitsPerRead /
                     static_cast<double>(batch);
    energy.activations = kPico * horowitz::kSram8K * static_cast<double>(work.inputs + work.outputs) * work.valueBits /
                         kBitsPerRead;
    return energy;
}

}  // namespace

const std::vector<WeightHome>& weightHomes() {
    static const std::vector<WeightHome> homes = [] {
        std::vector<WeightHome> all;
        for (const Level& level : kLevels) all.push_back(level.home);
        return all;
    }();
    return homes;
}

const char* weightHomeName(WeightHome home) { return levelOf(home).name; }
const char* weightHomeLabel(WeightHome home) { return levelOf(home).label; }

Result<WeightHome> weightHomeFromName(std::string_view name) {
    std::vector<std::string> names;
    for (const Level& level : kLevels) {
        if (name == level.name) return level.home;
        names.emplace_back(level.name);
    }
    return unknownWord("memory", name, names);
}

WeightHome levelThatHolds(WeightHome home, double weightBytes) {
    if (home != WeightHome::BySize) return home;
    for (const WeightHome level : {WeightHome::Sram8K, WeightHome::Sram32K, WeightHome::Sram1M}) {
        if (weightBytes <= levelOf(level).bytes) return level;
    }
    return WeightHome::Dram;
}

double picojoulesPerRead(WeightHome level) { return levelOf(level).picojoules; }

EnergyModel modelEnergy(std::span<const LayerWork> work, const EnergyOptions& options) {
    double weightBytes = 0.0;
    for (const LayerWork& layer : work) weightBytes += static_cast<double>(layer.weights) * layer.weightBits / 8.0;
    EnergyModel model;
    model.options = options;
    model.level = levelThatHolds(options.home, weightBytes);
    for (const LayerWork& layer : work) {
        const LayerEnergy energy =
            energyOf(layer, picojoulesPerRead(model.level), std::max<std::int64_t>(1, options.batch));
        double& sum = layer.isConvolution() ? model.convolutions : layer.isDense() ? model.dense : model.others;
        sum += energy.total();
        model.layers.push_back(energy);
    }
    return model;
}

std::optional<std::int64_t> convolutionsLeadFrom(std::span<const LayerWork> work, WeightHome home, std::int64_t limit) {
    const auto has = [&](auto is) { return std::any_of(work.begin(), work.end(), is); };
    if (!has([](const LayerWork& w) { return w.isConvolution(); }) || !has([](const LayerWork& w) { return w.isDense(); }))
        return std::nullopt;
    for (std::int64_t batch = 1; batch <= limit; ++batch) {
        const EnergyModel model = modelEnergy(work, {home, batch});
        if (model.convolutions > model.dense) return batch;
    }
    return std::nullopt;
}

}  // namespace convolab
