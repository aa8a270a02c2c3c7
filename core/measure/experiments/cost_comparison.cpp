#include "core/measure/experiments/cost_comparison.h"

#include "core/util/text.h"

namespace convolab {

std::string timesText(double factor) { return formatNumber(factor, factor < 10.0 ? 2 : 3) + "×"; }

Result<ExperimentResult> compareCosts(const std::vector<NetworkSpec>& networks, const LaserProgress& progress) {
    ExperimentResult result;
    result.columns = {{"MACs", "", false},
                      {"Weights", "", false},
                      {"Energy, batch 1", "J", true},
                      {"Energy, batch 64", "J", true},
                      {"Time, batch 1", "s", false}};
    for (const NetworkSpec& spec : networks) {
        const Analysis analysis = analyze(spec);
        CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
        const std::vector<LayerWork> work = layerWork(spec, analysis);
        const auto done = static_cast<double>(result.rows.size());
        const Progress part = [&](double share) {
            return !progress || progress((done + share) / static_cast<double>(networks.size()), spec.name);
        };
        CONVOLAB_ASSIGN(const Latency latency, measureLatency(spec, nullptr, {.batches = {1}, .perLayer = false}, part));
        result.rows.push_back({spec.name,
                               {static_cast<double>(analysis.total.macs), static_cast<double>(analysis.total.parameters),
                                modelEnergy(work, {WeightHome::Dram, 1}).total(),
                                modelEnergy(work, {WeightHome::Dram, 64}).total(),
                                latency.batches.front().seconds.median}});
    }
    return result;
}

}  // namespace convolab
