#include "core/measure/step_layers.h"

#include <algorithm>
#include <chrono>
#include <map>

#include "core/graph/analysis.h"
#include "core/measure/step_work.h"
#include "core/measure/timed_steps.h"
#include "core/model/operation_times.h"

namespace convolab {

namespace {

constexpr std::int64_t kWarmUpSteps = 3;

double median(std::vector<double> values) { return spreadOf(std::move(values)).median; }

}  // namespace

double StepBreakdown::rest() const {
    double known = loss + layoutChanges + update;
    for (const StepLayer& layer : layers) known += layer.seconds();
    return std::max(0.0, whole - known);
}

Result<StepBreakdown> measureStepLayers(const NetworkSpec& spec, std::int64_t batch, std::int64_t runs, const Progress& progress) {
    CONVOLAB_ASSIGN(TimedSteps steps, TimedSteps::make(spec, StepTask::Train, batch));
    steps.run(kWarmUpSteps);
    const std::vector<Operation> operations = operationsOf(steps.model());
    std::vector<double> whole, loss, changes, update;
    std::map<NodeId, std::vector<double>> forward, backward;
    StepSeconds seconds;
    for (std::int64_t run = 0; run < runs; ++run) {
        if (progress && !progress(static_cast<double>(run) / static_cast<double>(runs))) {
            return Error{ErrorCode::Cancelled, "the measurement was cancelled", {}, {}};
        }
        whole.push_back(steps.run(1));
        update.push_back(steps.timedStep(seconds));
        loss.push_back(seconds.loss);
        double reorders = 0.0;
        for (std::size_t i = 0; i < operations.size(); ++i) {
            if (!operations[i].node) reorders += seconds.forward[i] + seconds.backward[i];
            else if (operations[i].runs) forward[operations[i].node].push_back(seconds.forward[i]);
            if (operations[i].node && operations[i].runs) backward[operations[i].node].push_back(seconds.backward[i]);
        }
        changes.push_back(reorders);
    }
    StepBreakdown result{.batch = batch, .whole = median(whole), .loss = median(loss), .layoutChanges = median(changes),
                         .update = median(update)};
    const Analysis analysis = analyze(spec);
    std::map<NodeId, std::string> implementations;
    for (const LayerPlan& row : steps.model().plan()) implementations[row.node] = row.implementation;
    for (const Operation& operation : operations) {
        if (!operation.node || !operation.runs) continue;
        const StepWork work = stepWork(spec, analysis, operation.node, batch);
        result.layers.push_back({operation.node, spec.node(operation.node)->name, implementations[operation.node],
                                 median(forward[operation.node]), median(backward[operation.node]), work.forward.flop + work.backward.flop});
    }
    return result;
}

}  // namespace convolab
