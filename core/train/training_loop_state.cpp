#include "core/train/training_loop_impl.h"

#include <cmath>
#include <utility>

#include "core/model/dataset_fit.h"
#include "core/model/divergence.h"
#include "core/model/output_targets.h"
#include "core/train/loss_targets.h"
#include "core/train/recipe_fit.h"
#include "core/train/schedule.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr std::int64_t kValidationsPerEpoch = 5;

}  // namespace

// A device that can attack by itself needs the way back to the images; on the processor a model of its own is there for that.
Result<std::unique_ptr<Model>> TrainingLoop::Impl::compiled(const CompileModel& compile, CompileOptions options) const {
    options.inputGradient = recipe.adversarial && recipe.loss == LossKind::CrossEntropy && !compilesForProcessor(compile);
    auto model = compile(spec, options);
    const bool without = !model.ok() && options.inputGradient && model.error().code == ErrorCode::Unsupported;
    options.inputGradient = false;
    return without ? compile(spec, options) : std::move(model);
}

Status TrainingLoop::Impl::prepare(const CompileModel& compile, const Checkpoint* start, const WeightSet* initial) {
    CONVOLAB_RETURN_IF_ERROR(validateRecipe(recipe));
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireFit(spec, analysis, *dataset, Labels::ClassesOrTargets));
    CONVOLAB_RETURN_IF_ERROR(requireLossFits(recipe, *dataset));
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
    CONVOLAB_ASSIGN(auto first, compiled(compile, options));
    use(std::move(first));
    if (recipe.adversarial) {
        CONVOLAB_ASSIGN(adversarial, AdversarialTraining::create(spec, *dataset, recipe, largest, compile));
    }
    meter = SplitMeter(*dataset, largest);

    CONVOLAB_RETURN_IF_ERROR(aim(*model));
    CONVOLAB_RETURN_IF_ERROR(bindStart(analysis, start, initial));
    beginConstraint();
    if (recipe.averaging > 0.0) {
        average = std::make_unique<AveragedWeights>(updated(), model->statistics());
        if (start != nullptr) restoreAverage(*start);
    }
    if (position.batch >= (images + largest - 1) / largest) position = {position.epoch + 1, 0};  // the batch size has changed since
    CONVOLAB_RETURN_IF_ERROR(requirePictures());
    batches = std::make_unique<BatchSource>(dataset, largest);
    beginBatches();
    const std::int64_t left = (recipe.epochs - position.epoch) * perEpoch() - position.batch;
    totalSteps = recipe.steps ? *recipe.steps : step + std::max<std::int64_t>(0, left);
    validationEvery =
        recipe.validationEvery > 0
            ? recipe.validationEvery
            : std::max<std::int64_t>(1, (perEpoch() + kValidationsPerEpoch / 2) / kValidationsPerEpoch);
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
    scaling = from.lossScaling;
    scalingIsThere = false;
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

Status TrainingLoop::Impl::aim(Model& at) const {
    CONVOLAB_ASSIGN(LossTargets targets, lossTargets(recipe, *dataset));
    at.setLossTargets(std::move(targets));
    const Targets* values = targetsOf(*dataset);
    if (values == nullptr) return {};
    auto* aimed = dynamic_cast<TakesOutputTargets*>(&at);
    CONVOLAB_CHECK(aimed != nullptr, "a model that trains takes target values");
    aimed->setOutputTargets(values->values);
    return {};
}

void TrainingLoop::Impl::beginBatches() {
    waiting = nullptr;
    staged.reset();
    batches->begin(recipe, position, keeper, adversarial != nullptr);
}

void TrainingLoop::Impl::use(std::unique_ptr<Model> next) {
    model = std::move(next);
    there = dynamic_cast<DeviceStep*>(model.get());
    keeper = dynamic_cast<DeviceData*>(model.get());
    stateIsThere = false;
    scaler = dynamic_cast<ScalesLoss*>(model.get());
    if (scaler != nullptr && !scaler->scalesLoss()) scaler = nullptr;
    scalingIsThere = false;
    staged.reset();
    forgetPosted();
}

