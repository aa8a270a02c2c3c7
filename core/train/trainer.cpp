#include "core/train/trainer.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <map>
#include <mutex>
#include <new>
#include <thread>

#include "core/train/throughput.h"
#include "core/util/log.h"

namespace convolab {

namespace {

using Clock = std::chrono::steady_clock;
constexpr auto kPublishInterval = std::chrono::milliseconds(100);
constexpr auto kCheckpointInterval = std::chrono::seconds(10);

struct Job {
    std::int64_t runId = 0;
    NetworkSpec spec;
    std::function<Result<DatasetPtr>()> prepare;
    Recipe recipe;
    std::optional<Checkpoint> from;
    WeightSetPtr initial;
    std::shared_ptr<const WeightConstraint> constraint;
    std::map<NodeId, RoundedActivation> rounded;
    TrainingDevice device;
};

bool isLive(TrainerState state) {
    return state == TrainerState::Preparing || state == TrainerState::Running ||
           state == TrainerState::Paused;
}

}  // namespace

struct Trainer::Impl {
    // Shared with callers, guarded by `mutex`.
    mutable std::mutex mutex;
    std::condition_variable_any wake;
    std::optional<Job> nextJob;
    bool stopWanted = false;
    bool pauseWanted = false;
    std::int64_t singleSteps = 0;
    bool weightsWanted = false;
    std::map<std::string, std::function<void(TrainingLoop&)>> commands;  // by tag
    TrainerStatus status;
    Recipe recipe;
    std::map<std::int64_t, History> rows;
    std::map<std::int64_t, Checkpoint> checkpoints;
    std::vector<LayerPlan> plan;
    WeightSetPtr latest;
    WeightSetPtr best;

    std::mutex notifyMutex;
    std::function<void()> notify;

    // The trainer's thread only.
    struct Run {
        std::int64_t id = 0;
        std::unique_ptr<TrainingLoop> loop;
        std::int64_t startStep = 0;
        HistoryMark given;
        Throughput throughput;
        double wallSeconds = 0.0;
        Clock::time_point published{};
        Clock::time_point saved = Clock::now();
    };
    std::jthread thread;  // last: ends before the rest is destroyed

