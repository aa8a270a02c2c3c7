#include "core/model/operation_times.h"

#include <chrono>

#include "core/cpu/compute_team.h"
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

View<const float> CompiledModel::timedForward(View<const float> images, std::span<double> seconds) {
    using Clock = std::chrono::steady_clock;
    checkBatch(images);
    CONVOLAB_CHECK(seconds.size() == m_plan.ops.size(), "one number per operation");
    const ComputeGuard guard;
    beginBatch(images);
    const StepContext context{m_n, false, m_options.differentiable, m_options.seed, 0};
    auto begin = Clock::now();
    for (std::size_t i = 0; i < m_plan.ops.size(); ++i) {
        m_plan.ops[i].op->forward(context);
        const auto end = Clock::now();
        seconds[i] = std::chrono::duration<double>(end - begin).count();
        begin = end;
    }
    return valueOf(m_plan.output);
}

std::vector<Operation> operationsOf(const Model& model) {
    const auto* compiled = dynamic_cast<const CompiledModel*>(&model);
    CONVOLAB_CHECK(compiled != nullptr, "only a compiled model has operations");
    return compiled->operations();
}

View<const float> timedForward(Model& model, View<const float> images, std::span<double> seconds) {
    auto* compiled = dynamic_cast<CompiledModel*>(&model);
    CONVOLAB_CHECK(compiled != nullptr, "only a compiled model has operations");
    return compiled->timedForward(images, seconds);
}

}  // namespace convolab
