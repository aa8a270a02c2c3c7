#include "core/compress/compression_run.h"

#include <algorithm>

#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

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

    std::shared_ptr<const WeightConstraint> constraint() const {
        if (!m_codebooks.empty()) return sharingConstraint(m_weights->layout, m_codebooks, m_masks);
        return m_masks ? maskConstraint(m_masks) : nullptr;
    }

    Status train(Recipe recipe) {
        recipe.dataset = m_dataset->info().id;
        CONVOLAB_ASSIGN(const auto loop,
                        TrainingLoop::create(m_spec, m_dataset, recipe, nullptr, m_weights.get(), constraint()));
        // The best may be what was there before.
        if (recipe.keepBest) CONVOLAB_RETURN_IF_ERROR(loop->validateNow());
        const std::string what = m_codebooks.empty() ? "fine-tuning" : "fine-tuning the centroids";
        while (!loop->finished()) {
            CONVOLAB_RETURN_IF_ERROR(loop->runStep());
            if (m_watch.trained) m_watch.trained(*loop, m_codebooks);
            CONVOLAB_RETURN_IF_ERROR(trainingProgress(loop->step(), loop->totalSteps(), what));
        }
        ++m_trained;
        m_weights = loop->bestWeights();
        if (!m_codebooks.empty()) m_codebooks = withTrainedCentroids(std::move(m_codebooks), *m_weights);
        return {};
    }

    Status trainingProgress(std::int64_t step, std::int64_t steps, const std::string& what) const {
        return progress((m_trained + static_cast<double>(step) / static_cast<double>(steps)) / m_trainings, what);
    }

    Status progress(double share, const std::string& what) const {
        if (m_watch.progress && !m_watch.progress(share, what)) return cancelled();
        return {};
    }

    Result<Evaluation> measure(const WeightSet& weights) const {
        return evaluate(m_spec, weights, *m_dataset, m_split, 0,
                        [this](double) { return progress(m_trained / std::max(1.0, m_trainings), "measuring").ok(); });
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
        result.stages = m_stages;
        result.parametersKept = result.size.kept;
        std::int64_t weights = 0;
        for (const LayerBytes& layer : result.size.layers) weights += layer.weights;
        const std::int64_t zeros = result.size.parameters - result.size.kept;
        result.sparsity = static_cast<double>(zeros) / static_cast<double>(std::max<std::int64_t>(1, weights));
        return result;
    }

    const NetworkSpec& m_spec;
    DatasetPtr m_dataset;
    const CompressionRecipe& m_recipe;
    const CompressionWatch& m_watch;
    Split m_split;
    WeightSetPtr m_weights;
    MasksPtr m_masks;
    Codebooks m_codebooks;
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

}  // namespace convolab
