#include "core/compress/pruning_run.h"

#include <algorithm>
#include <cmath>

#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kPruningsPerEpoch = 20;

/// Masks that are exchanged between two steps, on the training's thread.
class ChangingMasks final : public WeightConstraint {
  public:
    void set(MasksPtr masks) {
        m_masks = std::move(masks);
        m_constraint = maskConstraint(m_masks);
    }
    const MasksPtr& masks() const { return m_masks; }

    void adaptGradients(std::span<float> gradients) const override { m_constraint->adaptGradients(gradients); }
    void project(std::span<float> parameters) const override { m_constraint->project(parameters); }

  private:
    MasksPtr m_masks;
    std::shared_ptr<const WeightConstraint> m_constraint;
};

Error outside(const std::string& what, double value, const std::string& range) {
    return {ErrorCode::InvalidArgument, what + " is " + formatNumber(value), {}, "give " + range};
}

}  // namespace

Status validatePruning(const PruningSettings& settings, const NetworkSpec& spec) {
    CONVOLAB_RETURN_IF_ERROR(validatePlan(settings.plan, spec));
    CONVOLAB_RETURN_IF_ERROR(validateRecipe(settings.recipe));
    if (!settings.plan.prunes()) {
        return Error{ErrorCode::InvalidArgument, "the plan prunes nothing", {}, "give at least one layer a sparsity above 0"};
    }
    if (!(settings.initialSparsity >= 0.0 && settings.initialSparsity < 1.0)) {
        return outside("the initial sparsity", settings.initialSparsity, "a share from 0 to below 1");
    }
    if (!(settings.rampShare > 0.0 && settings.rampShare < 1.0)) {
        return outside("the share of the steps in which sparsity rises", settings.rampShare, "a share above 0 and below 1");
    }
    if (settings.pruneEvery >= 0) return {};
    return outside("the number of steps between two prunings", static_cast<double>(settings.pruneEvery), "0 for a twentieth of an epoch, or a number of steps");
}

double gradualSparsity(double initial, double final, std::int64_t step, std::int64_t rampSteps) {
    if (step >= rampSteps) return final;
    const double left = 1.0 - static_cast<double>(step) / static_cast<double>(rampSteps);
    return final + (std::min(initial, final) - final) * left * left * left;
}

struct PruningRun::Impl {
    NetworkSpec spec;
    PruningSettings settings;
    std::shared_ptr<ChangingMasks> constraint = std::make_shared<ChangingMasks>();
    std::unique_ptr<TrainingLoop> loop;
    std::int64_t ramp = 0;
    std::int64_t every = 1;
    std::vector<PruningRow> rows;
    std::size_t seen = 0;  // rows of the loop's history
    double bestAccuracy = -1.0;
    WeightSetPtr best;

    CompressionPlan planAt(std::int64_t step) const {
        CompressionPlan plan = settings.plan;
        if (settings.schedule == PruningSchedule::OneShot) return plan;
        for (auto& [node, layer] : plan.layers) layer.sparsity = gradualSparsity(settings.initialSparsity, layer.sparsity, step, ramp);
        return plan;
    }

    Status prune(const WeightSet& weights, std::int64_t step) {
        CONVOLAB_ASSIGN(Masks masks, makeMasks(spec, weights, planAt(step)));
        constraint->set(std::make_shared<const Masks>(std::move(masks)));
        return {};
    }

    bool isDue(std::int64_t step) const { return step <= ramp && (step % every == 0 || step == ramp); }
    bool isFinal() const { return loop->step() >= ramp; }

    /// What the loop has validated since; of the final sparsity, the best is kept.
    void collect() {
        const auto& validation = loop->history().validation;
        for (; seen < validation.size(); ++seen) {
            const EvaluationMetrics& row = validation[seen];
            rows.push_back({.step = row.step,
                            .epoch = row.epoch,
                            .sparsity = constraint->masks()->count().sparsity(),
                            .loss = row.loss,
                            .accuracy = row.accuracy,
                            .images = row.images});
        }
    }

    void keepBest() {
        if (!isFinal() || rows.empty() || rows.back().step != loop->step() || rows.back().accuracy <= bestAccuracy) return;
        // A row from before the last pruning of this step belongs to other masks.
        if (rows.back().sparsity != constraint->masks()->count().sparsity()) return;
        bestAccuracy = rows.back().accuracy;
        best = loop->publish();
    }

