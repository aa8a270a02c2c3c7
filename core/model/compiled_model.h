#pragma once

#include <algorithm>

#include "core/model/model.h"
#include "core/model/op_plan.h"
#include "core/model/operation_times.h"
#include "core/model/output_targets.h"

namespace convolab {

/// Threads that steps of this size are worth: one where they are over before a second has woken up. The plan and its primitives
/// must be made for as many.
int threadsWorth(const Analysis& analysis, const CompileOptions& options);

/// A plan with its memory: Model on the processor.
class CompiledModel final : public Model, public TakesOutputTargets {
  public:
    /// Allocates, prepares all ops for the largest batch and loads fresh weights (options.seed).
    CompiledModel(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options, OpPlan plan,
                  std::shared_ptr<const ParameterLayout> layout);

    const std::shared_ptr<const ParameterLayout>& layout() const override { return m_layout; }
    const Shape& inputShape() const override { return m_inputShape; }
    const Shape& outputShape() const override { return m_outputShape; }
    const CompileOptions& options() const override { return m_options; }
    std::vector<LayerPlan> plan() const override;
    std::size_t arenaBytes() const override { return m_arena.size() * sizeof(float); }

    std::span<float> parameters() override { return m_parameters.span(); }
    std::span<float> statistics() override { return m_statistics.span(); }
    std::span<float> gradients() override { return m_gradients.span(); }
    Status bind(const WeightSet& weights) override;
    void bind(std::span<const float> parameters, std::span<const float> statistics) override;
    WeightSet copyWeights(std::int64_t step) const override;

    void setLossTargets(LossTargets targets) override { m_targets = std::move(targets); }
    void setOutputTargets(std::vector<float> rows) override { m_rows = std::move(rows); }
    LossResult trainStep(View<const float> images, std::span<const int> labels, std::uint64_t step) override;
    View<const float> forward(View<const float> images) override;
    View<const float> logits() const override;
    LossResult evaluate(View<const float> images, std::span<const int> labels) override;
    std::vector<Operation> operations() const;
    View<const float> timedForward(View<const float> images, std::span<double> seconds);
    void timedTrainStep(View<const float> images, std::span<const int> labels, std::uint64_t step, StepSeconds& seconds);
    View<const float> tap(NodeId node) const override;
    void backward(View<const float> logitsGradient) override;
    View<const float> inputGradient() const override;
    View<const float> tapGradient(NodeId node) const override;

  private:
    void connect(PlannedOp& planned);
    void connectParameters(Op& op, const FusedLayer& layer);
    std::vector<OpParameter> parametersOf(NodeId node);
    float* buffer(int index);
    View<const float> valueOf(int op) const;

    void checkBatch(const View<const float>& images) const;
    void checkLabels(std::span<const int> labels, std::int64_t n) const;
    void beginBatch(const View<const float>& images) { beginPass(images.data, images.shape[0]); }
    void beginPass(const float* images, std::int64_t n);
    /// Evaluation of up to maximumBatch images, `m_plan.images` at a time; `each(first, n)` after each pass.
    template <class Each>
    void inPasses(const View<const float>& images, Each&& each) {
        const std::int64_t all = images.shape[0];
        for (std::int64_t first = 0; first < all; first += m_plan.images) {
            const std::int64_t n = std::min(m_plan.images, all - first);
            beginPass(images.data + first * m_inputShape.size(), n);
            each(first, n);
            if (gathers()) gather(first);
        }
        m_batch = all;
    }
    bool gathers() const { return m_plan.images < m_options.maximumBatch; }
    void gather(std::int64_t first);  ///< what the latest pass says
    View<const float> outputOfBatch() const;
    View<const float> gathered(const AlignedBuffer& values, int op) const;
    void runForward(bool training, std::uint64_t step);
    LossResult lossOfBatch(std::span<const int> labels);  ///< of a training step; leaves the gradient where backward reads it
    void runBackward(bool training, std::uint64_t step);
    void runBackwardOf(std::size_t op, const StepContext& context);

    NetworkSpec m_spec;
    CompileOptions m_options;
    std::shared_ptr<const ParameterLayout> m_layout;
    Shape m_inputShape;
    Shape m_outputShape;
    OpPlan m_plan;
    int m_mostThreads;  ///< of the compute team that this model is worth
    AlignedBuffer m_parameters, m_statistics, m_gradients, m_arena;
    Scratch m_scratch;
    struct TapCopy {
        std::unique_ptr<Op> reorder;    ///< null: the gradient is dense already
        const float* from = nullptr;    ///< null: nothing arrives
        float* to = nullptr;
        std::int64_t floats = 0;        ///< per image
    };
    void connectTapGradients();
    void copyTapGradients(int op, const StepContext& context);

    std::multimap<int, TapCopy> m_tapCopies;  ///< per op: before its backward pass, which may overwrite the gradient
    std::vector<std::vector<const float*>> m_sums;  ///< per op: gradients to add up before its backward pass
    View<const float> m_lossValues;  ///< of the latest batch; made anew only if the number of images changes
    View<float> m_lossGradient;
    LossTargets m_targets;
    std::vector<float> m_rows;    ///< labels × outputs; empty: one class per output
    AlignedBuffer m_outputs, m_logits;  ///< of all passes; empty if one takes the whole batch
    std::int64_t m_batch = 0;     ///< images of the latest batch, evaluated in passes
    std::int64_t m_n = 0;         ///< of its latest pass
    std::int64_t m_prepared = 0;  ///< what the ops are prepared for
};

}  // namespace convolab
