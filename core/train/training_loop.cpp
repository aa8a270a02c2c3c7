#include "core/train/training_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>
#include <utility>

#include "core/model/divergence.h"
#include "core/model/dataset_fit.h"
#include "core/train/adversarial_training.h"
#include "core/train/averaged_weights.h"
#include "core/train/finite.h"
#include "core/train/gradients.h"
#include "core/train/loss_targets.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
#include "core/train/split_meter.h"
#include "core/train/weight_constraint.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kCleanImages = 5000;
constexpr std::int64_t kValidationsPerEpoch = 5;

using Clock = std::chrono::steady_clock;

}  // namespace

struct TrainingLoop::Impl {
    NetworkSpec spec;
    DatasetPtr dataset;
    Recipe recipe;
    const Optimizer* optimizer = nullptr;
    std::unique_ptr<Model> model;
    std::unique_ptr<AdversarialTraining> adversarial;  // null: plain training
    std::shared_ptr<const WeightConstraint> constraint;  // null: free weights
    std::map<NodeId, RoundedActivation> rounded;
    AlignedBuffer trained;  // what the optimizer updates where the passes use other weights; else empty
    std::unique_ptr<AveragedWeights> average;  // null: no averaging
    std::vector<double> normSums;
    std::unique_ptr<BatchLoader> loader;
    SplitMeter meter;

    AlignedBuffer optimizerState;
    std::int64_t step = 0;
    std::int64_t totalSteps = 0;
    std::int64_t validationEvery = 1;
    BatchPosition position;  // of the next batch
    double seconds = 0.0;
    History history;
    std::int64_t validatedStep = -1;

    double bestAccuracy = -1.0;
    std::int64_t bestStep = 0;
    WeightSetPtr best;
    PlateauMemory plateau;
    StoppingMemory stopping;
    Checkpoint good;
    std::optional<Error> failure;

    Status prepare(const Checkpoint* start, const WeightSet* initial);
    Status requirePictures() const;
    Status bindStart(const Analysis& analysis, const Checkpoint* start, const WeightSet* initial);
    std::int64_t perEpoch() const { return loader->batchesPerEpoch(); }
    double epochNow() const {
        return static_cast<double>(position.epoch) +
               static_cast<double>(position.batch) / static_cast<double>(perEpoch());
    }
    ScheduleTime scheduleTime() const { return {step, totalSteps, perEpoch(), plateau.factor}; }
    bool stoppedEarly() const { return recipe.earlyStopping > 0 && stopping.waited >= recipe.earlyStopping; }
    bool finished() const { return step >= totalSteps || stoppedEarly(); }
    void makeLoader();
    Status train();
    bool update(double rate);  ///< true: all new weights are finite
    Status validate(bool due);
    void judge(double loss);
    void keepIfBest(double score, bool ties);
    EvaluationMetrics measure(Split split, std::int64_t images);
    Result<std::optional<RobustMetrics>> robustNow();
    void ensureState();
    std::span<float> updated() { return trained.size() > 0 ? trained.span() : model->parameters(); }
    void constrain();
    void beginConstraint();
    Checkpoint snapshot() const;
    void swapAverage(bool shown);
    WeightSet shownNow() const;
    Status diverged(std::int64_t atStep, View<const float> images, const std::string& what, const std::string& layer = {});
    void restoreMemory(const Checkpoint& from);
    void restoreAverage(const Checkpoint& from);

    /// While it lives, the model computes with the averaged weights, if there are any.
    struct AverageShown {
        explicit AverageShown(Impl& impl) : owner(impl) { owner.swapAverage(true); }
        ~AverageShown() { owner.swapAverage(false); }
        AverageShown(const AverageShown&) = delete;
        AverageShown& operator=(const AverageShown&) = delete;
        Impl& owner;
    };
};

