#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "core/model/compile_model.h"
#include "core/model/model.h"
#include "core/model/operation_times.h"

namespace convolab {

/// A training step (forward, backward, SGD with momentum 0.9) or a forward pass in evaluation mode.
enum class StepTask { Train, Infer };
const char* stepTaskName(StepTask task);  ///< "train", "infer"
Result<StepTask> stepTaskFromName(const std::string& name);

/// Runs steps of one network on one batch of random images that lies in memory (values do not change the time).
class TimedSteps {
  public:
    static Result<TimedSteps> make(const NetworkSpec& spec, StepTask task, std::int64_t batch, const CompileModel& compile = Model::compile);

    /// Seconds of the median one of `count` ≥ 1 steps; waiting for another user of the compute team is part of them.
    double run(std::int64_t count);

    /// One training step with a clock on its parts; returns the seconds of the weights' update.
    double timedStep(StepSeconds& seconds);

    const Model& model() const { return *m_model; }

  private:
    TimedSteps(std::unique_ptr<Model> model, StepTask task, std::int64_t batch);
    double step();
    void update();

    std::unique_ptr<Model> m_model;
    StepTask m_task;
    Tensor m_images;
    std::vector<int> m_labels;
    std::vector<float> m_state;  ///< of the optimizer
    std::vector<double> m_seconds;
    std::int64_t m_done = 0;
};

/// The slope of the line through (log x, log y) by least squares: the power with which y grows. At least two different x;
/// all values above 0.
double logLogSlope(std::span<const double> x, std::span<const double> y);

}  // namespace convolab
