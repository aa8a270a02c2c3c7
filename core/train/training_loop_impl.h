#pragma once

#include <algorithm>
#include <chrono>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/train/adversarial_training.h"
#include "core/train/averaged_weights.h"
#include "core/train/batch_source.h"
#include "core/train/device_step.h"
#include "core/train/optimizer.h"
#include "core/train/split_meter.h"
#include "core/train/training_loop.h"
#include "core/train/weight_constraint.h"
#include "core/util/device_lost.h"

namespace convolab {

/// What a run consists of; private to training_loop.cpp (the steps), training_loop_ahead.cpp (steps whose device is given the next
/// batch before it is done), training_loop_state.cpp (how they begin, what is kept, and where it goes back to) and
/// training_loop_scaling.cpp (what fp16 needs).
struct TrainingLoop::Impl {
    using Clock = std::chrono::steady_clock;

    /// What a step is made of, besides its batch.
    struct Numbers {
        std::int64_t step;
        OptimizerSpec optimizer;
        double rate, weightDecay;
        bool operator==(const Numbers&) const = default;
    };
    /// A step that the device was told to make and that was not waited for.
    struct Unfinished {
        StepMetrics row;         // without loss, accuracy, seconds and images
        BatchPosition position;  // of its batch
    };

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
    std::unique_ptr<BatchSource> batches;
    SplitMeter meter;

    DeviceStep* there = nullptr;   // the model, if its device can run the optimizer
    DeviceData* keeper = nullptr;  // the model, if its device can keep the data set
    bool stateIsThere = false;     // the device holds the newest state
    const Batch* waiting = nullptr;  // made, or named, and not trained on yet
    std::optional<Numbers> staged;   // of the waiting batch, if the device has it
    std::deque<Unfinished> unfinished;
    std::int64_t postedStep = -1;    // of the weights that are awaited; −1: none
    WeightSetPtr arrived;            // those, before the loss of their step
    mutable AlignedBuffer optimizerState;
    ScalesLoss* scaler = nullptr;  // the model, if it trains in fp16
    bool scalingIsThere = false;   // the device holds the newest scale
    mutable std::optional<LossScaling> scaling;
    std::int64_t skippedInARow = 0;
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

    Result<std::unique_ptr<Model>> compiled(const CompileModel& compile, CompileOptions options) const;
    Status prepare(const CompileModel& compile, const Checkpoint* start, const WeightSet* initial);
    Status requirePictures() const;
    Status aim(Model& at) const;  ///< at what the recipe and the data set say that its outputs should be
    Status bindStart(const Analysis& analysis, const Checkpoint* start, const WeightSet* initial);
    std::int64_t perEpoch() const { return batches->batchesPerEpoch(); }
    double epochNow() const {
        return static_cast<double>(position.epoch) +
               static_cast<double>(position.batch) / static_cast<double>(perEpoch());
    }
    ScheduleTime scheduleTime() const { return {step, totalSteps, perEpoch(), plateau.factor}; }
    bool stoppedEarly() const { return recipe.earlyStopping > 0 && stopping.waited >= recipe.earlyStopping; }
    bool finished() const { return step >= totalSteps || stoppedEarly(); }
    void beginBatches();
    const Batch& nextBatch();
    static std::span<const int> labelsOf(const Batch& batch) { return {batch.labels.data(), static_cast<std::size_t>(batch.count)}; }
    void goPast(const Batch& batch);
    double nextRate() const;
    bool due() const { return step % validationEvery == 0; }
    Status train();
    Status trainAhead();
    void stageNext();
    Status finishAllBut(std::size_t count);
    Status settle() { return finishAllBut(0); }
    bool postWeights();
    WeightSetPtr takeWeights();
    void forgetPosted();
    Status divergedAt(const Unfinished& step, double loss);
    StepMetrics rowOf(double rate) const;
    void addRow(StepMetrics row, const LossResult& result);
    double secondsSince(Clock::time_point begin) const { return seconds + std::chrono::duration<double>(Clock::now() - begin).count(); }
    bool update(double rate);  ///< true: all new weights are finite
    Result<LossResult> stepHere(View<const float> images, std::span<const int> labels, double rate);
    bool updatesOn(const DeviceStep* device) const;
    void sendState();
    void fetchState() const;
    void sendScaling();
    void fetchScaling() const;
    bool skipped() const { return scaler != nullptr && scaler->skippedStep(); }
    Status noteFinished(std::int64_t atStep);
    void use(std::unique_ptr<Model> next);
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
    Status lost(Error error);
    Status fallBack(const Error& error);
    Status moveTo(const CompileModel& next);
    /// A device that is lost meanwhile is the run's end, with a reason.
    template <class Work>
    Status guarded(Work&& work) try {
        return failure ? Status{*failure} : work();
    } catch (const DeviceLost& exception) {
        return lost(exception.error);
    }
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

}  // namespace convolab