Status TrainingLoop::Impl::prepare(const Checkpoint* start, const WeightSet* initial) {
    CONVOLAB_RETURN_IF_ERROR(validateRecipe(recipe));
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analysis, *dataset));
    const std::int64_t images = dataset->size(Split::Train);
    if (images == 0) {
        return Error{ErrorCode::InvalidArgument, dataset->info().title + " has no training images", {}, {}};
    }
    optimizer = findOptimizer(recipe.optimizer.kind);
    const std::int64_t largest = std::min(recipe.batchSize, images);
    CompileOptions options;
    options.maximumBatch = largest;
    options.training = true;
    options.loss = recipe.loss;
    options.seed = recipe.seed;
    options.rounded = rounded;
    CONVOLAB_ASSIGN(model, Model::compile(spec, options));
    if (recipe.adversarial) {
        CONVOLAB_ASSIGN(adversarial, AdversarialTraining::create(spec, *dataset, recipe, largest));
    }
    meter = SplitMeter(*dataset, largest);

    CONVOLAB_ASSIGN(LossTargets targets, lossTargets(recipe, *dataset));
    model->setLossTargets(std::move(targets));
    CONVOLAB_RETURN_IF_ERROR(bindStart(analysis, start, initial));
    beginConstraint();
    if (recipe.averaging > 0.0) {
        average = std::make_unique<AveragedWeights>(updated(), model->statistics());
        if (start != nullptr) restoreAverage(*start);
    }
    const std::int64_t batches = (images + largest - 1) / largest;
    if (position.batch >= batches) position = {position.epoch + 1, 0};  // the batch size has changed since
    CONVOLAB_RETURN_IF_ERROR(requirePictures());
    makeLoader();
    const std::int64_t left = (recipe.epochs - position.epoch) * batches - position.batch;
    totalSteps = recipe.steps ? *recipe.steps : step + std::max<std::int64_t>(0, left);
    validationEvery =
        recipe.validationEvery > 0
            ? recipe.validationEvery
            : std::max<std::int64_t>(1, (batches + kValidationsPerEpoch / 2) / kValidationsPerEpoch);
    good = snapshot();
    return {};
}

Status TrainingLoop::Impl::bindStart(const Analysis& analysis, const Checkpoint* start,
                                     const WeightSet* initial) {
    if (start == nullptr) {
        CONVOLAB_RETURN_IF_ERROR(
            model->bind(initial ? *initial : initialWeights(spec, analysis, recipe.seed)));
        ensureState();
        return {};
    }
    CONVOLAB_RETURN_IF_ERROR(model->bind(start->weights));
    ensureState();
    const std::size_t given = start->optimizerState.size();
    if (given != 0 && given != optimizerState.size()) {
        return Error{ErrorCode::InvalidArgument,
                     "the checkpoint of step " + withThousands(start->step) +
                         " holds another optimizer's state than " + optimizer->label + " needs",
                     {},
                     "choose the optimizer of that run, or start a new run from its weights"};
    }
    std::copy(start->optimizerState.begin(), start->optimizerState.end(), optimizerState.data());
    step = start->step;
    position = start->position;
    seconds = start->seconds;
    restoreMemory(*start);
    return {};
}

void TrainingLoop::Impl::restoreMemory(const Checkpoint& from) {
    bestAccuracy = from.bestAccuracy;
    bestStep = from.bestStep;
    best = from.best;
    plateau = from.plateau;
    stopping = from.stopping;
}

// Where the checkpoint has none, the average begins at its weights.
void TrainingLoop::Impl::restoreAverage(const Checkpoint& from) {
    if (!average || average->restore(from.averaged)) return;
    *average = AveragedWeights(updated(), model->statistics());
}

Status TrainingLoop::Impl::requirePictures() const {
    const Shape& picture = dataset->info().picture();
    if (recipe.augmentations.empty() || picture.isImage()) return {};
    return Error{ErrorCode::InvalidArgument,
                 "augmentation changes images, and those of " + dataset->info().title + " are vectors of " +
                     withThousands(picture.size()) + " values",
                 {},
                 "leave the augmentation out"};
}

void TrainingLoop::Impl::makeLoader() {
    constexpr int kDepth = 3;
    loader.reset();  // one prefetch thread at a time
    loader = std::make_unique<BatchLoader>(dataset, meter.largestBatch(), recipe.seed, position, kDepth,
                                           recipe.augmentations);
}

// The momentum may go to 0 and back while training; the velocity then begins at 0.
void TrainingLoop::Impl::ensureState() {
    const std::size_t wanted = optimizer->stateSize(recipe.optimizer, model->parameters().size());
    if (wanted == optimizerState.size()) return;
    AlignedBuffer state(wanted);
    std::copy_n(optimizerState.data(), std::min(wanted, optimizerState.size()), state.data());
    optimizerState = std::move(state);
}

void TrainingLoop::Impl::swapAverage(bool shown) {
    if (!average) return;
    std::ranges::swap_ranges(average->statistics(), model->statistics());
    if (trained.size() == 0) {
        std::ranges::swap_ranges(average->parameters(), model->parameters());
    } else {
        constraint->use(shown ? std::span<const float>(average->parameters()) : trained.span(), model->parameters());
    }
}

