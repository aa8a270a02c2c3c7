#include "core/train/training_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <utility>

#include "core/data/targets.h"
#include "core/model/divergence.h"
#include "core/train/finite.h"
#include "core/train/gradients.h"
#include "core/train/loss_targets.h"
#include "core/train/schedule.h"
#include "core/train/training_loop_impl.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kCleanImages = 5000;

Error outOfMemory(const Recipe& recipe) {
    return {ErrorCode::OutOfMemory, "training with batches of " + withThousands(recipe.batchSize) + " needs more memory than there is", {},
            "use a smaller batch or a smaller network"};
}

}  // namespace

double TrainingLoop::Impl::nextRate() const { return scheduledRate(recipe.schedule, scheduleTime(), recipe.rate); }

const Batch& TrainingLoop::Impl::nextBatch() {
    if (waiting == nullptr) waiting = &batches->next();
    return *waiting;
}

void TrainingLoop::Impl::goPast(const Batch& batch) {
    ++step;
    position = batch.index + 1 < perEpoch() ? BatchPosition{batch.epoch, batch.index + 1} : BatchPosition{batch.epoch + 1, 0};
    waiting = nullptr;
    staged.reset();
}

StepMetrics TrainingLoop::Impl::rowOf(double rate) const {
    StepMetrics row;
    row.step = step;
    row.epoch = epochNow();
    row.rate = rate;
    return row;
}

void TrainingLoop::Impl::addRow(StepMetrics row, const LossResult& result) {
    row.loss = result.loss;
    row.accuracy = isRegression(*dataset) ? 0.0 : static_cast<double>(result.correct) / static_cast<double>(result.count);
    row.seconds = seconds;
    row.images = result.count;
    history.steps.push_back(row);
}

Status TrainingLoop::Impl::train() {
    const bool onDevice = updatesOn(there);
    if (onDevice && !adversarial && there->stages()) return trainAhead();
    CONVOLAB_RETURN_IF_ERROR(settle());
    const auto begin = Clock::now();
    const Batch& batch = nextBatch();
    View<const float> images = batches->forModel(batch);
    const std::span<const int> labels = labelsOf(batch);
    if (adversarial) {
        CONVOLAB_ASSIGN(images, adversarial->attack(*model, images, labels, step, totalSteps));
    }
    const double rate = nextRate();
    LossResult result;
    sendScaling();
    if (onDevice) {
        sendState();
        result = there->trainAndUpdate(images, labels, static_cast<std::uint64_t>(step), recipe.optimizer, rate, recipe.weightDecay, step + 1);
        // Weights that are not finite show in the next loss, and in that of a validation before they are kept.
        if (!std::isfinite(result.loss) && !skipped()) return diverged(step + 1, images, "the loss became " + formatNumber(result.loss));
    } else {
        CONVOLAB_ASSIGN(result, stepHere(images, labels, rate));
    }
    CONVOLAB_RETURN_IF_ERROR(noteFinished(step + 1));
    goPast(batch);
    if (average) average->update(updated(), model->statistics(), recipe.averaging, step);
    seconds = secondsSince(begin);
    if (std::isfinite(result.loss)) addRow(rowOf(rate), result);  // of a skipped step there is nothing to show
    return {};
}

Result<LossResult> TrainingLoop::Impl::stepHere(View<const float> images, std::span<const int> labels, double rate) {
    fetchState();
    stateIsThere = false;
    const LossResult result = model->trainStep(images, labels, static_cast<std::uint64_t>(step));
    if (skipped()) return result;
    if (!std::isfinite(result.loss)) return diverged(step + 1, images, "the loss became " + formatNumber(result.loss)).error();
    const bool finite = update(rate) || allFinite(model->parameters());
    if (!finite || !allFinite(model->statistics())) {
        // Gradients run from the output to the input: the last layer with a bad one is where it began.
        const std::string layer = lastNonFiniteLayer(*model->layout(), model->gradients());
        const char* what = layer.empty() ? "weights became infinite or NaN" : "gradients became infinite or NaN";
        return diverged(step + 1, images, what, layer).error();
    }
    return result;
}

// As in PyTorch: the penalties are part of the gradient that is clipped, the weight decay is not.
bool TrainingLoop::Impl::update(double rate) {
    const std::span<float> gradients = model->gradients();
    addPenalties(*model->layout(), updated(), gradients, recipe.l1, recipe.l2);
    if (constraint) constraint->adaptGradients(gradients);
    if (recipe.clipValue > 0.0) clipValues(gradients, recipe.clipValue);
    if (recipe.clipNorm > 0.0) clipNorm(gradients, recipe.clipNorm, normSums);
    const bool finite = optimizer->update(recipe.optimizer, {.parameters = updated(),
                                                             .gradients = gradients,
                                                             .state = optimizerState.span(),
                                                             .rate = rate,
                                                             .weightDecay = recipe.weightDecay,
                                                             .step = step + 1});
    if (!constraint) return finite;
    constrain();
    return false;  // not known of the weights that the constraint wrote
}

