#include "core/measure/timed_model.h"

#include <algorithm>
#include <chrono>

#include "core/cpu/compute_team.h"

namespace convolab {

namespace {

using Clock = std::chrono::steady_clock;

double secondsSince(Clock::time_point begin) { return std::chrono::duration<double>(Clock::now() - begin).count(); }

class TimedFloat final : public TimedModel {
  public:
    explicit TimedFloat(std::unique_ptr<Model> model) : m_model(std::move(model)), m_operations(operationsOf(*m_model)) {}

    const Shape& inputShape() const override { return m_model->inputShape(); }
    const std::vector<Operation>& operations() const override { return m_operations; }
    double forward(View<const float> images) override {
        const auto begin = Clock::now();
        m_model->forward(images);
        return secondsSince(begin) - lastComputeWait();
    }
    double timedForward(View<const float> images, std::span<double> seconds) override {
        const auto begin = Clock::now();
        convolab::timedForward(*m_model, images, seconds);
        return secondsSince(begin) - lastComputeWait();
    }
    double waited() const override { return lastComputeWait(); }

  private:
    std::unique_ptr<Model> m_model;
    std::vector<Operation> m_operations;
};

class TimedIntegers final : public TimedModel {
  public:
    explicit TimedIntegers(std::unique_ptr<QuantizedModel> model) : m_model(std::move(model)) {
        for (const QuantizedLayerPlan& row : m_model->plan()) {
            m_operations.push_back({row.reorders ? NodeId{} : row.node, row.runs});
        }
    }

    const Shape& inputShape() const override { return m_model->inputShape(); }
    const std::vector<Operation>& operations() const override { return m_operations; }
    // One turn of the team for the whole pass: its layers take theirs inside.
    double forward(View<const float> images) override {
        const ComputeGuard guard;
        m_waited = lastComputeWait();
        const auto begin = Clock::now();
        m_model->forward(images);
        return secondsSince(begin);
    }
    double timedForward(View<const float> images, std::span<double> seconds) override {
        const double whole = forward(images);
        std::ranges::copy(m_model->layerSeconds(), seconds.begin());
        return whole;
    }
    double waited() const override { return m_waited; }

  private:
    std::unique_ptr<QuantizedModel> m_model;
    std::vector<Operation> m_operations;
    double m_waited = 0.0;
};

}  // namespace

std::unique_ptr<TimedModel> timed(std::unique_ptr<Model> model) { return std::make_unique<TimedFloat>(std::move(model)); }

std::unique_ptr<TimedModel> timed(std::unique_ptr<QuantizedModel> model) {
    return std::make_unique<TimedIntegers>(std::move(model));
}

}  // namespace convolab
