#include "core/layers/dropout_mask.h"

#include "core/cpu/portable/ops.h"
#include "core/cpu/portable/parallel.h"

namespace convolab {

namespace {

/// Dense values, so that element numbers are those of the reference.
class DropoutOp final : public Op {
  public:
    explicit DropoutOp(const OpRequest& request)
        : m_rate(request.attributes.real("rate")), m_size(request.output.size()),
          m_nodeKey(static_cast<std::uint64_t>(request.node.value)) {
        inputBlocks = {1};
        implementation = "loops";
        backwardReadsInput = false;
    }

    void forward(const StepContext& context) override {
        if (context.training) multiply(context, inputs[0], output);
        else copyFloats(inputs[0], output, context.n * m_size);
    }

    void backward(const StepContext& context) override {
        if (inputGradients[0] != nullptr) multiply(context, outputGradient, inputGradients[0]);
    }

  private:
    void multiply(const StepContext& context, const float* from, float* to) const {
        const DropoutMask mask(context.seed, context.step, m_nodeKey, m_rate);
        const auto scale = static_cast<float>(1.0 / (1.0 - m_rate));
        const std::int64_t count = context.n * m_size;
        parallelFor((count + 3) / 4, kElementGrain / 16, [&](std::int64_t begin, std::int64_t end) {
            for (std::int64_t block = begin; block < end; ++block) {
                const auto keeps = mask.keepsBlock(static_cast<std::uint64_t>(block));
                const std::int64_t last = std::min<std::int64_t>(4, count - 4 * block);
                for (std::int64_t i = 0; i < last; ++i) {
                    to[4 * block + i] = keeps[static_cast<std::size_t>(i)] ? from[4 * block + i] * scale : 0.0F;
                }
            }
        });
    }

    double m_rate;
    std::int64_t m_size;
    std::uint64_t m_nodeKey;
};

}  // namespace

std::unique_ptr<Op> makeDropoutOp(const OpRequest& request) { return std::make_unique<DropoutOp>(request); }

}  // namespace convolab
