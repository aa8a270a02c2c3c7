#include "core/compress/compression_run.h"

#include <algorithm>

#include "core/compress/quantization/fine_tuning.h"
#include "core/compress/quantization/quantized_model.h"
#include "core/compress/sharing/tidied_codebook.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kIntegerBatch = 128;

Error cancelled() { return {ErrorCode::Cancelled, "the compression was cancelled", {}, {}}; }

/// One run, step after step.
class Compression {
  public:
    Compression(const NetworkSpec& spec, const WeightSet& weights, DatasetPtr dataset, const CompressionRecipe& recipe,
                const CompressionWatch& watch)
        : m_spec(spec),
          m_dataset(std::move(dataset)),
          m_recipe(recipe),
          m_watch(watch),
          m_split(m_dataset->size(Split::Validation) > 0 ? Split::Validation : Split::Test),
          m_weights(std::make_shared<const WeightSet>(weights)) {}

    Result<CompressionResult> run() {
        CONVOLAB_RETURN_IF_ERROR(validateCompressionRecipe(m_recipe, m_spec));
        m_trainings = trainingsOf(m_recipe);
        CONVOLAB_RETURN_IF_ERROR(report("dense"));
        for (const CompressionStep& step : m_recipe.steps) CONVOLAB_RETURN_IF_ERROR(take(step));
        CONVOLAB_RETURN_IF_ERROR(reportPruned());
        if (m_quantization) return quantized();
        if (!m_codebooks.empty()) CONVOLAB_RETURN_IF_ERROR(report("shared"));
        return code();
    }

  private:
    static int trainingsOf(const CompressionRecipe& recipe) {
        int count = 0;
        for (const CompressionStep& step : recipe.steps) {
            const bool trains = step.action == CompressionAction::Train || step.action == CompressionAction::Prune;
            if (trains && step.training) ++count;
        }
        return count;
    }

    Status take(const CompressionStep& step) {
        switch (step.action) {
            case CompressionAction::Prune: return prune(step);
            case CompressionAction::Train: return train(*step.training);
            case CompressionAction::Share: return share(step);
            case CompressionAction::Quantize: return quantize(step);
            case CompressionAction::Code:
                m_coder = findWeightCoder(std::string_view(step.coder));
                return {};
        }
        return {};
    }

    Status prune(const CompressionStep& step) {
        if (step.training) return pruneInTraining(step);
        CONVOLAB_ASSIGN(Masks masks, makeMasks(m_spec, *m_weights, step.plan));
        m_masks = std::make_shared<const Masks>(std::move(masks));
        m_weights = std::make_shared<const WeightSet>(masked(*m_weights, *m_masks));
        return {};
    }

    Status pruneInTraining(const CompressionStep& step) {
        PruningSettings settings = step.pruning();
        settings.recipe.dataset = m_dataset->info().id;
        CONVOLAB_ASSIGN(const auto run, PruningRun::create(m_spec, m_dataset, *m_weights, settings));
        while (!run->finished()) {
            CONVOLAB_RETURN_IF_ERROR(run->runStep());
            if (m_watch.pruned) m_watch.pruned(*run);
            CONVOLAB_RETURN_IF_ERROR(trainingProgress(run->step(), run->totalSteps(), "pruning"));
        }
        ++m_trained;
        m_masks = run->masks();
        m_weights = settings.recipe.keepBest ? run->bestWeights() : run->publish();
        CONVOLAB_CHECK(m_weights != nullptr, "a pruning that is done has weights of its final sparsity");
        return {};
    }

    Status share(const CompressionStep& step) {
        CONVOLAB_RETURN_IF_ERROR(reportPruned());
        CONVOLAB_ASSIGN(Codebooks made, makeCodebooks(m_spec, *m_weights, step.plan, m_masks.get(), step.start));
        for (auto& [layer, codebook] : made) m_codebooks.insert_or_assign(layer, std::move(codebook));
        m_weights = std::make_shared<const WeightSet>(shared(*m_weights, m_codebooks));
        return {};
    }

