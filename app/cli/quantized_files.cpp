#include "app/cli/quantized_files.h"

#include "core/project/project_file.h"
#include "core/util/atomic_file.h"

namespace convolab {

Status writeQuantized(const std::filesystem::path& file, const QuantizedNetwork& network, const Recipe& recipe) {
    if (file.has_parent_path()) CONVOLAB_RETURN_IF_ERROR(makeFolder(file.parent_path()));
    CONVOLAB_ASSIGN(const auto project, ProjectFile::create(file));
    project->writeSpec(network.spec);
    project->writeRecipe(recipe);
    const std::int64_t run = project->beginRun(network.spec, recipe, "cpu");
    writeQuantization(*project, network.spec, run, network.quantization);
    project->appendMetrics(run, network.history);
    WeightSet weights = network.weights;
    weights.step = network.history.steps.empty() ? 0 : network.history.steps.back().step;
    Checkpoint checkpoint;
    checkpoint.weights = weights;
    checkpoint.step = weights.step;
    checkpoint.bestAccuracy = network.validationAccuracy;
    checkpoint.bestStep = weights.step;
    checkpoint.best = std::make_shared<const WeightSet>(weights);
    project->writeCheckpoint(run, checkpoint);
    project->writeBestWeights(run, weights);
    project->endRun(run, "done", network.validationAccuracy);
    CONVOLAB_RETURN_IF_ERROR(project->flush());
    if (const auto error = project->lastError()) return *error;
    return {};
}

}  // namespace convolab
