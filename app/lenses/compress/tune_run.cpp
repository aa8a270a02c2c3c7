#include "app/lenses/compress/tune_run.h"

#include "core/compress/pruning_run.h"
#include "core/compress/quantization/fine_tuning.h"

namespace convolab {

namespace {

bool hasLevels(const CompressionPlan& plan) { return plan.quantizes() || plan.shares(); }

class Tuning {
  public:
    Tuning(const TuneRequest& request, CalibrationCache& calibration, const TuneWatch& watch)
        : m_request(request), m_network(*request.laid->ground.network), m_calibration(calibration), m_watch(watch), m_now(request.laid),
          m_trainings(tuneTrainings(request.laid->plan, request.gradual)) {}

    Result<TuneOutcome> run() {
        const CompressionPlan& plan = m_request.laid->plan;
        if (plan.prunes() && (m_request.gradual || !hasLevels(plan))) CONVOLAB_RETURN_IF_ERROR(prune());
        if (hasLevels(plan)) CONVOLAB_RETURN_IF_ERROR(trainOnLevels());
        return m_outcome;
    }

  private:
    Status prune() {
        PruningSettings settings;
        settings.plan = m_request.laid->plan;
        settings.schedule = m_request.gradual ? PruningSchedule::Gradual : PruningSchedule::OneShot;
        settings.recipe = m_request.recipe;
        CONVOLAB_ASSIGN(const auto run, PruningRun::create(m_network, m_request.dataset, m_request.laid->start(), settings));
        std::size_t told = 0;
        while (!run->finished()) {
            CONVOLAB_RETURN_IF_ERROR(run->runStep());
            for (; told < run->rows().size(); ++told) tell(run->rows()[told].epoch, run->rows()[told].accuracy, run->rows()[told].sparsity);
            CONVOLAB_RETURN_IF_ERROR(progress(run->step(), run->totalSteps()));
        }
        const WeightSetPtr best = run->bestWeights();
        finish(best ? best : run->publish(), run->step());
        // What follows starts from these weights, under the same plan.
        PlanGround ground = m_request.laid->ground;
        ground.tuned = m_outcome.weights;
        CONVOLAB_ASSIGN(m_now, layPlan(ground, m_request.laid->plan));
        return {};
    }

    Status trainOnLevels() {
        const CompressionPlan& plan = m_now->plan;
        std::shared_ptr<const WeightConstraint> constraint = m_now->codebooks.empty()
                                                                 ? maskConstraint(m_now->masks)
                                                                 : sharingConstraint(m_now->shared->layout, m_now->codebooks, m_now->masks);
        if (plan.quantizes()) {
            CONVOLAB_ASSIGN(constraint, roundedWeights(m_network, *m_now->shared, plan, std::move(constraint)));
        }
        std::map<NodeId, RoundedActivation> activations;
        if (usesIntegers(plan)) {
            CONVOLAB_ASSIGN(const ActivationStatisticsPtr seen, m_calibration.statistics(*m_now, m_request.dataset, [this] { return progress(0, 1).ok(); }));
            CONVOLAB_ASSIGN(const ActivationRanges ranges, chooseRanges(*seen, plan.quantization));
            CONVOLAB_ASSIGN(const IntegerNetwork integers, makeIntegerNetwork(m_network, *m_now->shared, plan, ranges));
            activations = roundedActivations(integers);
        }
        Recipe recipe = m_request.recipe;
        recipe.keepBest = true;
        CONVOLAB_ASSIGN(const auto loop, TrainingLoop::create(m_network, m_request.dataset, recipe, nullptr, m_now->shared.get(), constraint, activations));
        CONVOLAB_RETURN_IF_ERROR(loop->validateNow());
        const double sparsity = m_now->masks->count().sparsity();
        std::size_t told = 0;
        while (!loop->finished()) {
            CONVOLAB_RETURN_IF_ERROR(loop->runStep());
            const auto& rows = loop->history().validation;
            for (; told < rows.size(); ++told) tell(rows[told].epoch, rows[told].accuracy, sparsity);
            CONVOLAB_RETURN_IF_ERROR(progress(loop->step(), loop->totalSteps()));
        }
        finish(loop->bestWeights(), loop->step());
        return {};
    }

    void tell(double epoch, double accuracy, double sparsity) const {
        const double before = m_done * static_cast<double>(m_request.recipe.epochs);
        if (m_watch.row) m_watch.row({before + epoch, accuracy, sparsity});
    }

    Status progress(std::int64_t step, std::int64_t steps) const {
        const double share = (m_done + static_cast<double>(step) / static_cast<double>(steps)) / m_trainings;
        if (!m_watch.progress || m_watch.progress(share)) return {};
        return Error{ErrorCode::Cancelled, "the fine-tuning was cancelled", {}, {}};
    }

    void finish(WeightSetPtr weights, std::int64_t steps) {
        m_outcome.weights = std::move(weights);
        m_outcome.steps += steps;
        m_done += 1.0;
    }

    const TuneRequest& m_request;
    const NetworkSpec& m_network;
    CalibrationCache& m_calibration;
    const TuneWatch& m_watch;
    LaidPlanPtr m_now;       // the plan over the weights so far
    TuneOutcome m_outcome;
    double m_done = 0.0;     // trainings
    int m_trainings = 1;
};

}  // namespace

int tuneTrainings(const CompressionPlan& plan, bool gradual) { return gradual && plan.prunes() && hasLevels(plan) ? 2 : 1; }

Result<TuneOutcome> runTuning(const TuneRequest& request, CalibrationCache& calibration, const TuneWatch& watch) {
    return Tuning(request, calibration, watch).run();
}

}  // namespace convolab
