#include "core/compress/criterion.h"
#include "core/util/random.h"

namespace convolab {

namespace {

constexpr std::uint64_t kScores = 0x7072756e65;  // apart from other uses of the stream in the same layer

void score(const GroupedWeights& layer, std::span<double> scores) {
    RandomSequence random(layer.seed, RandomStreamId::Analysis, static_cast<std::uint64_t>(layer.layer.value), kScores);
    for (double& value : scores) value = random.uniform();
}

}  // namespace

/// f(seed, layer, index), uniform in [0, 1).
PruningCriterion randomCriterion() {
    return {.id = "random",
            .label = "Random",
            .help = "The control: groups go in a seeded random order, whatever their weights are.",
            .score = score};
}

}  // namespace convolab
