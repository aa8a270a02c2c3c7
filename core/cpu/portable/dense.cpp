#include "core/cpu/portable/dense.h"

#include <algorithm>
#include <cstring>

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

/// y (n, units) from its transpose, for units begin … end − 1; bias (may be null) and activation on the way.
CONVOLAB_CLONES void finishTurned(const float* turned, const float* bias, std::int64_t n, std::int64_t units, std::int64_t begin,
                                  std::int64_t end, bool activated, float slope, float* y) {
    constexpr std::int64_t kTile = 16;
    for (std::int64_t tile = begin; tile < end; tile += kTile) {
        const std::int64_t last = std::min(end, tile + kTile);
        for (std::int64_t image = 0; image < n; ++image) {
            for (std::int64_t i = tile; i < last; ++i) {
                const float v = turned[i * n + image] + (bias != nullptr ? bias[i] : 0.0F);
                y[image * units + i] = activated ? (v > 0.0F ? v : slope * v) : v;
            }
        }
    }
}

/// y[r] = Σ weight[r][k] · x[k] for rows begin … end − 1. Several rows at once keep several streams from memory open.
template <int Rows>
CONVOLAB_INLINE void rowProducts(const float* weight, const float* x, std::int64_t in, float* y) {
    constexpr std::int64_t kWidth = 16;
    typedef float Vector __attribute__((vector_size(4 * kWidth)));
    Vector sums[Rows] = {};
    std::int64_t k = 0;
    for (; k + kWidth <= in; k += kWidth) {
        Vector values;
        std::memcpy(&values, x + k, sizeof values);
        for (int row = 0; row < Rows; ++row) {
            Vector factors;
            std::memcpy(&factors, weight + row * in + k, sizeof factors);
            sums[row] += factors * values;
        }
    }
    for (int row = 0; row < Rows; ++row) {
        float parts[kWidth];
        std::memcpy(parts, &sums[row], sizeof parts);
        for (std::int64_t half = kWidth / 2; half > 0; half /= 2) {
            for (std::int64_t i = 0; i < half; ++i) parts[i] += parts[i + half];
        }
        float sum = parts[0];
        for (std::int64_t i = k; i < in; ++i) sum += weight[row * in + i] * x[i];
        y[row] = sum;
    }
}

CONVOLAB_CLONES void rows(const float* weight, const float* x, std::int64_t in, std::int64_t begin, std::int64_t end, float* y) {
    std::int64_t row = begin;
    for (; row + 8 <= end; row += 8) rowProducts<8>(weight + row * in, x, in, y + row);
    for (; row < end; ++row) rowProducts<1>(weight + row * in, x, in, y + row);
}

CONVOLAB_CLONES void sumRows(const float* dy, std::int64_t n, std::int64_t units, std::int64_t begin, std::int64_t end,
                             float* sum) {
    for (std::int64_t i = begin; i < end; ++i) sum[i] = 0.0F;
    for (std::int64_t image = 0; image < n; ++image) {
        for (std::int64_t i = begin; i < end; ++i) sum[i] += dy[image * units + i];
    }
}

}  // namespace

DenseOp::DenseOp(const OpRequest& request, GemmFunction product)
    : m_in(request.inputs.front().size()), m_out(request.output.size()), m_slope(request.activationSlope), m_gemm(product) {
    implementation = "blocked matrix product";
    inputBlocks = {1};
    backwardReadsOutput = m_slope.has_value();
    overwritesOutputGradient = m_slope.has_value();
}

void DenseOp::finish(std::int64_t begin, std::int64_t end, float* y) const {
    if (bias() != nullptr) {
        addBias(bias() + begin, end - begin, m_slope.has_value(), m_slope.value_or(0.0F), y + begin);
    } else if (m_slope) {
        for (std::int64_t i = begin; i < end; ++i) y[i] = y[i] > 0.0F ? y[i] : *m_slope * y[i];
    }
}

void DenseOp::forward(const StepContext& context) {
    if (context.n == 1) return forwardOne();
    m_gemm(false, true, context.n, m_out, m_in, inputs[0], parameters[0].value, output);
    if (bias() == nullptr && !m_slope) return;
    parallelFor(context.n, std::max<std::int64_t>(1, kElementGrain / m_out), [&](std::int64_t begin, std::int64_t end) {
        for (std::int64_t image = begin; image < end; ++image) {
            finish(0, m_out, output + image * m_out);
        }
    });
}

void DenseOp::forwardOne() {
    constexpr std::int64_t kGrain = 65536;  // weights
    parallelFor(m_out, std::max<std::int64_t>(8, kGrain / m_in), [&](std::int64_t begin, std::int64_t end) {
        rows(parameters[0].value, inputs[0], m_in, begin, end, output);
        finish(begin, end, output);
    });
}

void DenseOp::forwardTurned(std::int64_t n, float* turned) {
    m_gemm(false, true, m_out, n, m_in, parameters[0].value, inputs[0], turned);
    parallelFor(m_out, std::max<std::int64_t>(16, kElementGrain / n), [&](std::int64_t begin, std::int64_t end) {
        finishTurned(turned, bias(), n, m_out, begin, end, m_slope.has_value(), m_slope.value_or(0.0F), output);
    });
}

void DenseOp::backward(const StepContext& context) {
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

std::unique_ptr<Op> makeDenseOp(const OpRequest& request) { return std::make_unique<DenseOp>(request, ownGemm); }

}  // namespace convolab