    void work(std::stop_token stop);
    void runJob(std::stop_token stop, Job job);
    Status prepareRun(Job& job, Run& run);
    TrainerState trainToEnd(std::stop_token stop, Run& run);
    bool waitWhilePaused(std::stop_token stop, Run& run);
    Status oneStep(Run& run);
    void giveRows(Run& run);
    void countRows(Run& run);
    void publishIfWanted(Run& run);
    void saveState(Run& run);
    void setState(std::int64_t runId, TrainerState state, std::optional<Error> error = {});
    void callNotify();
    void move(std::int64_t runId, TrainingLoop& loop, const TrainingDevice& device);
    void post(const std::string& tag, std::function<void(TrainingLoop&)> command);
};

void Trainer::Impl::callNotify() {
    const std::lock_guard lock(notifyMutex);
    if (notify) notify();
}

void Trainer::Impl::setState(std::int64_t runId, TrainerState state, std::optional<Error> error) {
    {
        const std::lock_guard lock(mutex);
        if (status.runId != runId) return;  // a newer run has been asked for meanwhile
        if (error) logWarning("training failed: " + error->sentence());
        status.state = state;
        status.error = std::move(error);
        if (state != TrainerState::Running) status.imagesPerSecond = 0.0;
    }
    callNotify();
}

void Trainer::Impl::post(const std::string& tag, std::function<void(TrainingLoop&)> command) {
    {
        const std::lock_guard lock(mutex);
        if (!isLive(status.state)) return;
        commands[tag] = std::move(command);
    }
    wake.notify_all();
}

void Trainer::Impl::move(std::int64_t runId, TrainingLoop& loop, const TrainingDevice& device) {
    std::string from;
    {
        const std::lock_guard lock(mutex);
        from = status.device;
    }
    const Status moved = loop.moveTo(device.compile, from, device.id);
    std::vector<LayerPlan> layers = loop.model().plan();
    {
        const std::lock_guard lock(mutex);
        if (status.runId != runId) return;
        status.moving = commands.contains("device");
        if (moved.ok()) {
            status.device = device.id;
        } else {
            status.moveProblem = moved.error();
        }
        plan = std::move(layers);
    }
    callNotify();
}

void Trainer::Impl::work(std::stop_token stop) {
    while (true) {
        Job job;
        {
            std::unique_lock lock(mutex);
            wake.wait(lock, stop, [&] { return nextJob.has_value(); });
            if (stop.stop_requested()) return;
            job = std::move(*nextJob);
            nextJob.reset();
        }
        const std::int64_t runId = job.runId;
        try {
            runJob(stop, std::move(job));
        } catch (const std::bad_alloc&) {
            setState(runId, TrainerState::Failed,
                     Error{ErrorCode::OutOfMemory,
                           "training needs more memory than there is",
                           {},
                           "use a smaller batch or a smaller network"});
        } catch (const std::exception& exception) {
            setState(runId, TrainerState::Failed, Error{ErrorCode::Internal, exception.what(), {}, {}});
        }
    }
}

void Trainer::Impl::runJob(std::stop_token stop, Job job) {
    Run run;
    run.id = job.runId;
    if (const Status prepared = prepareRun(job, run); !prepared.ok()) {
        setState(run.id, TrainerState::Failed, prepared.error());
        return;
    }
    const TrainerState end = trainToEnd(stop, run);
    if (end != TrainerState::Failed) setState(run.id, end);
}

Status Trainer::Impl::prepareRun(Job& job, Run& run) {
    const Analysis analysis = analyze(job.spec);
    CONVOLAB_RETURN_IF_ERROR(validateRecipe(job.recipe));
    CONVOLAB_RETURN_IF_ERROR(requireComplete(job.spec, analysis));
    CONVOLAB_ASSIGN(DatasetPtr dataset, job.prepare());
    if (analysis.inputShape) {
        CONVOLAB_ASSIGN(dataset, fitted(dataset, *analysis.inputShape));
    }
    CONVOLAB_ASSIGN(run.loop, TrainingLoop::create(job.spec, dataset, job.recipe, job.from ? &*job.from : nullptr,
                                                   job.initial.get(), job.constraint, job.rounded, job.device.compile));
    run.startStep = run.loop->step();
    run.throughput.add(job.from ? job.from->seconds : 0.0, 0);
    WeightSetPtr weights = run.loop->publish();
    const std::lock_guard lock(mutex);
    if (status.runId != run.id) return {};
    status.step = run.loop->step();
    status.totalSteps = run.loop->totalSteps();
    status.epochs = (status.totalSteps + run.loop->stepsPerEpoch() - 1) / run.loop->stepsPerEpoch();
    status.epoch = static_cast<double>(status.step) / static_cast<double>(run.loop->stepsPerEpoch());
    recipe = run.loop->recipe();
    plan = run.loop->model().plan();
    latest = std::move(weights);
    best = job.from ? job.from->best : nullptr;
    return {};
}

TrainerState Trainer::Impl::trainToEnd(std::stop_token stop, Run& run) {
    setState(run.id, TrainerState::Running);
    TrainerState end = TrainerState::Done;
    Status done;
    while (done.ok() && !run.loop->finished()) {
        if (!waitWhilePaused(stop, run)) {
            end = TrainerState::Cancelled;
            break;
        }
        done = oneStep(run);
        giveRows(run);
        if (!done.ok()) break;
        publishIfWanted(run);
        if (Clock::now() - run.saved >= kCheckpointInterval) saveState(run);
    }
    if (done.ok()) done = run.loop->settle();
    saveState(run);
    if (done.ok()) return end;
    setState(run.id, TrainerState::Failed, done.error());
    return TrainerState::Failed;
}

// Applies what was asked for since the last batch; sleeps while paused. False: stop.
bool Trainer::Impl::waitWhilePaused(std::stop_token stop, Run& run) {
    bool sleeping = false;
    while (true) {
        std::map<std::string, std::function<void(TrainingLoop&)>> pending;
        bool go = false;
        {
            std::unique_lock lock(mutex);
            const auto changed = [&] {
                return stopWanted || !pauseWanted || singleSteps > 0 || !commands.empty() || nextJob;
            };
            if (sleeping) wake.wait(lock, stop, changed);
            if (stop.stop_requested() || stopWanted || nextJob) return false;
            pending.swap(commands);
            go = !pauseWanted || singleSteps > 0;
            if (go && singleSteps > 0) --singleSteps;
        }
        for (const auto& [tag, command] : pending) command(*run.loop);
        if (!pending.empty()) {
            giveRows(run);  // a move is one
            const std::lock_guard lock(mutex);
            if (status.runId == run.id) recipe = run.loop->recipe();
        }
        if (go) {
            if (sleeping) setState(run.id, TrainerState::Running);
            return true;
        }
        if (!sleeping) {
            if (!run.loop->settle().ok()) return true;  // the next step says what is wrong
            saveState(run);
            setState(run.id, TrainerState::Paused);
            sleeping = true;
        }
    }
}

Status Trainer::Impl::oneStep(Run& run) {
    const auto begin = Clock::now();
    CONVOLAB_RETURN_IF_ERROR(run.loop->runStep());
    run.wallSeconds += std::chrono::duration<double>(Clock::now() - begin).count();
    return {};
}

void Trainer::Impl::countRows(Run& run) {
    const std::vector<StepMetrics>& rows = run.loop->history().steps;
    if (run.given.steps == rows.size()) return;
    for (std::size_t i = run.given.steps; i < rows.size(); ++i) run.throughput.add(rows[i].seconds, rows[i].images);
    const StepMetrics& row = rows.back();
    const double perStep = run.wallSeconds / static_cast<double>(row.step - run.startStep);
    const std::lock_guard lock(mutex);
    if (status.runId != run.id) return;
    status.step = row.step;
    status.stoppedEarly = run.loop->stoppedEarly();
    status.epoch = row.epoch;
    status.imagesPerSecond = run.throughput.imagesPerSecond();
    status.secondsLeft = perStep * static_cast<double>(status.totalSteps - row.step);
}

void Trainer::Impl::giveRows(Run& run) {
    countRows(run);
    const History& history = run.loop->history();
    const bool validated = history.validation.size() > run.given.validation;
    bool first = false;
    {
        const std::lock_guard lock(mutex);
        History& waiting = rows[run.id];
        first = waiting.isEmpty();
        waiting.append(rowsSince(history, run.given));
    }
    if (validated && run.loop->recipe().keepBest) {
        WeightSetPtr found = run.loop->bestWeights();
        const std::lock_guard lock(mutex);
        if (status.runId == run.id) best = std::move(found);
    }
    if (first) callNotify();
}

void Trainer::Impl::publishIfWanted(Run& run) {
    const auto now = Clock::now();
    {
        const std::lock_guard lock(mutex);
        if (!weightsWanted || now - run.published < kPublishInterval) return;
    }
    WeightSetPtr weights = run.loop->takeWeights();
    if (!weights && run.loop->postWeights()) return;  // they come while steps go on
    if (!weights) weights = run.loop->publish();
    run.published = now;
    {
        const std::lock_guard lock(mutex);
        weightsWanted = false;
        if (status.runId == run.id) latest = std::move(weights);
    }
    callNotify();
}

void Trainer::Impl::saveState(Run& run) {
    run.saved = Clock::now();
    Checkpoint checkpoint = run.loop->checkpoint();
    giveRows(run);
    const WeightSetPtr weights = run.loop->publish();
    WeightSetPtr found = checkpoint.best ? checkpoint.best : weights;
    {
        const std::lock_guard lock(mutex);
        if (status.runId == run.id) status.lossScaling = checkpoint.lossScaling;
        checkpoints[run.id] = std::move(checkpoint);
        if (status.runId == run.id) {
            latest = weights;
            best = std::move(found);
            weightsWanted = false;
        }
    }
    callNotify();
}

Trainer::Trainer() : m_impl(std::make_unique<Impl>()) {
    m_impl->thread = std::jthread([impl = m_impl.get()](std::stop_token stop) { impl->work(stop); });
}

Trainer::~Trainer() {
    setNotify({});
    m_impl->thread.request_stop();
    m_impl->wake.notify_all();
    m_impl->thread.join();
}

std::int64_t Trainer::start(NetworkSpec spec, std::function<Result<DatasetPtr>()> prepare, Recipe recipe,
                            bool paused, std::optional<Checkpoint> from, WeightSetPtr initial,
                            std::shared_ptr<const WeightConstraint> constraint,
                            std::map<NodeId, RoundedActivation> rounded, TrainingDevice device) {
    std::int64_t runId = 0;
    {
        const std::lock_guard lock(m_impl->mutex);
        runId = m_impl->status.runId + 1;
        m_impl->status = {};
        m_impl->status.state = TrainerState::Preparing;
        m_impl->status.runId = runId;
        m_impl->status.device = device.id;
        m_impl->recipe = recipe;
        m_impl->nextJob = Job{runId,           std::move(spec),   std::move(prepare), std::move(recipe),
                              std::move(from), std::move(initial), std::move(constraint), std::move(rounded), std::move(device)};
        m_impl->stopWanted = false;
        m_impl->pauseWanted = paused;
        m_impl->singleSteps = 0;
        m_impl->weightsWanted = false;
        m_impl->commands.clear();
        m_impl->plan.clear();
        m_impl->latest.reset();
        m_impl->best.reset();
    }
    m_impl->wake.notify_all();
    return runId;
}

void Trainer::pause() {
    const std::lock_guard lock(m_impl->mutex);
    m_impl->pauseWanted = true;
    m_impl->singleSteps = 0;
}

void Trainer::resume() {
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->pauseWanted = false;
        m_impl->singleSteps = 0;
    }
    m_impl->wake.notify_all();
}

