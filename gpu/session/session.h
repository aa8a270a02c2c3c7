#pragma once

#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "gpu/plan/network_plan.h"
#include "gpu/session/executor.h"
#include "gpu/session/graph_policy.h"

namespace convolab::gpu {

/// A failure with what a person needs to know to avoid it.
struct SessionFailure {
    Outcome outcome;
    std::size_t neededBytes = 0, freeBytes = 0;
    Index batchThatFits = 0;
};

using Answer = std::optional<SessionFailure>;  ///< nothing: done

/// One network on one device: its plan, its memory, and the lists of launches for each size of batch, made when it first
/// comes. Lists that come again are recorded and replayed.
class Session {
  public:
    /// Allocates and uploads the tables. Weights are 0. `session` is only set if all went well.
    static Answer open(std::unique_ptr<Executor> executor, const ConvolabGpuNetwork& network, const PlanOptions& options, std::unique_ptr<Session>& session);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    std::size_t bytes() const { return m_plan.bytes(); }
    Answer writeWeights(const float* parameters, const float* statistics);
    Answer readStatistics(float* statistics);
    Answer readGradients(float* gradients);
    Answer setTargets(double smoothing, const float* classWeights);
    Answer trainStep(const float* images, const std::int32_t* labels, Index n, const std::uint32_t* dropoutKey, ConvolabGpuLoss& loss);
    Answer evaluate(const float* images, const std::int32_t* labels, Index n, ConvolabGpuLoss* loss, float* output, float* scores);

  private:
    enum class Pass : std::uint64_t { Train, Evaluate, EvaluateWithLoss };

    Session(std::unique_ptr<Executor> executor, NetworkPlan plan, std::byte* memory);
    Answer uploadBatch(const float* images, const std::int32_t* labels, Index n);
    Answer runPass(Pass pass, Index n);
    Answer readLoss(ConvolabGpuLoss& loss);
    const std::vector<Launch>& launchesOf(Pass pass, Index n);

    std::unique_ptr<Executor> m_executor;
    NetworkPlan m_plan;
    std::byte* m_memory;
    GraphPolicy m_policy;
    std::map<std::uint64_t, std::vector<Launch>> m_launches;
    double m_smoothing = 0.0;
    bool m_weighted = false;
};

}  // namespace convolab::gpu