// What has to see the gradients or the weights of every step runs in main memory.
bool TrainingLoop::Impl::updatesOn(const DeviceStep* device) const {
    const bool untouched = recipe.l1 <= 0.0 && recipe.l2 <= 0.0 && recipe.clipValue <= 0.0 && recipe.clipNorm <= 0.0;
    return device != nullptr && untouched && !constraint && !average && device->knows(recipe.optimizer);
}

void TrainingLoop::Impl::sendState() {
    if (stateIsThere) return;
    there->writeOptimizerState(std::as_const(optimizerState).span());
    stateIsThere = true;
}

void TrainingLoop::Impl::fetchState() const {
    if (stateIsThere) there->readOptimizerState(optimizerState.span());
}

// The momentum may go to 0 and back while training; the velocity then begins at 0.
void TrainingLoop::Impl::ensureState() {
    const std::size_t wanted = optimizer->stateSize(recipe.optimizer, model->parameters().size());
    if (wanted == optimizerState.size()) return;
    fetchState();
    stateIsThere = false;
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
    fetchState();
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
    fetchScaling();
    checkpoint.lossScaling = scaling;
    if (average) checkpoint.averaged = average->state();
    return checkpoint;
}

Status TrainingLoop::Impl::diverged(std::int64_t atStep, View<const float> images, const std::string& what,
                                    const std::string& layer) {
    if (images.data == nullptr) images = batches->pixels(*waiting);  // which the device has made
    Error error{ErrorCode::Diverged, "training diverged at step " + withThousands(atStep) + ": " + what,
                layer.empty() ? firstNonFiniteLayer(spec, model->copyWeights(step), images) : layer,
                "the weights of step " + withThousands(good.step) +
                    " are kept; lower the learning rate (now " +
                    formatNumber(scheduledRate(recipe.schedule, scheduleTime(), recipe.rate), 3) +
                    ") and go on from there"};
    if (error.node.empty()) error.node = "loss";
    return fallBack(error);
}

Status TrainingLoop::Impl::lost(Error error) {
    error.hint = "the weights of step " + withThousands(good.step) + " are kept; go on from there on the CPU";
    return fallBack(error);
}

// To the last good checkpoint; the error stays.
Status TrainingLoop::Impl::fallBack(const Error& error) {
    unfinished.clear();
    forgetPosted();
    CONVOLAB_RETURN_IF_ERROR(model->bind(good.weights));
    beginConstraint();
    stateIsThere = false;
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

// Everything but the model lies in main memory and stays; so does the model, if the other device has no room for one.
Status TrainingLoop::Impl::moveTo(const CompileModel& next) {
    CONVOLAB_ASSIGN(std::unique_ptr<Model> moved, compiled(next, model->options()));
    CONVOLAB_RETURN_IF_ERROR(moved->bind(model->copyWeights(step)));
    CONVOLAB_RETURN_IF_ERROR(aim(*moved));
    fetchState();
    fetchScaling();
    auto* device = dynamic_cast<DeviceStep*>(moved.get());
    const bool sent = updatesOn(device);
    std::unique_ptr<AdversarialTraining> attacks;
    if (adversarial) {
        CONVOLAB_ASSIGN(attacks, AdversarialTraining::create(spec, *dataset, recipe, model->options().maximumBatch, next));
    }
    if (sent) device->writeOptimizerState(std::as_const(optimizerState).span());  // there may be no room
    auto* keeping = dynamic_cast<DeviceData*>(moved.get());
    if (keeping != nullptr) keeping->keepData(dataset, recipe.augmentations, recipe.seed);
    const bool otherBatches = keeper != nullptr || keeping != nullptr;
    use(std::move(moved));
    adversarial = std::move(attacks);
    stateIsThere = sent;
    if (otherBatches) beginBatches();
    return {};
}

}  // namespace convolab