void Trainer::stepOnce() {
    {
        const std::lock_guard lock(m_impl->mutex);
        if (!isLive(m_impl->status.state)) return;
        m_impl->singleSteps = m_impl->pauseWanted ? m_impl->singleSteps + 1 : 1;
        m_impl->pauseWanted = true;
    }
    m_impl->wake.notify_all();
}

void Trainer::stop() {
    {
        const std::lock_guard lock(m_impl->mutex);
        m_impl->stopWanted = true;
    }
    m_impl->wake.notify_all();
}

void Trainer::setRate(double rate) {
    m_impl->post("rate", [rate](TrainingLoop& loop) { loop.setRate(rate); });
}

void Trainer::setMomentum(double momentum) {
    m_impl->post("momentum", [momentum](TrainingLoop& loop) { loop.setMomentum(momentum); });
}

void Trainer::setWeightDecay(double weightDecay) {
    m_impl->post("weightDecay", [weightDecay](TrainingLoop& loop) { loop.setWeightDecay(weightDecay); });
}

void Trainer::takeOver(const Recipe& live) {
    m_impl->post("recipe", [live](TrainingLoop& loop) { loop.takeOver(live); });
}

void Trainer::moveTo(TrainingDevice device) {
    {
        const std::lock_guard lock(m_impl->mutex);
        TrainerStatus& status = m_impl->status;
        if (!isLive(status.state)) return;
        status.moving = true;
        status.moveProblem.reset();
        m_impl->commands["device"] = [impl = m_impl.get(), runId = status.runId, device = std::move(device)](TrainingLoop& loop) {
            impl->move(runId, loop, device);
        };
    }
    m_impl->wake.notify_all();
}

