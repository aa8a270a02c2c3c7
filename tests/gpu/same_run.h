// Two runs that should be one: the same recipe on two devices, or on one in two ways.
#pragma once

#include <algorithm>
#include <functional>

#include "tests/core/tiny_training.h"

namespace convolab::testing {

/// Everything but the seconds.
inline std::string differs(const History& got, const History& expected) {
    if (got.steps.size() != expected.steps.size()) return std::to_string(got.steps.size()) + " steps, not " + std::to_string(expected.steps.size());
    for (std::size_t i = 0; i < got.steps.size(); ++i) {
        StepMetrics a = got.steps[i], b = expected.steps[i];
        if (i > 0 && a.seconds < got.steps[i - 1].seconds) return "time runs backwards at step " + std::to_string(a.step);
        if (a.step != b.step || a.epoch != b.epoch || a.loss != b.loss || a.accuracy != b.accuracy || a.rate != b.rate || a.images != b.images) return "step " + std::to_string(b.step);
    }
    const auto same = [](const std::vector<EvaluationMetrics>& some, const std::vector<EvaluationMetrics>& others) {
        return std::ranges::equal(some, others, [](const EvaluationMetrics& a, const EvaluationMetrics& b) {
            return a.step == b.step && a.epoch == b.epoch && a.loss == b.loss && a.accuracy == b.accuracy && a.images == b.images;
        });
    };
    if (!same(got.validation, expected.validation)) return "the validations";
    return same(got.trainClean, expected.trainClean) ? "" : "the clean training images";
}

/// What is done to a run before it makes step `step` (from 0).
using Interference = std::function<void(TrainingLoop& loop, std::int64_t step)>;

struct RunEnd {
    History history;
    Checkpoint end;
    Status status;
};

inline RunEnd runOf(const Recipe& recipe, const CompileModel& compile, const Interference& interfere = {}, const NetworkSpec& spec = tinyNetwork(),
                    const DatasetPtr& dataset = tinyDataset()) {
    const auto loop = TrainingLoop::create(spec, dataset, recipe, nullptr, nullptr, {}, {}, compile).value();
    RunEnd run;
    for (std::int64_t i = 0; run.status.ok() && !loop->finished(); ++i) {
        if (interfere) interfere(*loop, i);
        run.status = loop->runStep();
    }
    run.end = loop->checkpoint();
    run.history = loop->history();
    return run;
}

/// Bit for bit, with the same words where both failed.
inline std::string differs(const RunEnd& got, const RunEnd& expected) {
    if (expected.status.ok() != got.status.ok()) return "one of them failed: " + (got.status.ok() ? expected : got).status.error().sentence();
    if (!expected.status.ok() && expected.status.error().sentence() != got.status.error().sentence()) {
        return got.status.error().sentence() + " instead of " + expected.status.error().sentence();
    }
    if (std::string found = differs(got.history, expected.history); !found.empty()) return found;
    return sameState(got.end, expected.end) ? "" : "the checkpoints at the end";
}

}  // namespace convolab::testing