WeightSet TrainingLoop::Impl::shownNow() const {
    WeightSet weights = model->copyWeights(step);
    if (!average) return weights;
    std::ranges::copy(std::as_const(*average).statistics(), weights.statistics.begin());
    if (trained.size() == 0) {
        std::ranges::copy(std::as_const(*average).parameters(), weights.parameters.begin());
    } else {
        constraint->use(std::as_const(*average).parameters(), weights.parameters);
    }
    return weights;
}

// The model holds the weights to start from.
void TrainingLoop::Impl::beginConstraint() {
    if (!constraint) return;
    if (constraint->usesOtherWeights()) {
        if (trained.size() == 0) trained = AlignedBuffer(model->parameters().size());
        std::ranges::copy(model->parameters(), trained.data());
    }
    constrain();
}

void TrainingLoop::Impl::constrain() {
    constraint->project(updated());
    if (trained.size() > 0) constraint->use(trained.span(), model->parameters());
}

Checkpoint TrainingLoop::Impl::snapshot() const {
    Checkpoint checkpoint;
    checkpoint.weights = model->copyWeights(step);
    if (trained.size() > 0) {
        const auto values = trained.span();
        checkpoint.weights.parameters.assign(values.begin(), values.end());
    }
    const auto state = optimizerState.span();
    checkpoint.optimizerState.assign(state.begin(), state.end());
    checkpoint.step = step;
    checkpoint.position = position;
    checkpoint.seconds = seconds;
    checkpoint.bestAccuracy = bestAccuracy;
    checkpoint.bestStep = bestStep;
    checkpoint.best = best;
    checkpoint.plateau = plateau;
    checkpoint.stopping = stopping;
    if (average) checkpoint.averaged = average->state();
    return checkpoint;
}

Status TrainingLoop::Impl::train() {
    const auto begin = Clock::now();
    const Batch& batch = loader->next();
    View<const float> images{batch.images.data(), dataset->info().imageShape.withBatch(batch.count)};
    const std::span<const int> labels(batch.labels.data(), static_cast<std::size_t>(batch.count));
    if (adversarial) {
        CONVOLAB_ASSIGN(images, adversarial->attack(*model, images, labels, step, totalSteps));
    }
    const LossResult result = model->trainStep(images, labels, static_cast<std::uint64_t>(step));
    if (!std::isfinite(result.loss)) {
        return diverged(step + 1, images, "the loss became " + formatNumber(result.loss));
    }
    const double rate = scheduledRate(recipe.schedule, scheduleTime(), recipe.rate);
    const bool finite = update(rate) || allFinite(model->parameters());
    if (!finite || !allFinite(model->statistics())) {
        // Gradients run from the output to the input: the last layer with a bad one is where it began.
        const std::string layer = lastNonFiniteLayer(*model->layout(), model->gradients());
        return diverged(step + 1, images,
                        layer.empty() ? "weights became infinite or NaN" : "gradients became infinite or NaN", layer);
    }
    ++step;
    if (average) average->update(updated(), model->statistics(), recipe.averaging, step);
    position = batch.index + 1 < perEpoch() ? BatchPosition{batch.epoch, batch.index + 1}
                                            : BatchPosition{batch.epoch + 1, 0};
    seconds += std::chrono::duration<double>(Clock::now() - begin).count();
    history.steps.push_back(
        {.step = step,
         .epoch = epochNow(),
         .loss = result.loss,
         .accuracy = static_cast<double>(result.correct) / static_cast<double>(result.count),
         .rate = rate,
         .seconds = seconds,
         .images = result.count});
    return {};
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
    EvaluationMetrics metrics = meter.measure(*model, *dataset, split, images);
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
        return diverged(step, meter.lastBatch(clean), "the loss in evaluation became infinite or NaN");
    }
    validatedStep = step;
    history.trainClean.push_back(onTrain);
    if (held > 0) history.validation.push_back(judged);
    if (robust) history.robust.push_back(*robust);
    if (held > 0 && recipe.keepBest) keepIfBest(robust ? robust->pgd : judged.accuracy, robust.has_value());
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

