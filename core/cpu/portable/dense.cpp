#include "core/cpu/onednn/engine.h"
#include "core/cpu/portable/gemm.h"
#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

void ownGemm(bool transposeA, bool transposeB, std::int64_t m, std::int64_t n, std::int64_t k, const float* a,
             const float* b, float* c) {
    portableGemm(transposeA, transposeB, m, n, k, a, b, c, false);
}

CONVOLAB_CLONES void addBias(const float* bias, std::int64_t units, bool activated, float slope, float* y) {
    for (std::int64_t i = 0; i < units; ++i) {
        const float v = y[i] + bias[i];
        y[i] = activated ? (v > 0.0F ? v : slope * v) : v;
    }
}

CONVOLAB_CLONES void sumRows(const float* dy, std::int64_t n, std::int64_t units, std::int64_t begin, std::int64_t end,
                             float* sum) {
    for (std::int64_t i = begin; i < end; ++i) sum[i] = 0.0F;
    for (std::int64_t image = 0; image < n; ++image) {
        for (std::int64_t i = begin; i < end; ++i) sum[i] += dy[image * units + i];
    }
}

/// y (n, out) = x (n, in) · weightᵀ + bias. The weights stay in PyTorch's order: no reorders.
class DenseOp final : public Op {
  public:
    explicit DenseOp(const OpRequest& request)
        : m_in(request.inputs.front().size()), m_out(request.output.size()), m_slope(request.activationSlope) {
        const bool fast = request.fastest == Tier::OneDnn;
        m_gemm = fast ? onednn::gemm : ownGemm;
        tier = fast ? Tier::OneDnn : Tier::Portable;
        implementation = fast ? "sgemm" : "blocked matrix product";
        inputBlocks = {1};
        backwardReadsOutput = m_slope.has_value();
        overwritesOutputGradient = m_slope.has_value();
    }

    void forward(const StepContext& context) override {
        m_gemm(false, true, context.n, m_out, m_in, inputs[0], parameters[0].value, output);
        if (parameters.size() < 2 && !m_slope) return;
        parallelFor(context.n, std::max<std::int64_t>(1, kElementGrain / m_out), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t image = begin; image < end; ++image) finishRow(output + image * m_out);
        });
    }

    void backward(const StepContext& context) override {
        if (m_slope) maskGradient(output, *m_slope, outputGradient, context.n * m_out);
        if (parameters[0].gradient != nullptr) {  // null outside training
            m_gemm(true, false, m_out, m_in, context.n, outputGradient, inputs[0], parameters[0].gradient);
        }
        if (parameters.size() > 1 && parameters[1].gradient != nullptr) {
            parallelFor(m_out, std::max<std::int64_t>(16, kElementGrain / context.n), [&](std::int64_t begin, std::int64_t end) {
                sumRows(outputGradient, context.n, m_out, begin, end, parameters[1].gradient);
            });
        }
        if (inputGradients[0] != nullptr) {
            m_gemm(false, false, context.n, m_in, m_out, outputGradient, parameters[0].value, inputGradients[0]);
        }
    }

  private:
    void finishRow(float* y) const {
        if (parameters.size() > 1) {
            addBias(parameters[1].value, m_out, m_slope.has_value(), m_slope.value_or(0.0F), y);
            return;
        }
        for (std::int64_t i = 0; i < m_out; ++i) y[i] = y[i] > 0.0F ? y[i] : *m_slope * y[i];
    }

    std::int64_t m_in, m_out;
    std::optional<float> m_slope;
    GemmFunction m_gemm = nullptr;
};

}  // namespace

std::unique_ptr<Op> makeDenseOp(const OpRequest& request) { return std::make_unique<DenseOp>(request); }

}  // namespace convolab