    Status step() {
        CONVOLAB_RETURN_IF_ERROR(loop->runStep());
        collect();
        if (settings.schedule == PruningSchedule::Gradual && isDue(loop->step())) {
            CONVOLAB_RETURN_IF_ERROR(prune(*loop->publish(), loop->step()));
            constraint->project(loop->model().parameters());
        }
        keepBest();
        return {};
    }
};

PruningRun::PruningRun() : m_impl(std::make_unique<Impl>()) {}
PruningRun::~PruningRun() = default;

Result<std::unique_ptr<PruningRun>> PruningRun::create(const NetworkSpec& spec, DatasetPtr dataset, const WeightSet& weights,
                                                       const PruningSettings& settings, const PruningCheckpoint* start) {
    CONVOLAB_RETURN_IF_ERROR(validatePruning(settings, spec));
    std::unique_ptr<PruningRun> run(new PruningRun);
    Impl& impl = *run->m_impl;
    impl.spec = spec;
    impl.settings = settings;
    impl.settings.recipe.keepBest = false;
    const bool gradual = settings.schedule == PruningSchedule::Gradual;
    if (start != nullptr) {
        impl.constraint->set(std::make_shared<const Masks>(start->masks));
    } else {
        if (gradual) impl.ramp = 1;  // so that step 0 begins with the initial sparsity; the ramp's length is not known yet
        CONVOLAB_RETURN_IF_ERROR(impl.prune(weights, 0));
    }
    CONVOLAB_ASSIGN(impl.loop, TrainingLoop::create(spec, std::move(dataset), impl.settings.recipe,
                                                    start == nullptr ? nullptr : &start->training,
                                                    start == nullptr ? &weights : nullptr, impl.constraint));
    TrainingLoop& loop = *impl.loop;
    impl.every = settings.pruneEvery > 0 ? settings.pruneEvery : std::max<std::int64_t>(1, loop.stepsPerEpoch() / kPruningsPerEpoch);
    if (gradual && loop.totalSteps() < 2) {
        return Error{ErrorCode::InvalidArgument, "gradual pruning needs at least 2 steps, the recipe has " + withThousands(loop.totalSteps()),
                     {}, "train longer, or prune at once"};
    }
    // At least one step is left to recover in, and to choose the best weights from.
    const std::int64_t rampSteps = std::llround(settings.rampShare * static_cast<double>(loop.totalSteps()));
    impl.ramp = gradual ? std::clamp<std::int64_t>(rampSteps, 1, loop.totalSteps() - 1) : 0;
    if (start != nullptr) {
        impl.rows = start->rows;
        impl.bestAccuracy = start->bestAccuracy;
        impl.best = start->best;
        return run;
    }
    CONVOLAB_RETURN_IF_ERROR(loop.validateNow());
    impl.collect();
    impl.keepBest();
    return run;
}

std::int64_t PruningRun::step() const { return m_impl->loop->step(); }
std::int64_t PruningRun::totalSteps() const { return m_impl->loop->totalSteps(); }
std::int64_t PruningRun::rampSteps() const { return m_impl->ramp; }
bool PruningRun::finished() const { return m_impl->loop->finished(); }
double PruningRun::sparsity() const { return m_impl->constraint->masks()->count().sparsity(); }
Status PruningRun::runStep() { return m_impl->step(); }
const std::vector<PruningRow>& PruningRun::rows() const { return m_impl->rows; }
const History& PruningRun::history() const { return m_impl->loop->history(); }
const MasksPtr& PruningRun::masks() const { return m_impl->constraint->masks(); }
WeightSetPtr PruningRun::publish() const { return m_impl->loop->publish(); }
WeightSetPtr PruningRun::bestWeights() const { return m_impl->best; }
double PruningRun::bestAccuracy() const { return m_impl->bestAccuracy; }

PruningCheckpoint PruningRun::checkpoint() const {
    return {.training = m_impl->loop->checkpoint(),
            .masks = *m_impl->constraint->masks(),
            .rows = m_impl->rows,
            .bestAccuracy = m_impl->bestAccuracy,
            .best = m_impl->best};
}

}  // namespace convolab