EvaluationMetrics TrainingLoop::Impl::measure(Split split, std::int64_t images) {
    EvaluationMetrics metrics = meter.measure(*model, *dataset, split, images, keeper);
    metrics.step = step;
    metrics.epoch = epochNow();
    return metrics;
}

Result<std::optional<RobustMetrics>> TrainingLoop::Impl::robustNow() {
    if (!adversarial) return std::optional<RobustMetrics>{};
    CONVOLAB_ASSIGN(RobustMetrics metrics, adversarial->measure(*model));
    metrics.step = step;
    metrics.epoch = epochNow();
    return std::optional(metrics);
}

// `due`: not asked for by an observer, so that it counts for the schedule and for early stopping.
Status TrainingLoop::Impl::validate(bool due) {
    CONVOLAB_RETURN_IF_ERROR(settle());
    if (validatedStep == step) return {};
    const std::int64_t held = dataset->size(Split::Validation);
    const std::int64_t clean =
        std::min({kCleanImages, dataset->size(Split::Train), held > 0 ? held : kCleanImages});
    EvaluationMetrics onTrain, judged;
    std::optional<RobustMetrics> robust;
    {
        const AverageShown shown(*this);
        onTrain = measure(Split::Train, clean);
        judged = held > 0 ? measure(Split::Validation, held) : onTrain;
        if (std::isfinite(onTrain.loss) && std::isfinite(judged.loss)) {
            CONVOLAB_ASSIGN(robust, robustNow());
        }
    }
    if (!std::isfinite(onTrain.loss) || !std::isfinite(judged.loss)) {
        return diverged(step, meter.lastBatch(*dataset), "the loss in evaluation became infinite or NaN");
    }
    validatedStep = step;
    history.trainClean.push_back(onTrain);
    if (held > 0) history.validation.push_back(judged);
    if (robust) history.robust.push_back(*robust);
    const double score = robust ? robust->pgd : isRegression(*dataset) ? 1.0 / (1.0 + judged.loss) : judged.accuracy;
    if (held > 0 && recipe.keepBest) keepIfBest(score, robust.has_value());
    if (due) judge(judged.loss);
    good = snapshot();
    return {};
}

// On the small sample of an adversarial training many rows are equal; of those, the one that has trained longer is kept.
void TrainingLoop::Impl::keepIfBest(double score, bool ties) {
    if (!(score > bestAccuracy || (ties && score == bestAccuracy))) return;
    bestAccuracy = score;
    bestStep = step;
    best = std::make_shared<const WeightSet>(shownNow());
}

void TrainingLoop::Impl::judge(double loss) {
    findSchedule(recipe.schedule.kind)->observe(recipe.schedule, loss, plateau);
    if (loss < stopping.best) {
        stopping = {.best = loss, .waited = 0};
    } else {
        ++stopping.waited;
    }
}

TrainingLoop::TrainingLoop() : m_impl(std::make_unique<Impl>()) {}
TrainingLoop::~TrainingLoop() = default;

Result<std::unique_ptr<TrainingLoop>> TrainingLoop::create(const NetworkSpec& spec, DatasetPtr dataset,
                                                           const Recipe& recipe, const Checkpoint* start,
                                                           const WeightSet* initial,
                                                           std::shared_ptr<const WeightConstraint> constraint,
                                                           const std::map<NodeId, RoundedActivation>& rounded,
                                                           const CompileModel& compile) {
    std::unique_ptr<TrainingLoop> loop(new TrainingLoop);
    loop->m_impl->spec = spec;
    loop->m_impl->dataset = std::move(dataset);
    loop->m_impl->recipe = recipe;
    loop->m_impl->constraint = std::move(constraint);
    loop->m_impl->rounded = rounded;
    try {
        CONVOLAB_RETURN_IF_ERROR(loop->m_impl->prepare(compile, start, initial));
    } catch (const DeviceLost& lost) {
        return lost.error;
    } catch (const std::bad_alloc&) {
        return outOfMemory(recipe);
    }
    return loop;
}

std::int64_t TrainingLoop::totalSteps() const { return m_impl->totalSteps; }
std::int64_t TrainingLoop::stepsPerEpoch() const { return m_impl->perEpoch(); }
std::int64_t TrainingLoop::step() const { return m_impl->step; }
bool TrainingLoop::finished() const { return m_impl->finished(); }
std::optional<LossScaling> TrainingLoop::lossScaling() const {
    static_cast<void>(m_impl->guarded([&] { return m_impl->settle(); }));
    m_impl->fetchScaling();
    return m_impl->scaling;
}
bool TrainingLoop::stoppedEarly() const { return m_impl->stoppedEarly(); }

