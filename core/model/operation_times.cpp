#include "core/model/operation_times.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/cpu/compute_team.h"
#include "core/cpu/team_limit.h"
#include "core/model/compiled_model.h"
#include "core/util/check.h"

namespace convolab {

std::vector<Operation> CompiledModel::operations() const {
    std::vector<Operation> operations;
    for (const PlannedOp& planned : m_plan.ops) {
        operations.push_back({planned.layer.node, !(planned.op->aliasesInput && planned.inputs.front() >= 0)});
    }
    return operations;
}

namespace {

using Clock = std::chrono::steady_clock;

/// Seconds since the call before.
class Lap {
  public:
    double operator()() {
        const auto now = Clock::now();
        return std::chrono::duration<double>(now - std::exchange(m_begin, now)).count();
    }

  private:
    Clock::time_point m_begin = Clock::now();
};

}  // namespace

View<const float> CompiledModel::timedForward(View<const float> images, std::span<double> seconds) {
    checkBatch(images);
    CONVOLAB_CHECK(seconds.size() == m_plan.ops.size(), "one number per operation");
    const TeamLimit limit(m_mostThreads);
    const ComputeGuard guard;
    std::ranges::fill(seconds, 0.0);
    inPasses(images, [&](std::int64_t, std::int64_t n) {
        const StepContext context{n, false, m_options.differentiable, m_options.seed, 0};
        Lap lap;
        for (std::size_t i = 0; i < m_plan.ops.size(); ++i) {
            m_plan.ops[i].op->forward(context);
            seconds[i] += lap();
        }
    });
    return outputOfBatch();
}

void CompiledModel::timedTrainStep(View<const float> images, std::span<const int> labels, std::uint64_t step, StepSeconds& seconds) {
    CONVOLAB_CHECK(m_options.training, "a training step needs a model that was compiled for training");
    checkBatch(images);
    checkLabels(labels, images.shape[0]);
    seconds.forward.assign(m_plan.ops.size(), 0.0);
    seconds.backward.assign(m_plan.ops.size(), 0.0);
    const TeamLimit limit(m_mostThreads);
    const ComputeGuard guard;
    beginBatch(images);
    const StepContext context{m_n, true, true, m_options.seed, step};
    Lap lap;
    for (std::size_t i = 0; i < m_plan.ops.size(); ++i) {
        if (!m_plan.ops[i].skippedInTraining) m_plan.ops[i].op->forward(context);
        seconds.forward[i] = lap();
    }
    lossOfBatch(labels);
    seconds.loss = lap();
    for (std::size_t i = m_plan.ops.size(); i-- > 0;) {
        runBackwardOf(i, context);
        seconds.backward[i] = lap();
    }
}

std::vector<Operation> operationsOf(const Model& model) {
    const auto* compiled = dynamic_cast<const CompiledModel*>(&model);
    CONVOLAB_CHECK(compiled != nullptr, "only a compiled model has operations");
    return compiled->operations();
}

namespace {

CompiledModel& compiledModel(Model& model) {
    auto* compiled = dynamic_cast<CompiledModel*>(&model);
    CONVOLAB_CHECK(compiled != nullptr, "only a compiled model has operations");
    return *compiled;
}

}  // namespace

View<const float> timedForward(Model& model, View<const float> images, std::span<double> seconds) {
    return compiledModel(model).timedForward(images, seconds);
}

void timedTrainStep(Model& model, View<const float> images, std::span<const int> labels, std::uint64_t step, StepSeconds& seconds) {
    compiledModel(model).timedTrainStep(images, labels, step, seconds);
}

}  // namespace convolab
