#include "core/cpu/reference_op.h"

#include <algorithm>

namespace convolab {

namespace {

class ReferenceOp final : public Op {
  public:
    explicit ReferenceOp(const OpRequest& request) : m_request(request) {
        tier = Tier::Reference;
        implementation = "plain loops";
        inputBlocks.assign(request.inputs.size(), 1);
        backwardReadsOutput = true;
    }

    void forward(const StepContext& context) override {
        ReferenceContext<float> reference = makeContext(context);
        m_request.kind->forward(reference);
    }

    void backward(const StepContext& context) override {
        ReferenceContext<float> reference = makeContext(context);
        reference.outputGradient = {outputGradient, m_request.output.withBatch(context.n)};
        for (std::size_t k = 0; k < inputGradients.size(); ++k) {
            reference.inputGradients.push_back({inputGradients[k], m_request.inputs[k].withBatch(context.n)});
        }
        m_unused.resize(context.training ? 0 : parameters.size());
        for (std::size_t k = 0; k < parameters.size(); ++k) {
            float* gradient = parameters[k].gradient;
            if (!context.training) {  // the oracle always computes them
                m_unused[k].resize(static_cast<std::size_t>(parameters[k].shape.size()));
                gradient = m_unused[k].data();
            }
            if (gradient != nullptr) std::fill_n(gradient, parameters[k].shape.size(), 0.0F);
            reference.parameterGradients.push_back({gradient, parameters[k].shape});
        }
        m_request.kind->backward(reference);
    }

  private:
    ReferenceContext<float> makeContext(const StepContext& context) const {
        ReferenceContext<float> reference{.attributes = m_request.attributes, .inputs = {}, .parameters = {},
                                          .output = {output, m_request.output.withBatch(context.n)},
                                          .training = context.training, .seed = context.seed, .step = context.step,
                                          .nodeKey = static_cast<std::uint64_t>(m_request.node.value),
                                          .outputGradient = {}, .inputGradients = {}, .parameterGradients = {}};
        for (std::size_t k = 0; k < inputs.size(); ++k) {
            reference.inputs.push_back({inputs[k], m_request.inputs[k].withBatch(context.n)});
        }
        for (const OpParameter& parameter : parameters) reference.parameters.push_back({parameter.value, parameter.shape});
        return reference;
    }

    OpRequest m_request;
    std::vector<std::vector<float>> m_unused;  // gradients of constant weights
};

}  // namespace

std::unique_ptr<Op> makeReferenceOp(const OpRequest& request) { return std::make_unique<ReferenceOp>(request); }

}  // namespace convolab