TrainerStatus Trainer::status() const {
    const std::lock_guard lock(m_impl->mutex);
    return m_impl->status;
}

Recipe Trainer::currentRecipe() const {
    const std::lock_guard lock(m_impl->mutex);
    return m_impl->recipe;
}

Trainer::Metrics Trainer::takeMetrics() {
    const std::lock_guard lock(m_impl->mutex);
    auto& rows = m_impl->rows;
    if (rows.empty()) return {.runId = m_impl->status.runId, .rows = {}, .more = false};
    auto oldest = rows.extract(rows.begin());
    return {.runId = oldest.key(), .rows = std::move(oldest.mapped()), .more = !rows.empty()};
}

std::vector<LayerPlan> Trainer::plan() const {
    const std::lock_guard lock(m_impl->mutex);
    return m_impl->plan;
}

void Trainer::requestWeights() {
    const std::lock_guard lock(m_impl->mutex);
    m_impl->weightsWanted = true;
}

WeightSetPtr Trainer::latestWeights() const {
    const std::lock_guard lock(m_impl->mutex);
    return m_impl->latest;
}

WeightSetPtr Trainer::bestWeights() const {
    const std::lock_guard lock(m_impl->mutex);
    return m_impl->best;
}

std::optional<Checkpoint> Trainer::takeCheckpoint(std::int64_t* runId) {
    const std::lock_guard lock(m_impl->mutex);
    auto& waiting = m_impl->checkpoints;
    if (waiting.empty()) return std::nullopt;
    auto oldest = waiting.extract(waiting.begin());
    if (runId != nullptr) *runId = oldest.key();
    return std::move(oldest.mapped());
}

void Trainer::setNotify(std::function<void()> notify) {
    const std::lock_guard lock(m_impl->notifyMutex);
    m_impl->notify = std::move(notify);
}

}  // namespace convolab