Status TrainingLoop::runStep() {
    return m_impl->guarded([&]() -> Status {
        CONVOLAB_RETURN_IF_ERROR(m_impl->train());
        return m_impl->due() || finished() ? m_impl->validate(m_impl->due()) : Status{};
    });
}

Status TrainingLoop::settle() {
    return m_impl->guarded([&] { return m_impl->settle(); });
}

Status TrainingLoop::validateNow() {
    return m_impl->guarded([&] { return m_impl->validate(false); });
}

Status TrainingLoop::moveTo(const CompileModel& compile, const std::string& from, const std::string& to) {
    CONVOLAB_RETURN_IF_ERROR(settle());
    try {
        CONVOLAB_RETURN_IF_ERROR(m_impl->moveTo(compile));
        if (!to.empty()) m_impl->history.moves.push_back({m_impl->step, m_impl->epochNow(), from, to});
        return {};
    } catch (const DeviceLost& lost) {
        return lost.error;  // which of the two it was, the next step knows
    } catch (const std::bad_alloc&) {
        return outOfMemory(m_impl->recipe);
    }
}

void TrainingLoop::setRate(double rate) {
    if (!std::isfinite(rate) || rate < 0.0) return;
    const double factor = scheduleFactor(m_impl->recipe.schedule, m_impl->scheduleTime());
    m_impl->recipe.rate = factor > 0.0 ? rate / factor : rate;
}

void TrainingLoop::setMomentum(double momentum) {
    if (!(momentum >= 0.0 && momentum < 1.0) || m_impl->optimizer->momentum == nullptr) return;
    m_impl->recipe.optimizer.*(m_impl->optimizer->momentum) = momentum;
    try {
        m_impl->ensureState();
    } catch (const DeviceLost&) {
        return;  // which the next step reports
    }
}

void TrainingLoop::setWeightDecay(double weightDecay) {
    if (std::isfinite(weightDecay) && weightDecay >= 0.0) m_impl->recipe.weightDecay = weightDecay;
}

void TrainingLoop::takeOver(const Recipe& live) {
    if (!settle().ok()) return;  // which the next step reports
    Impl& impl = *m_impl;
    Recipe next = withLiveFields(impl.recipe, live);
    next.rate = impl.recipe.rate;
    next.weightDecay = impl.recipe.weightDecay;
    next.optimizer = impl.recipe.optimizer;
    auto targets = lossTargets(next, *impl.dataset);
    if (!validateRecipe(next).ok() || !targets.ok()) return;
    std::swap(impl.recipe, next);  // `next` is what was
    if (!impl.requirePictures().ok()) {
        impl.recipe = std::move(next);
        return;
    }
    try {
        impl.model->setLossTargets(std::move(targets).value());
        if (impl.recipe.augmentations != next.augmentations) impl.beginBatches();
    } catch (const DeviceLost&) {
        return;  // which the next step reports
    }
}

const History& TrainingLoop::history() const { return m_impl->history; }
const Recipe& TrainingLoop::recipe() const { return m_impl->recipe; }
Model& TrainingLoop::model() { return *m_impl->model; }
Checkpoint TrainingLoop::checkpoint() const try {
    static_cast<void>(m_impl->guarded([&] { return m_impl->settle(); }));
    return m_impl->snapshot();
} catch (const DeviceLost&) {
    return m_impl->good;
}
WeightSetPtr TrainingLoop::publish() const try {
    m_impl->forgetPosted();  // they are older
    static_cast<void>(m_impl->guarded([&] { return m_impl->settle(); }));
    return std::make_shared<const WeightSet>(m_impl->shownNow());
} catch (const DeviceLost&) {
    return std::make_shared<const WeightSet>(shownWeights(m_impl->good));
}
bool TrainingLoop::postWeights() try {
    return !m_impl->failure && m_impl->postWeights();
} catch (const DeviceLost&) {
    return false;  // the next step says so
}
WeightSetPtr TrainingLoop::takeWeights() try {
    return m_impl->failure ? nullptr : m_impl->takeWeights();
} catch (const DeviceLost&) {
    return nullptr;
}
WeightSetPtr TrainingLoop::bestWeights() const { return m_impl->best ? m_impl->best : publish(); }
std::int64_t TrainingLoop::bestStep() const { return m_impl->best ? m_impl->bestStep : m_impl->step; }

}  // namespace convolab
