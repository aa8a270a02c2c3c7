#include "gpu/session/session.h"

#include <algorithm>
#include <chrono>

#include "gpu/libraries/libraries.h"
#include "gpu/plan/update.h"
#include "gpu/session/step_timer.h"

namespace convolab::gpu {

namespace {

std::size_t stateBytes(const ConvolabGpuNetwork& network, const PlanOptions& options) {
    return sizeof(float) * static_cast<std::size_t>(options.updateStates * network.parameterCount);
}

/// Too little memory: how much is needed, how much is free, and which batch would fit.
SessionFailure outOfMemory(Executor& executor, const ConvolabGpuNetwork& network, PlanOptions options, std::size_t needed, Outcome outcome) {
    SessionFailure failure{.outcome = std::move(outcome), .neededBytes = needed};
    if (!executor.freeBytes(&failure.freeBytes).ok()) return failure;
    failure.batchThatFits = largestBatchThatFits(options.maximumBatch - 1, failure.freeBytes, [&](Index batch) {
        options.maximumBatch = batch;
        return NetworkPlan(network, options).bytes() + stateBytes(network, options);
    });
    return failure;
}

ConvolabGpuLoss lossOf(const BatchLoss& total) { return {total.loss, total.correct, static_cast<std::int32_t>(total.skipped)}; }

Answer checkInputs(const ConvolabGpuNetwork& network) {
    for (std::int32_t i = 0; i < network.opCount; ++i) {
        const Index most = rulesOf(network.ops[i].kind).mostInputs;
        if (network.ops[i].inputCount > most) {
            return SessionFailure{.outcome = {kGpuDriverFailed, "a layer has " + std::to_string(network.ops[i].inputCount) + " inputs, the CUDA kernel takes " + std::to_string(most)}};
        }
    }
    return {};
}

}  // namespace

Answer Session::open(std::unique_ptr<Executor> executor, const ConvolabGpuNetwork& network, const PlanOptions& options, std::unique_ptr<Session>& session) {
    if (auto failure = checkInputs(network)) return failure;
    PlanOptions own = options;
    own.libraries = executor->libraries();
    NetworkPlan plan(network, own);
    std::size_t free = 0;
    if (Outcome outcome = executor->freeBytes(&free); !outcome.ok()) return answer(std::move(outcome));
    const std::size_t needed = plan.bytes() + stateBytes(network, options);
    if (needed > free) return outOfMemory(*executor, network, own, needed, {kGpuOutOfMemory, {}});
    std::byte* memory = nullptr;
    if (Outcome outcome = executor->allocate(plan.bytes(), &memory); !outcome.ok()) {
        if (outcome.state == kGpuOutOfMemory) return outOfMemory(*executor, network, own, needed, std::move(outcome));
        return answer(std::move(outcome));
    }
    plan.place(memory);
    std::unique_ptr<Session> opened(new Session(std::move(executor), std::move(plan), memory));
    for (const NetworkPlan::Upload& upload : opened->m_plan.uploads()) {
        if (Outcome outcome = opened->m_executor->upload(upload.to, upload.from, upload.bytes); !outcome.ok()) return answer(std::move(outcome));
    }
    if (own.scalesLoss()) {
        if (auto failure = opened->writeLossScaling({kFirstLossScale, 0, 0})) return failure;
    }
    if (auto failure = opened->requireState(options.updateStates * network.parameterCount)) return failure;
    session = std::move(opened);
    return {};
}

Session::Session(std::unique_ptr<Executor> executor, NetworkPlan plan, std::byte* memory)
    : m_executor(std::move(executor)), m_plan(std::move(plan)), m_memory(memory) {}

Session::~Session() {
    m_held.reset();
    m_bridge.reset();
    for (std::byte* memory : {m_rows, m_shadow, m_stateMemory, m_ascentMemory, m_statisticsMemory, m_picture, m_memory}) {
        if (memory != nullptr) m_executor->release(memory);
    }
}

std::size_t Session::bytes() const {
    return m_plan.bytes() + sizeof(float) * static_cast<std::size_t>(m_stateCount) + (m_held ? m_held->bytes() : 0) + ascentSize() + m_rowBytes + (m_shadow != nullptr ? shadowBytes() : 0);
}

Answer Session::writeWeights(const float* parameters, const float* statistics) {
    const ConvolabGpuNetwork& network = m_plan.network();
    const auto bytes = [](std::int64_t count) { return sizeof(float) * static_cast<std::size_t>(count); };
    Outcome outcome;
    if (network.parameterCount > 0) outcome = m_executor->upload(m_plan.parameters(), parameters, bytes(network.parameterCount));
    if (outcome.ok() && network.statisticCount > 0) outcome = m_executor->upload(m_plan.statistics(), statistics, bytes(network.statisticCount));
    return answer(std::move(outcome));
}

Answer Session::readParameters(float* parameters) {
    const auto count = static_cast<std::size_t>(m_plan.network().parameterCount);
    return count == 0 ? Answer{} : answer(m_executor->download(parameters, m_plan.parameters(), sizeof(float) * count));
}

Answer Session::readStatistics(float* statistics) {
    const auto count = static_cast<std::size_t>(m_plan.network().statisticCount);
    return count == 0 ? Answer{} : answer(m_executor->download(statistics, m_plan.statistics(), sizeof(float) * count));
}

Answer Session::readGradients(float* gradients) {
    return answer(m_executor->download(gradients, m_plan.gradients(), sizeof(float) * static_cast<std::size_t>(m_plan.network().parameterCount)));
}

// The smoothing is part of the launches: lists and recordings of training steps begin anew.
Answer Session::setTargets(double smoothing, const float* classWeights) {
    const bool weighted = classWeights != nullptr;
    if (smoothing != m_smoothing || weighted != m_weighted) forgetLaunches();
    m_smoothing = smoothing;
    m_weighted = weighted;
    if (!weighted) return {};
    return answer(m_executor->upload(m_plan.classWeights(), classWeights, sizeof(float) * static_cast<std::size_t>(m_plan.network().classes)));
}

void Session::forgetLaunches() {
    m_launches.clear();
    m_replaySeconds.clear();
    m_policy.forgetAll();
}

std::vector<Executor::Transfer> Session::transfersOf(const StepInput& input, int buffer, StepState& state) const {
    const Index there = input.kept * imageSize();
    std::vector<Executor::Transfer> transfers;
    if (input.images == nullptr) m_held->addTransfers(buffer, transfers);
    else if (input.n > input.kept) transfers.push_back({m_plan.images(buffer) + there, input.images + there, sizeof(float) * static_cast<std::size_t>(input.n * imageSize() - there)});
    if (input.labels != nullptr) transfers.push_back({m_plan.labels(buffer), input.labels, sizeof(std::int32_t) * static_cast<std::size_t>(input.n)});
    if (input.dropoutKey == nullptr) return transfers;
    state = {{input.dropoutKey[0], input.dropoutKey[1]}, {}};
    if (input.update != nullptr) state.update = *input.update;
    transfers.push_back({m_plan.state(buffer), &state, sizeof state});
    return transfers;
}

Outcome Session::uploadBatch(const StepInput& input, int buffer) {
    StepState state{};
    for (const Executor::Transfer& transfer : transfersOf(input, buffer, state)) {
        if (Outcome outcome = m_executor->upload(transfer.to, transfer.from, transfer.bytes); !outcome.ok()) return outcome;
    }
    return {};
}

std::uint64_t Session::Shape::key() const {
    const std::uint64_t form = update == nullptr ? 0 : updateForm(*update);
    return (static_cast<std::uint64_t>(n) << 11) | (static_cast<std::uint64_t>(source) << 9) | (static_cast<std::uint64_t>(buffer) << 8) | (form << 2) | static_cast<std::uint64_t>(pass);
}

const std::vector<Launch>& Session::launchesOf(const Shape& shape) {
    std::vector<Launch>& launches = m_launches[shape.key()];
    if (!launches.empty()) return launches;
    launches = makeLaunches(shape);
    Outcome prepared = m_executor->prepare(launches);
    if (prepared.ok()) return launches;
    // A library that does not take one of the calls: our own kernels from now on.
    m_note = std::move(prepared.words);
    m_plan.leaveLibraries();
    forgetLaunches();
    return m_launches[shape.key()] = makeLaunches(shape);
}

std::vector<Launch> Session::makeLaunches(const Shape& shape) const {
    if (shape.pass == Pass::Ascend || shape.pass == Pass::AscendByLength) return ascentLaunches(shape);
    if (shape.pass == Pass::Backward) return m_plan.backward(shape.n);
    std::vector<Launch> launches;
    if (shape.source != Source::Given) launches = m_held->batch(shape.n, shape.buffer, shape.source == Source::Augmented, m_plan.images(shape.buffer));
    const bool trains = shape.pass == Pass::Train || shape.pass == Pass::Share;
    const std::vector<Launch> pass = trains ? m_plan.trainStep(shape.n, m_smoothing, m_weighted, shape.buffer)
                                            : m_plan.evaluation(shape.n, shape.pass == Pass::EvaluateWithLoss, shape.buffer);
    launches.insert(launches.end(), pass.begin(), pass.end());
    if (shape.pass == Pass::Train) m_plan.addUnscaling(launches);  // a group does it behind the sum of all shares
    if (shape.update != nullptr) launches.push_back(launchOfUpdate(*shape.update, shape.buffer));
    return launches;
}

Launch Session::launchOfUpdate(const ConvolabGpuUpdate& update, int buffer) const {
    Launch launch = updateLaunch(update, &m_plan.state(buffer)->update, m_plan.parameters(), m_plan.gradients(), reinterpret_cast<float*>(m_stateMemory),
                                 m_plan.network().parameterCount, m_plan.lossScaling());
    launch.part = Part::Update;
    return launch;
}

Answer Session::runPass(const Shape& shape) {
    const std::vector<Launch>& launches = launchesOf(shape);
    const GraphPolicy::Decision decision = m_policy.decide(shape.key());
    if (decision.step == GraphPolicy::Step::Replay) {
        const auto started = std::chrono::steady_clock::now();
        Outcome outcome = m_executor->replay(decision.slot);
        m_replaySeconds[shape.key()] = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
        return answer(std::move(outcome));
    }
    if (decision.step == GraphPolicy::Step::Record) {
        if (m_executor->record(decision.slot, launches).ok()) return {};
        m_policy.giveUp(shape.key());  // not every driver records everything; a broken device fails again below
    }
    return answer(m_executor->run(launches));
}

Answer Session::readLoss(ConvolabGpuLoss& loss) {
    BatchLoss total{};
    if (Outcome outcome = m_executor->download(&total, m_plan.loss(), sizeof total); !outcome.ok()) return answer(std::move(outcome));
    loss = lossOf(total);
    return {};
}

Answer Session::prepare(const StepInput& input) {
    if (input.update != nullptr) {
        if (auto failure = requireState(updateStates(*input.update) * m_plan.network().parameterCount)) return failure;
    }
    return requireImages(input);
}

Answer Session::step(const StepInput& input, ConvolabGpuLoss& loss) {
    if (auto failure = prepare(input)) return failure;
    const int buffer = freeBuffer();
    if (Outcome outcome = uploadBatch(input, buffer); !outcome.ok()) return answer(std::move(outcome));
    if (auto failure = runPass({input.dropoutKey != nullptr ? Pass::Train : Pass::EvaluateWithLoss, input.n, input.update, buffer, sourceOf(input)})) return failure;
    return readLoss(loss);
}

Answer Session::beginShare(const StepInput& input, float weight) {
    if (auto failure = prepare(input)) return failure;
    if (Outcome outcome = uploadBatch(input, 0); !outcome.ok()) return answer(std::move(outcome));
    if (auto failure = runPass({Pass::Share, input.n, nullptr, 0, sourceOf(input)})) return failure;
    if (weight == 1.0F) return {};
    const Launch scale = launchOf(ScaleGradients{m_plan.gradients(), weight}, m_plan.network().parameterCount);
    return answer(m_executor->run({&scale, 1}));
}

Answer Session::endShare(const ConvolabGpuUpdate* update, ConvolabGpuLoss& loss) {
    std::vector<Launch> launches;
    m_plan.addUnscaling(launches);  // of the sum: all devices come to the same
    if (update != nullptr) launches.push_back(launchOfUpdate(*update, 0));
    if (Outcome outcome = m_executor->run(launches); !outcome.ok()) return answer(std::move(outcome));
    return readLoss(loss);
}

Answer Session::stage(const StepInput& input) {
    if (!m_plan.options().training) return SessionFailure{.outcome = {kGpuDriverFailed, "the session is not for training"}};
    if (auto failure = prepare(input)) return failure;
    if (!m_staged) m_stagedBuffer = m_started.empty() ? 0 : 1 - m_started.back();
    StepState state{};
    if (Outcome outcome = m_executor->stage(m_stagedBuffer, transfersOf(input, m_stagedBuffer, state)); !outcome.ok()) return answer(std::move(outcome));
    m_staged = Staged{input.n, input.update != nullptr ? *input.update : ConvolabGpuUpdate{}, input.update != nullptr, sourceOf(input)};
    return {};
}

Answer Session::start() {
    if (!m_staged || m_started.size() >= 2) return SessionFailure{.outcome = {kGpuDriverFailed, m_staged ? "two steps are unfinished" : "no batch is staged"}};
    const Staged staged = *m_staged;
    const int buffer = m_stagedBuffer;
    m_staged.reset();
    if (Outcome outcome = m_executor->take(buffer); !outcome.ok()) return answer(std::move(outcome));
    if (auto failure = runPass({Pass::Train, staged.n, staged.updates ? &staged.update : nullptr, buffer, staged.source})) return failure;
    Outcome outcome = m_executor->leave(buffer);
    if (outcome.ok()) outcome = m_executor->post(buffer, m_plan.loss(), sizeof(BatchLoss));
    if (outcome.ok()) m_started.push_back(buffer);
    return answer(std::move(outcome));
}

Answer Session::finish(ConvolabGpuLoss& loss) {
    if (m_started.empty()) return SessionFailure{.outcome = {kGpuDriverFailed, "no step was started"}};
    BatchLoss total{};
    const int buffer = m_started.front();
    m_started.pop_front();
    if (Outcome outcome = m_executor->fetch(buffer, &total, sizeof total); !outcome.ok()) return answer(std::move(outcome));
    loss = lossOf(total);
    return {};
}

Answer Session::timedStep(const StepInput& input, ConvolabGpuLoss& loss, ConvolabGpuTimes& times, ConvolabGpuLayerTimes* layers) {
    if (auto failure = prepare(input)) return failure;
    const int buffer = freeBuffer();
    const Shape shape{input.dropoutKey != nullptr ? Pass::Train : Pass::EvaluateWithLoss, input.n, input.update, buffer, sourceOf(input)};
    const std::vector<Launch>& launches = launchesOf(shape);
    StepTimer timer(*m_executor);
    Outcome outcome = timer.begin();
    if (outcome.ok()) outcome = uploadBatch(input, buffer);
    if (outcome.ok()) outcome = timer.run(launches);
    if (!outcome.ok()) return answer(std::move(outcome));
    if (auto failure = readLoss(loss)) return failure;
    outcome = timer.end(times, {layers, static_cast<std::size_t>(m_plan.network().opCount)});
    StepState state{};
    times.bytesToDevice = 0;
    for (const Executor::Transfer& transfer : transfersOf(input, buffer, state)) times.bytesToDevice += transfer.bytes;
    times.bytesFromDevice = sizeof(BatchLoss);
    const auto replayed = m_replaySeconds.find(shape.key());
    if (times.clock == kGpuDeviceClock && replayed != m_replaySeconds.end()) times.replay = replayed->second;
    return answer(std::move(outcome));
}

Answer Session::evaluate(const float* images, const std::int32_t* labels, Index n, ConvolabGpuLoss* loss, float* output, float* scores) {
    const StepInput input{.images = images, .labels = labels, .n = n};
    if (auto failure = requireImages(input)) return failure;
    const int buffer = freeBuffer();
    if (Outcome outcome = uploadBatch(input, buffer); !outcome.ok()) return answer(std::move(outcome));
    if (auto failure = runPass({labels != nullptr ? Pass::EvaluateWithLoss : Pass::Evaluate, n, nullptr, buffer, sourceOf(input)})) return failure;
    const auto bytes = [n](Index each) { return sizeof(float) * static_cast<std::size_t>(n * each); };
    if (output != nullptr) {
        if (Outcome outcome = m_executor->download(output, m_plan.output(), bytes(m_plan.outputSize())); !outcome.ok()) return answer(std::move(outcome));
    }
    if (scores != nullptr) {
        if (Outcome outcome = m_executor->download(scores, m_plan.scores(), bytes(m_plan.network().classes)); !outcome.ok()) return answer(std::move(outcome));
    }
    return loss != nullptr && labels != nullptr ? readLoss(*loss) : Answer{};
}

}  // namespace convolab::gpu
