#include <string>

#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/cpu/portable/vector_math.h"

namespace convolab {

namespace {

/// What the attributes of an activation come to: alpha; beta and threshold.
struct Parameters {
    float first = 0.0F, second = 0.0F;
};

enum class Function { Relu6, Elu, Gelu, GeluTanh, Silu, HardSwish, HardSigmoid, Softplus, Step };

// `value` is the function, `slope` its derivative: at x, or at the output where the function says so in `kByOutput`,
// which frees the input for the memory plan.

struct Relu6 {
    static constexpr bool kByOutput = true;
    static CONVOLAB_INLINE float value(float x, Parameters) {
        const float low = x <= 0.0F ? 0.0F : x;
        return low >= 6.0F ? 6.0F : low;
    }
    static CONVOLAB_INLINE float slope(float y, Parameters) { return y > 0.0F && y < 6.0F ? 1.0F : 0.0F; }
};

struct Elu {
    static constexpr bool kByOutput = true;
    static CONVOLAB_INLINE float value(float x, Parameters p) { return x > 0.0F ? x : p.first * exponentialLessOne(x); }
    static CONVOLAB_INLINE float slope(float y, Parameters p) { return y > 0.0F ? 1.0F : y + p.first; }
};

struct Gelu {
    static constexpr bool kByOutput = false;
    static constexpr float kRootOfHalf = 0.707106781F, kDensity = 0.398942280F;  // √½ and 1 / √(2π)
    static CONVOLAB_INLINE float value(float x, Parameters) {
        float gaussian = 0.0F;
        return 0.5F * x * (1.0F + errorFunction(x * kRootOfHalf, gaussian));
    }
    static CONVOLAB_INLINE float slope(float x, Parameters) {
        float gaussian = 0.0F;
        const float share = 0.5F * (1.0F + errorFunction(x * kRootOfHalf, gaussian));
        return share + x * kDensity * gaussian;
    }
};

struct GeluTanh {
    static constexpr bool kByOutput = false;
    static constexpr float kRoot = 0.797884561F, kCubic = 0.044715F;  // √(2/π)
    static CONVOLAB_INLINE float value(float x, Parameters) {
        return 0.5F * x * (1.0F + hyperbolicTangent(kRoot * (x + kCubic * x * x * x)));
    }
    static CONVOLAB_INLINE float slope(float x, Parameters) {
        const float t = hyperbolicTangent(kRoot * (x + kCubic * x * x * x));
        return 0.5F * (1.0F + t) + 0.5F * x * (1.0F - t * t) * kRoot * (1.0F + 3.0F * kCubic * x * x);
    }
};

struct Silu {
    static constexpr bool kByOutput = false;
    static CONVOLAB_INLINE float value(float x, Parameters) { return x * logisticSigmoid(x); }
    static CONVOLAB_INLINE float slope(float x, Parameters) {
        const float s = logisticSigmoid(x);
        return s * (1.0F + x * (1.0F - s));
    }
};

struct HardSwish {
    static constexpr bool kByOutput = false;
    static CONVOLAB_INLINE float value(float x, Parameters) {
        const float middle = x * (x + 3.0F) * (1.0F / 6.0F);
        return x <= -3.0F ? 0.0F : (x >= 3.0F ? x : middle);
    }
    static CONVOLAB_INLINE float slope(float x, Parameters) {
        const float middle = x * (1.0F / 3.0F) + 0.5F;
        return x <= -3.0F ? 0.0F : (x >= 3.0F ? 1.0F : middle);
    }
};

struct HardSigmoid {
    static constexpr bool kByOutput = false;
    static CONVOLAB_INLINE float value(float x, Parameters) {
        const float middle = (x + 3.0F) * (1.0F / 6.0F);
        return x <= -3.0F ? 0.0F : (x >= 3.0F ? 1.0F : middle);
    }
    static CONVOLAB_INLINE float slope(float x, Parameters) { return x > -3.0F && x < 3.0F ? 1.0F / 6.0F : 0.0F; }
};

struct Softplus {
    static constexpr bool kByOutput = false;
    static CONVOLAB_INLINE float value(float x, Parameters p) {
        const float scaled = p.first * x;
        const float size = scaled < 0.0F ? -scaled : scaled;
        const float soft = ((scaled > 0.0F ? scaled : 0.0F) + logarithmOfOnePlus(exponential(-size))) / p.first;
        return scaled > p.second ? x : soft;
    }
    static CONVOLAB_INLINE float slope(float x, Parameters p) {
        const float scaled = p.first * x;
        const float soft = logisticSigmoid(scaled);
        return scaled > p.second ? 1.0F : soft;
    }
};

struct Step {
    static constexpr bool kByOutput = true;
    static CONVOLAB_INLINE float value(float x, Parameters) { return x > 0.0F ? 1.0F : (x <= 0.0F ? 0.0F : x); }
    static CONVOLAB_INLINE float slope(float, Parameters p) { return p.first; }  // 1: the perceptron's rule
};

template <class F>
CONVOLAB_INLINE void forwardPart(const float* x, Parameters p, float* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = F::value(x[i], p);
}

template <class F>
CONVOLAB_INLINE void backwardPart(const float* at, Parameters p, const float* dy, float* dx, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * F::slope(at[i], p);
}

CONVOLAB_CLONES void activateForward(Function f, const float* x, Parameters p, float* y, std::int64_t count) {
    switch (f) {
        case Function::Relu6: return forwardPart<Relu6>(x, p, y, count);
        case Function::Elu: return forwardPart<Elu>(x, p, y, count);
        case Function::Gelu: return forwardPart<Gelu>(x, p, y, count);
        case Function::GeluTanh: return forwardPart<GeluTanh>(x, p, y, count);
        case Function::Silu: return forwardPart<Silu>(x, p, y, count);
        case Function::HardSwish: return forwardPart<HardSwish>(x, p, y, count);
        case Function::HardSigmoid: return forwardPart<HardSigmoid>(x, p, y, count);
        case Function::Softplus: return forwardPart<Softplus>(x, p, y, count);
        case Function::Step: return forwardPart<Step>(x, p, y, count);
    }
}

CONVOLAB_CLONES void activateBackward(Function f, const float* at, Parameters p, const float* dy, float* dx,
                                      std::int64_t count) {
    switch (f) {
        case Function::Relu6: return backwardPart<Relu6>(at, p, dy, dx, count);
        case Function::Elu: return backwardPart<Elu>(at, p, dy, dx, count);
        case Function::Gelu: return backwardPart<Gelu>(at, p, dy, dx, count);
        case Function::GeluTanh: return backwardPart<GeluTanh>(at, p, dy, dx, count);
        case Function::Silu: return backwardPart<Silu>(at, p, dy, dx, count);
        case Function::HardSwish: return backwardPart<HardSwish>(at, p, dy, dx, count);
        case Function::HardSigmoid: return backwardPart<HardSigmoid>(at, p, dy, dx, count);
        case Function::Softplus: return backwardPart<Softplus>(at, p, dy, dx, count);
        case Function::Step: return backwardPart<Step>(at, p, dy, dx, count);
    }
}

struct Choice {
    Function function;
    bool byOutput = false;
    bool zeroAtZero = true;  ///< else blocks with spare lanes, which must stay 0, are left to dense maps
    Parameters parameters = {};
};

Choice choiceFor(const OpRequest& request) {
    const std::string& id = request.kind->id;
    const Attributes& values = request.attributes;
    const auto real = [&](const char* key) { return static_cast<float>(values.real(key)); };
    if (id == "relu6") return {Function::Relu6, Relu6::kByOutput};
    if (id == "elu") return {Function::Elu, Elu::kByOutput, true, {real("alpha"), 0.0F}};
    if (id == "gelu") return {values.text("approximate") == "tanh" ? Function::GeluTanh : Function::Gelu};
    if (id == "silu") return {Function::Silu};
    if (id == "hard_swish") return {Function::HardSwish};
    if (id == "hard_sigmoid") return {Function::HardSigmoid, false, false};
    if (id == "softplus") return {Function::Softplus, false, false, {real("beta"), real("threshold")}};
    const float passes = values.text("learning") == "perceptron" ? 1.0F : 0.0F;
    return {Function::Step, Step::kByOutput, true, {passes, 0.0F}};
}

class SmoothActivationOp final : public Op {
  public:
    explicit SmoothActivationOp(const OpRequest& request) : m_choice(choiceFor(request)) {
        const Shape& shape = request.inputs.front();
        int block = request.offeredBlocks.front();
        if (!m_choice.zeroAtZero && shape.channels() % block != 0) block = 1;
        inputBlocks = {block};
        outputBlock = block;
        implementation = "loops";
        backwardReadsInput = !m_choice.byOutput;
        backwardReadsOutput = m_choice.byOutput;
        m_size = static_cast<std::int64_t>(floatsPerImage(shape, block));
    }

    void forward(const StepContext& context) override {
        parallelFor(context.n * m_size, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            activateForward(m_choice.function, inputs[0] + begin, m_choice.parameters, output + begin, end - begin);
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        const float* at = m_choice.byOutput ? output : inputs[0];
        parallelFor(context.n * m_size, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            activateBackward(m_choice.function, at + begin, m_choice.parameters, outputGradient + begin,
                             inputGradients[0] + begin, end - begin);
        });
    }

  private:
    Choice m_choice;
    std::int64_t m_size = 0;
};

}  // namespace

std::unique_ptr<Op> makeSmoothActivationOp(const OpRequest& request) {
    return std::make_unique<SmoothActivationOp>(request);
}

}  // namespace convolab
