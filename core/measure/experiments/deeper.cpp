#include "core/graph/chain_builder.h"
#include "core/measure/experiments/cost_comparison.h"
#include "core/measure/experiments/list.h"

namespace convolab {

namespace {

constexpr int kDepth = 8;

NetworkSpec deepNetwork() {
    ChainBuilder chain("Eight convolutions");
    chain.input({1, 28, 28});
    for (int i = 0; i < kDepth; ++i) chain.conv({.filters = 16, .pads = ChainBuilder::Pads::Same}).relu();
    return chain.add("global_avg_pool").classifier(10).build();
}

NetworkSpec shallowNetwork() { return ChainBuilder("One hidden layer").input({1, 28, 28}).dense(64).relu().classifier(10).build(); }

Result<ExperimentResult> run(const ExperimentContext&, const LaserProgress& progress) {
    const NetworkSpec shallow = shallowNetwork(), deep = deepNetwork();
    CONVOLAB_ASSIGN(ExperimentResult result, compareCosts({shallow, deep}, progress));
    const auto ratio = [&](std::size_t column) { return *result.rows[1].values[column] / *result.rows[0].values[column]; };
    result.holds = ratio(kCostWeights) < 1.0 && ratio(kCostEnergyOne) > 1.0;
    result.verdict = "The deep network has " + timesText(1.0 / ratio(kCostWeights)) + " fewer weights, but uses each of them at " +
                     "every place of the image: " + timesText(ratio(kCostMacs)) + " the MACs, " + timesText(ratio(kCostEnergyOne)) +
                     " the energy for one image and " + timesText(ratio(kCostTime)) + " the measured time.";
    return result;
}

}  // namespace

const Experiment& deeperExperiment() {
    static const Experiment experiment{
        .id = "deeper-costs-more",
        .statement = "Deeper, with fewer weights, and dearer",
        .expectation = "Sets eight narrow convolutions beside one hidden dense layer with three times as many weights. Expect "
                       "the deep network to cost more energy and more time although it is the smaller file.",
        .run = run};
    return experiment;
}

}  // namespace convolab
