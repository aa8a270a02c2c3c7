#include "core/train/training_loop.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <new>

#include "core/model/divergence.h"
#include "core/model/dataset_fit.h"
#include "core/train/adversarial_training.h"
#include "core/train/finite.h"
#include "core/train/optimizer.h"
#include "core/train/schedule.h"
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
    std::unique_ptr<BatchLoader> loader;
    Tensor evaluationImages;  // (largest batch, C, H, W)
    std::vector<int> evaluationLabels;

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
    Checkpoint good;
    std::optional<Error> failure;

    Status prepare(const Checkpoint* start, const WeightSet* initial);
    Status bindStart(const Analysis& analysis, const Checkpoint* start, const WeightSet* initial);
    std::int64_t perEpoch() const { return loader->batchesPerEpoch(); }
    double epochNow() const {
        return static_cast<double>(position.epoch) +
               static_cast<double>(position.batch) / static_cast<double>(perEpoch());
    }
    ScheduleTime scheduleTime() const { return {step, totalSteps, perEpoch()}; }
    Status train();
    Status validate();
    EvaluationMetrics measure(Split split, std::int64_t images);
    Result<std::optional<RobustMetrics>> robustNow();
    void ensureState();
    std::span<float> updated() { return trained.size() > 0 ? trained.span() : model->parameters(); }
    void constrain();
    void beginConstraint();
    Checkpoint snapshot() const;
    Status diverged(std::int64_t atStep, View<const float> images, const std::string& what);
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
    evaluationImages = Tensor(dataset->info().imageShape.withBatch(largest));
    evaluationLabels.resize(static_cast<std::size_t>(largest));

    CONVOLAB_RETURN_IF_ERROR(bindStart(analysis, start, initial));
    beginConstraint();
    const std::int64_t batches = (images + largest - 1) / largest;
    if (position.batch >= batches) position = {position.epoch + 1, 0};  // the batch size has changed since
    loader = std::make_unique<BatchLoader>(dataset, largest, recipe.seed, position);
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
    bestAccuracy = start->bestAccuracy;
    bestStep = start->bestStep;
    best = start->best;
    return {};
}

// The momentum may go to 0 and back while training; the velocity then begins at 0.
void TrainingLoop::Impl::ensureState() {
    const std::size_t wanted = optimizer->stateSize(recipe.optimizer, model->parameters().size());
    if (wanted != optimizerState.size()) optimizerState = AlignedBuffer(wanted);
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
    if (constraint) constraint->adaptGradients(model->gradients());
    optimizer->update(recipe.optimizer, {.parameters = updated(),
                                         .gradients = model->gradients(),
                                         .state = optimizerState.span(),
                                         .rate = rate,
                                         .weightDecay = recipe.weightDecay,
                                         .step = step + 1});
    if (constraint) constrain();
    if (!allFinite(model->parameters()) || !allFinite(model->statistics())) {
        return diverged(step + 1, images, "weights became infinite or NaN");
    }
    ++step;
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

EvaluationMetrics TrainingLoop::Impl::measure(Split split, std::int64_t images) {
    const Shape& imageShape = dataset->info().imageShape;
    const auto pixels = static_cast<std::size_t>(imageShape.size());
    const std::int64_t largest = evaluationImages.shape()[0];
    double loss = 0.0;
    std::int64_t correct = 0;
    for (std::int64_t first = 0; first < images; first += largest) {
        const std::int64_t count = std::min(largest, images - first);
        for (std::int64_t i = 0; i < count; ++i) {
            dataset->image(split, first + i,
                           {evaluationImages.data() + static_cast<std::size_t>(i) * pixels, pixels});
            evaluationLabels[static_cast<std::size_t>(i)] = dataset->label(split, first + i);
        }
        const LossResult part =
            model->evaluate({evaluationImages.data(), imageShape.withBatch(count)},
                            std::span<const int>(evaluationLabels).first(static_cast<std::size_t>(count)));
        loss += part.loss * static_cast<double>(count);
        correct += part.correct;
    }
    const auto total = static_cast<double>(images);
    return {.step = step,
            .epoch = epochNow(),
            .loss = loss / total,
            .accuracy = static_cast<double>(correct) / total,
            .images = images};
}

Result<std::optional<RobustMetrics>> TrainingLoop::Impl::robustNow() {
    if (!adversarial) return std::optional<RobustMetrics>{};
    CONVOLAB_ASSIGN(RobustMetrics metrics, adversarial->measure(*model));
    metrics.step = step;
    metrics.epoch = epochNow();
    return std::optional(metrics);
}

Status TrainingLoop::Impl::validate() {
    if (validatedStep == step) return {};
    const std::int64_t held = dataset->size(Split::Validation);
    const std::int64_t clean =
        std::min({kCleanImages, dataset->size(Split::Train), held > 0 ? held : kCleanImages});
    const EvaluationMetrics onTrain = measure(Split::Train, clean);
    EvaluationMetrics judged = onTrain;
    if (held > 0) judged = measure(Split::Validation, held);
    if (!std::isfinite(onTrain.loss) || !std::isfinite(judged.loss)) {
        const Shape shape =
            dataset->info().imageShape.withBatch(std::min(evaluationImages.shape()[0], clean));
        return diverged(step, {evaluationImages.data(), shape},
                        "the loss in evaluation became infinite or NaN");
    }
    CONVOLAB_ASSIGN(const auto robust, robustNow());
    validatedStep = step;
    history.trainClean.push_back(onTrain);
    if (held > 0) history.validation.push_back(judged);
    if (robust) history.robust.push_back(*robust);
    // On the small sample many rows are equal; of those, the one that has trained longer is kept.
    const double score = robust ? robust->pgd : judged.accuracy;
    const bool improved = held > 0 && recipe.keepBest && (score > bestAccuracy || (robust && score == bestAccuracy));
    if (improved) {
        bestAccuracy = score;
        bestStep = step;
        best = std::make_shared<const WeightSet>(model->copyWeights(step));
    }
    good = snapshot();
    return {};
}

Status TrainingLoop::Impl::diverged(std::int64_t atStep, View<const float> images, const std::string& what) {
    Error error{ErrorCode::Diverged, "training diverged at step " + withThousands(atStep) + ": " + what,
                firstNonFiniteLayer(spec, model->copyWeights(step), images),
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
bool TrainingLoop::finished() const { return m_impl->step >= m_impl->totalSteps; }

Status TrainingLoop::runStep() {
    if (m_impl->failure) return *m_impl->failure;
    CONVOLAB_RETURN_IF_ERROR(m_impl->train());
    if (m_impl->step % m_impl->validationEvery == 0 || finished()) return m_impl->validate();
    return {};
}

Status TrainingLoop::validateNow() {
    if (m_impl->failure) return *m_impl->failure;
    return m_impl->validate();
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

const History& TrainingLoop::history() const { return m_impl->history; }
const Recipe& TrainingLoop::recipe() const { return m_impl->recipe; }
Model& TrainingLoop::model() { return *m_impl->model; }
Checkpoint TrainingLoop::checkpoint() const { return m_impl->snapshot(); }
WeightSetPtr TrainingLoop::publish() const {
    return std::make_shared<const WeightSet>(m_impl->model->copyWeights(m_impl->step));
}
WeightSetPtr TrainingLoop::bestWeights() const { return m_impl->best ? m_impl->best : publish(); }
std::int64_t TrainingLoop::bestStep() const { return m_impl->best ? m_impl->bestStep : m_impl->step; }

}  // namespace convolab
