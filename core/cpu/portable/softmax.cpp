#include <algorithm>
#include <cmath>

#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

/// Softmax and log-softmax.
class SoftmaxOp final : public Op {
  public:
    explicit SoftmaxOp(const OpRequest& request)
        : m_classes(request.output.size()), m_logarithm(request.kind->id == "log_softmax") {
        inputBlocks = {1};
        implementation = "loops";
        backwardReadsInput = false;
        backwardReadsOutput = true;
    }

    void forward(const StepContext& context) override {
        for (std::int64_t image = 0; image < context.n; ++image) {
            const float* x = inputs[0] + image * m_classes;
            float* y = output + image * m_classes;
            const float largest = *std::max_element(x, x + m_classes);
            double sum = 0.0;
            for (std::int64_t i = 0; i < m_classes; ++i) {
                y[i] = std::exp(x[i] - largest);
                sum += y[i];
            }
            if (m_logarithm) {
                const double whole = largest + std::log(sum);
                for (std::int64_t i = 0; i < m_classes; ++i) y[i] = static_cast<float>(x[i] - whole);
                continue;
            }
            const auto scale = static_cast<float>(1.0 / sum);
            for (std::int64_t i = 0; i < m_classes; ++i) y[i] *= scale;
        }
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        for (std::int64_t image = 0; image < context.n; ++image) {
            const float* y = output + image * m_classes;
            const float* dy = outputGradient + image * m_classes;
            float* dx = inputGradients[0] + image * m_classes;
            if (m_logarithm) logarithmBackward(y, dy, dx);
            else probabilityBackward(y, dy, dx);
        }
    }

  private:
    void probabilityBackward(const float* y, const float* dy, float* dx) const {
        double dot = 0.0;
        for (std::int64_t i = 0; i < m_classes; ++i) dot += static_cast<double>(y[i]) * dy[i];
        for (std::int64_t i = 0; i < m_classes; ++i) dx[i] = y[i] * (dy[i] - static_cast<float>(dot));
    }

    void logarithmBackward(const float* y, const float* dy, float* dx) const {
        double sum = 0.0;
        for (std::int64_t i = 0; i < m_classes; ++i) sum += dy[i];
        for (std::int64_t i = 0; i < m_classes; ++i) dx[i] = static_cast<float>(dy[i] - std::exp(y[i]) * sum);
    }

    std::int64_t m_classes;
    bool m_logarithm;
};

}  // namespace

std::unique_ptr<Op> makeSoftmaxOp(const OpRequest& request) { return std::make_unique<SoftmaxOp>(request); }

}  // namespace convolab
