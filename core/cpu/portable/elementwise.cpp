#include <cmath>

#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"
#include "core/cpu/portable/vector_math.h"

namespace convolab {

namespace {

enum class Function { LeakyRelu, Sigmoid, Tanh };

CONVOLAB_CLONES void leakyForward(const float* x, float slope, float* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] > 0.0F ? x[i] : slope * x[i];
}

CONVOLAB_CLONES void reluForward(const float* x, float* y, std::int64_t count) {
    // A NaN must stay a NaN, or a diverged training would look healthy.
    for (std::int64_t i = 0; i < count; ++i) y[i] = x[i] <= 0.0F ? 0.0F : x[i];
}

CONVOLAB_CLONES void sigmoidForward(const float* x, float* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = logisticSigmoid(x[i]);
}

CONVOLAB_CLONES void tanhForward(const float* x, float* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = hyperbolicTangent(x[i]);
}

CONVOLAB_CLONES void leakyBackward(const float* y, float slope, const float* dy, float* dx, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] = y[i] > 0.0F ? dy[i] : slope * dy[i];
}

CONVOLAB_CLONES void sigmoidBackward(const float* y, const float* dy, float* dx, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * y[i] * (1.0F - y[i]);
}

CONVOLAB_CLONES void tanhBackward(const float* y, const float* dy, float* dx, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) dx[i] = dy[i] * (1.0F - y[i] * y[i]);
}

CONVOLAB_CLONES void maskPart(const float* y, float slope, float* gradient, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) gradient[i] = y[i] > 0.0F ? gradient[i] : slope * gradient[i];
}

CONVOLAB_CLONES void maskClippedPart(const float* y, float slope, float top, float* gradient, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float inside = y[i] > 0.0F ? gradient[i] : slope * gradient[i];
        gradient[i] = y[i] >= top ? 0.0F : inside;
    }
}

CONVOLAB_CLONES void addPart(const float* a, const float* b, float* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) y[i] = a[i] + b[i];
}

CONVOLAB_CLONES void addActivatePart(const float* a, const float* b, float slope, float* y, std::int64_t count) {
    for (std::int64_t i = 0; i < count; ++i) {
        const float sum = a[i] + b[i];
        y[i] = sum > 0.0F ? sum : slope * sum;
    }
}

class ActivationOp final : public Op {
  public:
    ActivationOp(const OpRequest& request, Function function)
        : m_function(function), m_size(0), m_slope(0.0F) {
        if (request.kind->id == "leaky_relu") m_slope = static_cast<float>(request.attributes.real("slope"));
        const Shape& shape = request.inputs.front();
        int block = request.offeredBlocks.front();
        // These functions are not 0 at 0, and padding lanes must stay 0.
        if (function == Function::Sigmoid && !isImageLanes(block) && shape.channels() % block != 0) block = 1;
        inputBlocks = {block};
        outputBlock = block;
        implementation = "loops";
        // A slope below zero does not keep the sign: then the input decides.
        m_fromInput = function == Function::LeakyRelu && m_slope < 0.0F;
        backwardReadsInput = m_fromInput;
        backwardReadsOutput = !m_fromInput;
        m_size = static_cast<std::int64_t>(floatsPerImage(shape, block));
    }

    void forward(const StepContext& context) override {
        parallelFor(paddedImages(context.n, outputBlock) * m_size, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            const float* x = inputs[0] + begin;
            float* y = output + begin;
            switch (m_function) {
                case Function::LeakyRelu:
                    if (m_slope == 0.0F) reluForward(x, y, end - begin);
                    else leakyForward(x, m_slope, y, end - begin);
                    break;
                case Function::Sigmoid: sigmoidForward(x, y, end - begin); break;
                case Function::Tanh: tanhForward(x, y, end - begin); break;
            }
        });
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] == nullptr) return;
        const float* decisive = m_fromInput ? inputs[0] : output;
        parallelFor(paddedImages(context.n, outputBlock) * m_size, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            const float* dy = outputGradient + begin;
            float* dx = inputGradients[0] + begin;
            switch (m_function) {
                case Function::LeakyRelu: leakyBackward(decisive + begin, m_slope, dy, dx, end - begin); break;
                case Function::Sigmoid: sigmoidBackward(decisive + begin, dy, dx, end - begin); break;
                case Function::Tanh: tanhBackward(decisive + begin, dy, dx, end - begin); break;
            }
        });
    }

  private:
    Function m_function;
    std::int64_t m_size;
    float m_slope;
    bool m_fromInput = false;
};

class AddOp final : public Op {
  public:
    explicit AddOp(const OpRequest& request) : m_slope(request.activationSlope) {
        int block = 1;
        for (const int offered : request.offeredBlocks) block = std::max(block, offered);
        inputBlocks.assign(request.inputs.size(), block);
        outputBlock = block;
        implementation = m_slope ? "loops with activation" : "loops";
        backwardReadsInput = false;
        backwardReadsOutput = m_slope.has_value();
        overwritesOutputGradient = m_slope.has_value();
        passesGradient = true;
        m_size = static_cast<std::int64_t>(floatsPerImage(request.output, block));
    }

    void forward(const StepContext& context) override {
        parallelFor(context.n * m_size, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
            const float* sum = inputs[0];
            for (std::size_t k = 1; k < inputs.size(); ++k) {
                const bool last = k + 1 == inputs.size();
                if (last && m_slope) addActivatePart(sum + begin, inputs[k] + begin, *m_slope, output + begin, end - begin);
                else addPart(sum + begin, inputs[k] + begin, output + begin, end - begin);
                sum = output;
            }
        });
    }

    void backward(const StepContext& context) override {
        if (m_slope) maskGradient(output, *m_slope, outputGradient, context.n * m_size);
    }

  private:
    std::optional<float> m_slope;
    std::int64_t m_size = 0;
};

}  // namespace

void maskGradient(const float* output, float slope, float* gradient, std::int64_t count, float top) {
    parallelFor(count, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
        if (std::isfinite(top)) maskClippedPart(output + begin, slope, top, gradient + begin, end - begin);
        else maskPart(output + begin, slope, gradient + begin, end - begin);
    });
}

void sumInto(const std::vector<const float*>& sources, float* target, std::int64_t count) {
    parallelFor(count, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
        if (sources.size() == 1) {
            std::copy(sources[0] + begin, sources[0] + end, target + begin);
            return;
        }
        addPart(sources[0] + begin, sources[1] + begin, target + begin, end - begin);
        for (std::size_t k = 2; k < sources.size(); ++k) {
            addPart(target + begin, sources[k] + begin, target + begin, end - begin);
        }
    });
}

void copyFloats(const float* source, float* target, std::int64_t count) {
    parallelFor(count, kElementGrain, [&](std::int64_t begin, std::int64_t end) {
        std::copy(source + begin, source + end, target + begin);
    });
}

std::unique_ptr<Op> makeActivationOp(const OpRequest& request) {
    const std::string& id = request.kind->id;
    const Function function = id == "sigmoid" ? Function::Sigmoid : (id == "tanh" ? Function::Tanh : Function::LeakyRelu);
    return std::make_unique<ActivationOp>(request, function);
}

std::unique_ptr<Op> makeAddOp(const OpRequest& request) { return std::make_unique<AddOp>(request); }

}  // namespace convolab
