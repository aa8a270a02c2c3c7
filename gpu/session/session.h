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

/// A batch and what a step does with it.
struct StepInput {
    const float* images = nullptr;
    const std::int32_t* labels = nullptr;
    Index n = 0;
    const std::uint32_t* dropoutKey = nullptr;   ///< null: evaluation mode, with the loss
    const ConvolabGpuUpdate* update = nullptr;   ///< null: the weights stay
};

/// One network on one device: its plan, its memory, and the lists of launches for each size of batch, made when it first
/// comes. Lists that come again are recorded and replayed.
class Session {
  public:
    /// Allocates and uploads the tables. Weights are 0. `session` is only set if all went well.
    static Answer open(std::unique_ptr<Executor> executor, const ConvolabGpuNetwork& network, const PlanOptions& options, std::unique_ptr<Session>& session);
    ~Session();
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    /// Why libraries that are there are not called; empty if they are.
    const std::string& note() const { return m_note; }
    std::size_t bytes() const { return m_plan.bytes() + sizeof(float) * static_cast<std::size_t>(m_stateCount); }
    Answer writeWeights(const float* parameters, const float* statistics);
    Answer readParameters(float* parameters);
    Answer writeState(const float* state, Index count);
    Answer readState(float* state, Index count);
    Answer readStatistics(float* statistics);
    Answer readGradients(float* gradients);
    Answer setTargets(double smoothing, const float* classWeights);
    Answer step(const StepInput& input, ConvolabGpuLoss& loss);
    /// `layers`: one per op.
    Answer timedStep(const StepInput& input, ConvolabGpuLoss& loss, ConvolabGpuTimes& times, ConvolabGpuLayerTimes* layers);
    Answer evaluate(const float* images, const std::int32_t* labels, Index n, ConvolabGpuLoss* loss, float* output, float* scores);

  private:
    enum class Pass : std::uint64_t { Train, Evaluate, EvaluateWithLoss };

    /// What a list of launches depends on.
    struct Shape {
        Pass pass;
        Index n;
        const ConvolabGpuUpdate* update = nullptr;
        std::uint64_t key() const;
    };

    Session(std::unique_ptr<Executor> executor, NetworkPlan plan, std::byte* memory);
    Answer requireState(Index count);
    Answer replaceState(Index count, Index kept);
    void forgetLaunches();
    Outcome uploadBatch(const StepInput& input);
    Answer prepare(const StepInput& input);
    Answer runPass(const Shape& shape);
    Answer readLoss(ConvolabGpuLoss& loss);
    const std::vector<Launch>& launchesOf(const Shape& shape);
    std::vector<Launch> makeLaunches(const Shape& shape) const;

    std::unique_ptr<Executor> m_executor;
    NetworkPlan m_plan;
    std::byte* m_memory;
    std::byte* m_stateMemory = nullptr;  ///< of the optimizer
    Index m_stateCount = 0;              ///< floats
    GraphPolicy m_policy;
    std::map<std::uint64_t, std::vector<Launch>> m_launches;
    std::map<std::uint64_t, double> m_replaySeconds;  ///< of the processor, to start a recording, the latest time
    std::string m_note;
    double m_smoothing = 0.0;
    bool m_weighted = false;
};

}  // namespace convolab::gpu
