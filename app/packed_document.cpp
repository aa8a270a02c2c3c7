#include "app/packed_document.h"

#include <algorithm>

#include "app/document_settings.h"
#include "core/compress/masks.h"
#include "core/compress/quantization/quantizer.h"

namespace convolab {

CompressionPlan planOf(const PackedNetwork& network) {
    CompressionPlan plan;
    const Masks kept = masksOfZeros(network.weights);
    for (const NodeId layer : compressibleLayers(network.spec)) {
        LayerCompression how;
        how.sparsity = kept.count(layer).sparsity();
        if (const auto codebook = network.codebooks.find(layer); codebook != network.codebooks.end()) {
            how.bits = std::max(codebook->second.bits, kFewestBits);
            how.levels = WeightLevels::KMeans;
        }
        if (!(how == LayerCompression{})) plan.layers[layer] = how;
    }
    return plan;
}

void fillDocument(ProjectFile& file, const PackedNetwork& network, const Recipe& recipe) {
    file.writeSpec(network.spec);
    file.writeRecipe(recipe);
    const std::int64_t run = file.beginRun(network.spec, recipe, "cpu", "packed file");
    Checkpoint checkpoint;
    checkpoint.weights = network.weights;
    checkpoint.step = network.weights.step;
    file.writeCheckpoint(run, checkpoint);
    file.writeBestWeights(run, network.weights);
    file.endRun(run, "done", -1.0);
    file.writeSetting(settings::made(run), settings::kYes);
    const CompressionPlan plan = planOf(network);
    if (plan.prunes()) file.writeSetting(settings::keepsZeros(run), settings::kYes);
    file.writeSetting(settings::kCompressOverlay, planToJson(plan, network.spec));
}

}  // namespace convolab