Status TrainingLoop::Impl::diverged(std::int64_t atStep, View<const float> images, const std::string& what,
                                    const std::string& layer) {
    Error error{ErrorCode::Diverged, "training diverged at step " + withThousands(atStep) + ": " + what,
                layer.empty() ? firstNonFiniteLayer(spec, model->copyWeights(step), images) : layer,
                "the weights of step " + withThousands(good.step) +
                    " are kept; lower the learning rate (now " +
                    formatNumber(scheduledRate(recipe.schedule, scheduleTime(), recipe.rate), 3) +
                    ") and go on from there"};
    if (error.node.empty()) error.node = "loss";
    CONVOLAB_RETURN_IF_ERROR(model->bind(good.weights));
    beginConstraint();
    const auto& state = good.optimizerState;
    std::ranges::fill(optimizerState.span(), 0.0F);
    std::copy_n(state.begin(), std::min(state.size(), optimizerState.size()), optimizerState.data());
    restoreMemory(good);
    restoreAverage(good);
    step = good.step;
    position = good.position;
    seconds = good.seconds;
    failure = error;
    return error;
}

TrainingLoop::TrainingLoop() : m_impl(std::make_unique<Impl>()) {}
TrainingLoop::~TrainingLoop() = default;

Result<std::unique_ptr<TrainingLoop>> TrainingLoop::create(const NetworkSpec& spec, DatasetPtr dataset,
                                                           const Recipe& recipe, const Checkpoint* start,
                                                           const WeightSet* initial,
                                                           std::shared_ptr<const WeightConstraint> constraint,
                                                           const std::map<NodeId, RoundedActivation>& rounded) {
    std::unique_ptr<TrainingLoop> loop(new TrainingLoop);
    loop->m_impl->spec = spec;
    loop->m_impl->dataset = std::move(dataset);
    loop->m_impl->recipe = recipe;
    loop->m_impl->constraint = std::move(constraint);
    loop->m_impl->rounded = rounded;
    try {
        CONVOLAB_RETURN_IF_ERROR(loop->m_impl->prepare(start, initial));
    } catch (const std::bad_alloc&) {
        return Error{ErrorCode::OutOfMemory,
                     "training with batches of " + withThousands(recipe.batchSize) +
                         " needs more memory than there is",
                     {},
                     "use a smaller batch or a smaller network"};
    }
    return loop;
}

std::int64_t TrainingLoop::totalSteps() const { return m_impl->totalSteps; }
std::int64_t TrainingLoop::stepsPerEpoch() const { return m_impl->perEpoch(); }
std::int64_t TrainingLoop::step() const { return m_impl->step; }
bool TrainingLoop::finished() const { return m_impl->finished(); }
bool TrainingLoop::stoppedEarly() const { return m_impl->stoppedEarly(); }

Status TrainingLoop::runStep() {
    if (m_impl->failure) return *m_impl->failure;
    CONVOLAB_RETURN_IF_ERROR(m_impl->train());
    const bool due = m_impl->step % m_impl->validationEvery == 0;
    return due || finished() ? m_impl->validate(due) : Status{};
}

Status TrainingLoop::validateNow() {
    if (m_impl->failure) return *m_impl->failure;
    return m_impl->validate(false);
}

void TrainingLoop::setRate(double rate) {
    if (!std::isfinite(rate) || rate < 0.0) return;
    const double factor = scheduleFactor(m_impl->recipe.schedule, m_impl->scheduleTime());
    m_impl->recipe.rate = factor > 0.0 ? rate / factor : rate;
}

void TrainingLoop::setMomentum(double momentum) {
    if (!(momentum >= 0.0 && momentum < 1.0) || m_impl->optimizer->momentum == nullptr) return;
    m_impl->recipe.optimizer.*(m_impl->optimizer->momentum) = momentum;
    m_impl->ensureState();
}

void TrainingLoop::setWeightDecay(double weightDecay) {
    if (std::isfinite(weightDecay) && weightDecay >= 0.0) m_impl->recipe.weightDecay = weightDecay;
}

void TrainingLoop::takeOver(const Recipe& live) {
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
    impl.model->setLossTargets(std::move(targets).value());
    if (impl.recipe.augmentations != next.augmentations) impl.makeLoader();
}

const History& TrainingLoop::history() const { return m_impl->history; }
const Recipe& TrainingLoop::recipe() const { return m_impl->recipe; }
Model& TrainingLoop::model() { return *m_impl->model; }
Checkpoint TrainingLoop::checkpoint() const { return m_impl->snapshot(); }
WeightSetPtr TrainingLoop::publish() const { return std::make_shared<const WeightSet>(m_impl->shownNow()); }
WeightSetPtr TrainingLoop::bestWeights() const { return m_impl->best ? m_impl->best : publish(); }
std::int64_t TrainingLoop::bestStep() const { return m_impl->best ? m_impl->bestStep : m_impl->step; }

}  // namespace convolab