    Status quantize(const CompressionStep& step) {
        CONVOLAB_RETURN_IF_ERROR(reportPruned());
        DocumentQuantization made{step.plan, {}};
        if (runsInIntegers(step.plan)) {
            CONVOLAB_ASSIGN(const ActivationStatistics seen,
                            observeActivations(m_spec, *m_weights, *m_dataset, step.plan.quantization, step.plan.seed,
                                               [this](double) { return progress(doneShare(), "calibrating").ok(); }));
            CONVOLAB_ASSIGN(made.ranges, chooseRanges(seen, step.plan.quantization));
        }
        m_quantization = std::move(made);
        return {};
    }

    static bool runsInIntegers(const CompressionPlan& plan) { return plan.quantization.activationBits < kFloatBits; }

    Result<std::shared_ptr<const WeightConstraint>> constraint() const {
        if (!m_codebooks.empty()) return sharingConstraint(m_weights->layout, m_codebooks, m_masks);
        std::shared_ptr<const WeightConstraint> pruned = m_masks ? maskConstraint(m_masks) : nullptr;
        if (!m_quantization) return pruned;
        return roundedWeights(m_spec, *m_weights, m_quantization->plan, std::move(pruned));
    }

    Result<std::map<NodeId, RoundedActivation>> activations() const {
        if (!m_quantization || !runsInIntegers(m_quantization->plan)) return std::map<NodeId, RoundedActivation>{};
        CONVOLAB_ASSIGN(const IntegerNetwork network,
                        makeIntegerNetwork(m_spec, *m_weights, m_quantization->plan, m_quantization->ranges));
        return roundedActivations(network);
    }

    Status train(Recipe recipe) {
        recipe.dataset = m_dataset->info().id;
        CONVOLAB_ASSIGN(auto rule, constraint());
        CONVOLAB_ASSIGN(const auto rounded, activations());
        CONVOLAB_ASSIGN(const auto loop,
                        TrainingLoop::create(m_spec, m_dataset, recipe, nullptr, m_weights.get(), std::move(rule), rounded));
        // The best may be what was there before.
        if (recipe.keepBest) CONVOLAB_RETURN_IF_ERROR(loop->validateNow());
        const std::string what = !m_codebooks.empty() ? "fine-tuning the centroids"
                                 : m_quantization     ? "fine-tuning on the grids"
                                                      : "fine-tuning";
        while (!loop->finished()) {
            CONVOLAB_RETURN_IF_ERROR(loop->runStep());
            if (m_watch.trained) m_watch.trained(*loop, m_codebooks);
            CONVOLAB_RETURN_IF_ERROR(trainingProgress(loop->step(), loop->totalSteps(), what));
        }
        ++m_trained;
        m_weights = loop->bestWeights();
        if (!m_codebooks.empty()) m_codebooks = withTrainedCentroids(std::move(m_codebooks), *m_weights);
        for (auto& [layer, codebook] : m_codebooks) codebook = tidied(codebook);
        return {};
    }

    Status trainingProgress(std::int64_t step, std::int64_t steps, const std::string& what) const {
        return progress((m_trained + static_cast<double>(step) / static_cast<double>(steps)) / m_trainings, what);
    }

    double doneShare() const { return m_trained / std::max(1.0, m_trainings); }

    Status progress(double done, const std::string& what) const {
        if (m_watch.progress && !m_watch.progress(done, what)) return cancelled();
        return {};
    }

    Result<Evaluation> measure(const WeightSet& weights) const {
        return evaluateCompressed(m_spec, weights, m_quantization, *m_dataset, m_split,
                                  [this](double) { return progress(doneShare(), "measuring").ok(); });
    }

    Status reportPruned() {
        const bool reported = std::ranges::any_of(m_stages, [](const auto& stage) { return stage.name == "pruned"; });
        return m_masks && !reported ? report("pruned") : Status{};
    }

