#include "core/measure/experiments/list.h"
#include "core/measure/published_networks.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kBatches[] = {1, 2, 4, 8, 16, 32, 64, 128, 256};

/// Measured seconds per image of the convolutions and of the dense layers.
struct Split {
    double convolutions = 0.0, dense = 0.0;
};

Split splitTime(const std::vector<LayerWork>& work, const BatchLatency& latency) {
    Split split;
    for (const LayerWork& layer : work) {
        const LayerTime* time = latency.find(layer.node);
        if (time == nullptr) continue;
        const double seconds = time->seconds.median / static_cast<double>(latency.batch);
        if (layer.isConvolution()) split.convolutions += seconds;
        if (layer.isDense()) split.dense += seconds;
    }
    return split;
}

std::string leadText(const std::vector<LayerWork>& work, const std::string& name) {
    const auto from = convolutionsLeadFrom(work, WeightHome::Dram);
    if (!from) return name + ": the convolutions take less at every batch.";
    if (*from == 1) return name + ": the convolutions take more at every batch.";
    return name + ": the dense layers take more up to batch " + withThousands(*from - 1) + ", the convolutions from batch " +
           withThousands(*from) + " on.";
}

bool hasBoth(const std::vector<LayerWork>& work) {
    bool convolution = false, dense = false;
    for (const LayerWork& layer : work) {
        convolution = convolution || layer.isConvolution();
        dense = dense || layer.isDense();
    }
    return convolution && dense;
}

Result<ExperimentResult> run(const ExperimentContext& context, const LaserProgress& progress) {
    const std::vector<LayerWork> alexNet = alexNet2012();
    const Analysis analysis = analyze(context.spec);
    const bool complete = requireComplete(context.spec, analysis).ok();
    const std::vector<LayerWork> own = complete ? layerWork(context.spec, analysis) : std::vector<LayerWork>{};
    ExperimentResult result;
    result.columns = {{"AlexNet, convolutions", "J", true}, {"AlexNet, dense", "J", true}};
    Latency latency;
    if (hasBoth(own)) {
        for (const char* label : {"this network, convolutions", "this network, dense"}) result.columns.push_back({label, "J", true});
        for (const char* label : {"convolutions, time", "dense, time"}) result.columns.push_back({label, "s", false});
        LatencyOptions options{.batches = {std::begin(kBatches), std::end(kBatches)}, .seconds = 0.3, .minimumRuns = 5,
                               .patience = 10.0};
        CONVOLAB_ASSIGN(latency, measureLatency(context.spec, context.weights.get(), options, [&](double share) {
                            return !progress || progress(share, context.spec.name);
                        }));
    }
    for (const std::int64_t batch : kBatches) {
        const EnergyModel alex = modelEnergy(alexNet, {WeightHome::Dram, batch});
        ExperimentRow row{"batch " + withThousands(batch), {alex.convolutions, alex.dense}};
        if (const BatchLatency* measured = latency.find(batch)) {
            const EnergyModel model = modelEnergy(own, {WeightHome::Dram, batch});
            const Split split = splitTime(own, *measured);
            row.values.insert(row.values.end(), {model.convolutions, model.dense, split.convolutions, split.dense});
        }
        result.rows.push_back(std::move(row));
    }
    if (progress) progress(1.0, "");
    result.holds = convolutionsLeadFrom(alexNet, WeightHome::Dram).value_or(1) > 1;
    result.verdict = "Weights from DRAM, read once per batch. " + leadText(alexNet, "AlexNet");
    if (hasBoth(own)) result.verdict += " " + leadText(own, context.spec.name.empty() ? "This network" : context.spec.name);
    return result;
}

}  // namespace

const Experiment& convolutionAgainstDenseExperiment() {
    static const Experiment experiment{
        .id = "conv-against-dense",
        .statement = "Convolutions or dense layers: the batch decides",
        .expectation = "Prices AlexNet and the open network at batches of 1 to 256 and measures the open one. Expect dense "
                       "layers to be dearer for single images and convolutions in large batches; for AlexNet from 13 on.",
        .run = run};
    return experiment;
}

}  // namespace convolab
