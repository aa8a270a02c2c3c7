#include "core/measure/timed_steps.h"

#include <algorithm>
#include <chrono>
#include <cmath>

#include "core/train/device_step.h"
#include "core/train/optimizer.h"
#include "core/util/check.h"
#include "core/util/random.h"

namespace convolab {

namespace {

using Clock = std::chrono::steady_clock;
constexpr double kRate = 1e-4;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

}  // namespace

const char* stepTaskName(StepTask task) { return task == StepTask::Train ? "train" : "infer"; }

Result<StepTask> stepTaskFromName(const std::string& name) {
    for (const StepTask task : {StepTask::Train, StepTask::Infer}) {
        if (name == stepTaskName(task)) return task;
    }
    return Error{ErrorCode::InvalidArgument, "\"" + name + "\" is not a task", "", "write train or infer"};
}

Result<TimedSteps> TimedSteps::make(const NetworkSpec& spec, StepTask task, std::int64_t batch, const CompileModel& compile) {
    CompileOptions options;
    options.maximumBatch = batch;
    options.training = task == StepTask::Train;
    CONVOLAB_ASSIGN(auto model, compile(spec, options));
    return TimedSteps(std::move(model), task, batch);
}

TimedSteps::TimedSteps(std::unique_ptr<Model> model, StepTask task, std::int64_t batch)
    : m_model(std::move(model)), m_task(task), m_images(m_model->inputShape().withBatch(batch)) {
    RandomSequence random(0, RandomStreamId::Analysis);
    for (float& value : m_images.span()) value = random.uniform();
    if (task == StepTask::Infer) return;
    for (std::int64_t i = 0; i < batch; ++i) {
        m_labels.push_back(static_cast<int>(random.below(static_cast<std::uint32_t>(m_model->outputShape().size()))));
    }
    m_state.resize(findOptimizer("sgd")->stateSize({.kind = "sgd"}, m_model->parameters().size()));
}

double TimedSteps::step() {
    const auto begin = Clock::now();
    if (m_task == StepTask::Infer) {
        m_model->forward(m_images.view());
        return secondsSince(begin);
    }
    if (auto* there = dynamic_cast<DeviceStep*>(m_model.get())) {
        there->trainAndUpdate(m_images.view(), m_labels, static_cast<std::uint64_t>(m_done), {.kind = "sgd"}, kRate, 0.0, m_done + 1);
        ++m_done;
    } else {
        m_model->trainStep(m_images.view(), m_labels, static_cast<std::uint64_t>(m_done));
        update();
    }
    return secondsSince(begin);
}

void TimedSteps::update() {
    static const Optimizer& optimizer = *findOptimizer("sgd");
    optimizer.update({.kind = "sgd"}, {.parameters = m_model->parameters(), .gradients = m_model->gradients(), .state = m_state,
                                       .rate = kRate, .weightDecay = 0.0, .step = ++m_done});
}

double TimedSteps::timedStep(StepSeconds& seconds) {
    CONVOLAB_CHECK(m_task == StepTask::Train, "only a training step has these parts");
    timedTrainStep(*m_model, m_images.view(), m_labels, static_cast<std::uint64_t>(m_done), seconds);
    const auto begin = Clock::now();
    update();
    return secondsSince(begin);
}

double TimedSteps::run(std::int64_t count) {
    m_seconds.clear();
    for (std::int64_t i = 0; i < std::max<std::int64_t>(1, count); ++i) m_seconds.push_back(step());
    const auto middle = m_seconds.begin() + static_cast<std::ptrdiff_t>(m_seconds.size() / 2);
    std::nth_element(m_seconds.begin(), middle, m_seconds.end());
    return *middle;
}

double logLogSlope(std::span<const double> x, std::span<const double> y) {
    CONVOLAB_CHECK(x.size() == y.size() && x.size() >= 2, "a slope needs two points or more");
    double meanX = 0.0, meanY = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        meanX += std::log(x[i]) / static_cast<double>(x.size());
        meanY += std::log(y[i]) / static_cast<double>(x.size());
    }
    double above = 0.0, below = 0.0;
    for (std::size_t i = 0; i < x.size(); ++i) {
        above += (std::log(x[i]) - meanX) * (std::log(y[i]) - meanY);
        below += (std::log(x[i]) - meanX) * (std::log(x[i]) - meanX);
    }
    return above / below;
}

}  // namespace convolab