    /// The stages that are no file yet weigh what a file up to their coder would.
    Status report(const std::string& name) {
        CONVOLAB_ASSIGN(const PackedSize size, packedSize({m_spec, *m_weights, m_codebooks}));
        const std::size_t coder = name == "dense" ? 0 : name == "pruned" ? 1 : 2;
        return addStage(name, size.stages[coder].bytes, *m_weights);
    }

    Status addStage(const std::string& name, std::int64_t bytes, const WeightSet& weights) {
        CONVOLAB_ASSIGN(const Evaluation found, measure(weights));
        m_stages.push_back({name, bytes, found.accuracy, found.images});
        if (m_watch.stage) m_watch.stage(m_stages.back());
        return {};
    }

    /// No packed file: the document and the ONNX file hold what a network of integers is.
    Result<CompressionResult> quantized() {
        CompressionResult result;
        CONVOLAB_ASSIGN(result.size, estimatedSize(m_spec, *m_weights, m_quantization->plan, m_masks.get()));
        // Nothing pruned: no indices and no file around the integers.
        if (!m_masks) result.size.stages.back().bytes = packedBytes(m_spec, *m_weights, m_quantization->plan);
        CONVOLAB_RETURN_IF_ERROR(addStage("quantised", result.size.bytes(), *m_weights));
        result.network = {m_spec, *m_weights, {}};
        result.quantization = m_quantization;
        count(result);
        return result;
    }

    Result<CompressionResult> code() {
        CompressionResult result;
        const PackedNetwork network{m_spec, *m_weights, m_codebooks};
        CONVOLAB_ASSIGN(result.file, packNetwork(network, *m_coder));
        CONVOLAB_ASSIGN(result.network, unpackNetwork(result.file));
        CONVOLAB_CHECK(result.network.weights.parameters == m_weights->parameters &&
                           result.network.weights.statistics == m_weights->statistics,
                       "the packed file reads back otherwise than it was written");
        CONVOLAB_RETURN_IF_ERROR(addStage("coded", static_cast<std::int64_t>(result.file.size()), result.network.weights));
        CONVOLAB_ASSIGN(result.size, packedSize(network));
        count(result);
        return result;
    }

    void count(CompressionResult& result) const {
        result.stages = m_stages;
        result.parametersKept = result.size.kept;
        std::int64_t weights = 0;
        for (const LayerBytes& layer : result.size.layers) weights += layer.weights;
        const std::int64_t zeros = result.size.parameters - result.size.kept;
        result.sparsity = static_cast<double>(zeros) / static_cast<double>(std::max<std::int64_t>(1, weights));
    }

    const NetworkSpec& m_spec;
    DatasetPtr m_dataset;
    const CompressionRecipe& m_recipe;
    const CompressionWatch& m_watch;
    Split m_split;
    WeightSetPtr m_weights;
    MasksPtr m_masks;
    Codebooks m_codebooks;
    std::optional<DocumentQuantization> m_quantization;
    const WeightCoder* m_coder = weightCoders().back();
    std::vector<CompressionStage> m_stages;
    double m_trained = 0.0;  // trainings that are done
    double m_trainings = 0.0;
};

}  // namespace

Result<CompressionResult> runCompression(const NetworkSpec& spec, const WeightSet& weights, DatasetPtr dataset,
                                         const CompressionRecipe& recipe, const CompressionWatch& watch) {
    return Compression(spec, weights, std::move(dataset), recipe, watch).run();
}

Result<Evaluation> evaluateCompressed(const NetworkSpec& spec, const WeightSet& weights, const std::optional<DocumentQuantization>& quantization,
                                      const Dataset& dataset, Split split, const std::function<bool(double)>& progress) {
    if (!quantization) return evaluate(spec, weights, dataset, split, 0, progress);
    CONVOLAB_ASSIGN(const auto model, QuantizedModel::make(spec, weights, quantization->plan, quantization->ranges, {.maximumBatch = kIntegerBatch}));
    return evaluateQuantized(*model, dataset, split, 0, {}, progress);
}

}  // namespace convolab
