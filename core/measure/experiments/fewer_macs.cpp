#include "core/graph/presets.h"
#include "core/measure/experiments/cost_comparison.h"
#include "core/measure/experiments/list.h"

namespace convolab {

namespace {

Result<ExperimentResult> run(const ExperimentContext&, const LaserProgress& progress) {
    CONVOLAB_ASSIGN(const NetworkSpec convolutions, makePreset("conv20-conv50"));
    CONVOLAB_ASSIGN(const NetworkSpec perceptron, makePreset("mlp-512-256"));
    CONVOLAB_ASSIGN(ExperimentResult result, compareCosts({convolutions, perceptron}, progress));
    const auto ratio = [&](std::size_t column) { return *result.rows[1].values[column] / *result.rows[0].values[column]; };
    const double macs = ratio(kCostMacs), one = ratio(kCostEnergyOne), many = ratio(kCostEnergyMany), time = ratio(kCostTime);
    result.holds = macs < 1.0 && one > 1.0;
    result.verdict = perceptron.name + " has " + timesText(1.0 / macs) + " fewer MACs, but takes " + timesText(one) +
                     " the energy for one image: each MAC needs a weight of its own from DRAM, 640 pJ against 4.6 pJ for "
                     "the arithmetic. In a batch of 64 the reads are shared, and it takes " + timesText(many) +
                     ". Measured time here: " + timesText(time) + ".";
    return result;
}

}  // namespace

const Experiment& fewerMacsExperiment() {
    static const Experiment experiment{
        .id = "fewer-macs",
        .statement = "Fewer MACs, more energy",
        .expectation = "Sets a convolutional network beside a perceptron with a quarter of its MACs. Expect the perceptron to "
                       "take more energy for a single image, because weights come from DRAM, and less in a large batch.",
        .run = run};
    return experiment;
}

}  // namespace convolab
