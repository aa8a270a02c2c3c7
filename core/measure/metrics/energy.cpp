#include "core/measure/metrics/metrics.h"

namespace convolab {

const LayerMetric& energyMetric() {
    static const LayerMetric metric{
        .id = "energy",
        .label = "Energy",
        .help = std::string("Per image, ") + kModelledWording + ".",
        .unit = "J",
        .heat = true,
        .perBatch = true,
        .modelled = true,
        .value = [](const LaserCard& card, std::size_t index, std::int64_t batch) -> std::optional<double> {
            const EnergyModel model = batch == card.energy.options.batch
                                          ? card.energy
                                          : modelEnergy(card.work, {card.energy.options.home, batch});
            return model.layers[index].total();
        }};
    return metric;
}

}  // namespace convolab
