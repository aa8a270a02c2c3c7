#include <cmath>

#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

enum Role { kWeight, kBias };

CONVOLAB_CLONES float sumOf(const float* x, std::int64_t count) {
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < count; ++i) sum += x[i];
    return sum;
}

/// Σ (x − center)²
CONVOLAB_CLONES float deviationsOf(const float* x, float center, std::int64_t count) {
    float sum = 0.0F;
#pragma omp simd reduction(+ : sum)
    for (std::int64_t i = 0; i < count; ++i) sum += (x[i] - center) * (x[i] - center);
    return sum;
}

CONVOLAB_CLONES void normalise(const float* x, float mean, float inverse, const float* weight, const float* bias,
                               std::int64_t count, float* y) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = (x[i] - mean) * inverse * weight[i] + bias[i];
}

/// Σ g and Σ g · x̂ with g = w · dy.
CONVOLAB_CLONES void gradientSums(const float* x, const float* dy, const float* weight, float mean, float inverse,
                                  std::int64_t count, float* sums) {
    float total = 0.0F;
    float dot = 0.0F;
#pragma omp simd reduction(+ : total, dot)
    for (std::int64_t i = 0; i < count; ++i) {
        const float g = weight[i] * dy[i];
        total += g;
        dot += g * (x[i] - mean) * inverse;
    }
    sums[0] = total;
    sums[1] = dot;
}

CONVOLAB_CLONES void inputGradient(const float* x, const float* dy, const float* weight, float mean, float inverse, float total,
                                   float dot, std::int64_t count, float* dx) {
    for (std::int64_t i = 0; i < count; ++i) {
        dx[i] = inverse * (weight[i] * dy[i] - total - (x[i] - mean) * inverse * dot);
    }
}

/// Adds one image's share.
CONVOLAB_CLONES void parameterGradients(const float* x, const float* dy, float mean, float inverse, std::int64_t count,
                                        float* weight, float* bias) {
    for (std::int64_t i = 0; i < count; ++i) {
        weight[i] += dy[i] * (x[i] - mean) * inverse;
        bias[i] += dy[i];
    }
}

/// Dense maps, since scale and shift belong to single values. The workspace keeps mean and 1 / √(variance + ε) of every
/// image.
class LayerNormOp final : public Op {
  public:
    explicit LayerNormOp(const OpRequest& request)
        : m_size(request.output.size()), m_epsilon(request.attributes.real("epsilon")) {
        inputBlocks = {1};
        implementation = "loops";
        workspaceFloats = static_cast<std::size_t>(2 * request.maximumBatch);
    }

    void forward(const StepContext& context) override {
        eachImage(context.n, [&](std::int64_t image) {
            const float* x = inputs[0] + image * m_size;
            const float mean = sumOf(x, m_size) / static_cast<float>(m_size);
            const float variance = deviationsOf(x, mean, m_size) / static_cast<float>(m_size);
            float* kept = workspace + 2 * image;
            kept[0] = mean;
            kept[1] = static_cast<float>(1.0 / std::sqrt(variance + m_epsilon));
            normalise(x, kept[0], kept[1], parameters[kWeight].value, parameters[kBias].value, m_size, output + image * m_size);
        });
    }

    void backward(const StepContext& context) override {
        if (parameters[kWeight].gradient != nullptr) {
            std::fill_n(parameters[kWeight].gradient, m_size, 0.0F);
            std::fill_n(parameters[kBias].gradient, m_size, 0.0F);
            parallelFor(m_size, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
                for (std::int64_t image = 0; image < context.n; ++image) {
                    const float* kept = workspace + 2 * image;
                    const std::int64_t at = image * m_size + begin;
                    parameterGradients(inputs[0] + at, outputGradient + at, kept[0], kept[1], end - begin,
                                       parameters[kWeight].gradient + begin, parameters[kBias].gradient + begin);
                }
            });
        }
        if (inputGradients[0] == nullptr) return;
        eachImage(context.n, [&](std::int64_t image) {
            const float* kept = workspace + 2 * image;
            const float* x = inputs[0] + image * m_size;
            const float* dy = outputGradient + image * m_size;
            float sums[2];
            gradientSums(x, dy, parameters[kWeight].value, kept[0], kept[1], m_size, sums);
            const float share = 1.0F / static_cast<float>(m_size);
            inputGradient(x, dy, parameters[kWeight].value, kept[0], kept[1], sums[0] * share, sums[1] * share, m_size,
                          inputGradients[0] + image * m_size);
        });
    }

  private:
    template <class Body>
    void eachImage(std::int64_t n, Body&& body) const {
        parallelFor(n, std::max<std::int64_t>(1, kElementGrain / m_size), [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t image = begin; image < end; ++image) body(image);
        });
    }

    std::int64_t m_size;
    double m_epsilon;
};

}  // namespace

std::unique_ptr<Op> makeLayerNormOp(const OpRequest& request) { return std::make_unique<LayerNormOp>(request); }

}  // namespace convolab
