#include "gpu/session/session.h"

#include <algorithm>

namespace convolab::gpu {

namespace {

Answer answer(Outcome outcome) {
    if (outcome.ok()) return {};
    return SessionFailure{.outcome = std::move(outcome)};
}

/// Too little memory: how much is needed, how much is free, and which batch would fit.
SessionFailure outOfMemory(Executor& executor, const ConvolabGpuNetwork& network, PlanOptions options, std::size_t needed, Outcome outcome) {
    SessionFailure failure{.outcome = std::move(outcome), .neededBytes = needed};
    if (!executor.freeBytes(&failure.freeBytes).ok()) return failure;
    failure.batchThatFits = largestBatchThatFits(options.maximumBatch - 1, failure.freeBytes, [&](Index batch) {
        options.maximumBatch = batch;
        return NetworkPlan(network, options).bytes();
    });
    return failure;
}

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
    NetworkPlan plan(network, options);
    std::size_t free = 0;
    if (Outcome outcome = executor->freeBytes(&free); !outcome.ok()) return answer(std::move(outcome));
    if (plan.bytes() > free) return outOfMemory(*executor, network, options, plan.bytes(), {kGpuOutOfMemory, {}});
    std::byte* memory = nullptr;
    if (Outcome outcome = executor->allocate(plan.bytes(), &memory); !outcome.ok()) {
        if (outcome.state == kGpuOutOfMemory) return outOfMemory(*executor, network, options, plan.bytes(), std::move(outcome));
        return answer(std::move(outcome));
    }
    plan.place(memory);
    std::unique_ptr<Session> opened(new Session(std::move(executor), std::move(plan), memory));
    for (const NetworkPlan::Upload& upload : opened->m_plan.uploads()) {
        if (Outcome outcome = opened->m_executor->upload(upload.to, upload.from, upload.bytes); !outcome.ok()) return answer(std::move(outcome));
    }
    session = std::move(opened);
    return {};
}

Session::Session(std::unique_ptr<Executor> executor, NetworkPlan plan, std::byte* memory)
    : m_executor(std::move(executor)), m_plan(std::move(plan)), m_memory(memory) {}

Session::~Session() { m_executor->release(m_memory); }

Answer Session::writeWeights(const float* parameters, const float* statistics) {
    const ConvolabGpuNetwork& network = m_plan.network();
    const auto bytes = [](std::int64_t count) { return sizeof(float) * static_cast<std::size_t>(count); };
    Outcome outcome;
    if (network.parameterCount > 0) outcome = m_executor->upload(m_plan.parameters(), parameters, bytes(network.parameterCount));
    if (outcome.ok() && network.statisticCount > 0) outcome = m_executor->upload(m_plan.statistics(), statistics, bytes(network.statisticCount));
    return answer(std::move(outcome));
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
    if (smoothing != m_smoothing || weighted != m_weighted) {
        m_launches.clear();
        m_policy.forgetAll();
    }
    m_smoothing = smoothing;
    m_weighted = weighted;
    if (!weighted) return {};
    return answer(m_executor->upload(m_plan.classWeights(), classWeights, sizeof(float) * static_cast<std::size_t>(m_plan.network().classes)));
}

Answer Session::uploadBatch(const float* images, const std::int32_t* labels, Index n) {
    Outcome outcome = m_executor->upload(m_plan.images(), images, sizeof(float) * static_cast<std::size_t>(n * m_plan.imageSize()));
    if (outcome.ok() && labels != nullptr) outcome = m_executor->upload(m_plan.labels(), labels, sizeof(std::int32_t) * static_cast<std::size_t>(n));
    return answer(std::move(outcome));
}

const std::vector<Launch>& Session::launchesOf(Pass pass, Index n) {
    std::vector<Launch>& launches = m_launches[(static_cast<std::uint64_t>(n) << 2) | static_cast<std::uint64_t>(pass)];
    if (launches.empty()) {
        launches = pass == Pass::Train ? m_plan.trainStep(n, m_smoothing, m_weighted) : m_plan.evaluation(n, pass == Pass::EvaluateWithLoss);
    }
    return launches;
}

Answer Session::runPass(Pass pass, Index n) {
    const std::uint64_t key = (static_cast<std::uint64_t>(n) << 2) | static_cast<std::uint64_t>(pass);
    const std::vector<Launch>& launches = launchesOf(pass, n);
    const GraphPolicy::Decision decision = m_policy.decide(key);
    if (decision.step == GraphPolicy::Step::Replay) return answer(m_executor->replay(decision.slot));
    if (decision.step == GraphPolicy::Step::Record) {
        if (m_executor->record(decision.slot, launches).ok()) return {};
        m_policy.giveUp(key);  // not every driver records everything; a broken device fails again below
    }
    return answer(m_executor->run(launches));
}

Answer Session::readLoss(ConvolabGpuLoss& loss) {
    BatchLoss total{};
    if (Outcome outcome = m_executor->download(&total, m_plan.loss(), sizeof total); !outcome.ok()) return answer(std::move(outcome));
    loss = {total.loss, total.correct};
    return {};
}

Answer Session::trainStep(const float* images, const std::int32_t* labels, Index n, const std::uint32_t* dropoutKey, ConvolabGpuLoss& loss) {
    if (auto failure = uploadBatch(images, labels, n)) return failure;
    const StepState state{{dropoutKey[0], dropoutKey[1]}};
    if (Outcome outcome = m_executor->upload(m_plan.state(), &state, sizeof state); !outcome.ok()) return answer(std::move(outcome));
    if (auto failure = runPass(Pass::Train, n)) return failure;
    return readLoss(loss);
}

Answer Session::evaluate(const float* images, const std::int32_t* labels, Index n, ConvolabGpuLoss* loss, float* output, float* scores) {
    if (auto failure = uploadBatch(images, labels, n)) return failure;
    if (auto failure = runPass(labels != nullptr ? Pass::EvaluateWithLoss : Pass::Evaluate, n)) return failure;
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
