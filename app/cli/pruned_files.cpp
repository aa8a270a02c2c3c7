#include "app/cli/pruned_files.h"

#include "core/compress/coding/packed_file.h"
#include "core/interop/onnx_export.h"
#include "core/project/project_file.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"

namespace convolab {

namespace fs = std::filesystem;

namespace {

Status writeDocument(const fs::path& file, const PrunedNetwork& network, const Recipe& recipe) {
    CONVOLAB_ASSIGN(const auto project, ProjectFile::create(file));
    project->writeSpec(network.spec);
    project->writeRecipe(recipe);
    const std::int64_t run = project->beginRun(network.spec, recipe, "cpu");
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
    project->endRun(run, network.state, network.validationAccuracy);
    CONVOLAB_RETURN_IF_ERROR(project->flush());
    if (const auto error = project->lastError()) return *error;
    return {};
}

/// "Conv 1 0.9, Dense 1 0.95": zeros as a share of each layer's weights.
std::string sparsityText(const Masks& masks, const NetworkSpec& spec) {
    std::vector<std::string> parts;
    for (const NodeId id : compressibleLayers(spec)) {
        parts.push_back(spec.node(id)->name + " " + formatNumber(masks.count(id).sparsity(), 4));
    }
    return join(parts, ", ");
}

}  // namespace

Result<std::vector<fs::path>> writePruned(const fs::path& file, const PrunedNetwork& network, const Recipe& recipe, const Dataset& dataset) {
    if (file.has_parent_path()) CONVOLAB_RETURN_IF_ERROR(makeFolder(file.parent_path()));
    if (file.extension() == kPackedExtension) {
        CONVOLAB_RETURN_IF_ERROR(writePackedFile({network.spec, network.weights, network.codebooks}, file));
    } else {
        CONVOLAB_RETURN_IF_ERROR(writeDocument(file, network, recipe));
    }
    fs::path onnx = file;
    CONVOLAB_ASSIGN(std::vector<fs::path> files, writePrunedOnnx(onnx.replace_extension(".onnx"), network, dataset));
    files.insert(files.begin(), file);
    return files;
}

Result<std::vector<fs::path>> writePrunedOnnx(const fs::path& file, const PrunedNetwork& network, const Dataset& dataset) {
    if (onnxMissing()) return std::vector<fs::path>{};
    const Masks masks = masksOfZeros(network.weights);
    OnnxExportOptions options;
    options.codebooks = network.codebooks;
    options.metadata = {{"convolab.dataset", dataset.info().id},
                        {"convolab.sparsity", formatNumber(masks.count().sparsity(), 4)},
                        {"convolab.sparsity_per_layer", sparsityText(masks, network.spec)}};
    if (network.testAccuracy >= 0.0) options.metadata["convolab.test_accuracy"] = formatNumber(network.testAccuracy, 5);
    CONVOLAB_RETURN_IF_ERROR(exportOnnx(network.spec, network.weights, file, options));
    return std::vector<fs::path>{file};
}

}  // namespace convolab
