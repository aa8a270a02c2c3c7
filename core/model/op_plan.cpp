#include "core/model/op_plan.h"

#include <algorithm>

#include "core/cpu/lanes/ops.h"
#include "core/layers/softmax_kinds.h"
#include "core/model/lane_choice.h"
#include "core/util/check.h"

namespace convolab {

namespace {

constexpr int kForever = 1 << 30;

class Planner {
  public:
    Planner(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options)
        : m_spec(spec), m_analysis(analysis), m_options(options) {}

    OpPlan make() {
        m_plan.images = m_options.maximumBatch;
        const std::vector<FusedLayer> layers = fuseLayers(m_spec, m_analysis, m_options);
        if (prefersImageLanes(m_spec, m_analysis, m_options, layers)) m_imageLanes = imageLanes();
        for (const FusedLayer& layer : layers) addLayer(layer);
        m_plan.output = reordered(m_opOf.at(lastLayer(m_analysis, m_options)), 1);
        m_plan.logits = m_options.end ? m_plan.output : logitsOp();
        const bool atLogits = m_options.differentiable || m_options.loss == LossKind::CrossEntropy;
        m_plan.loss = atLogits ? m_plan.logits : m_plan.output;
        for (const NodeId tap : m_options.taps) m_plan.taps[tap] = reordered(m_opOf.at(tap), 1);
        markSkipped();
        placeValues();
        if (hasBackward()) placeGradients();
        m_plan.arenaFloats = planArena(m_plan.buffers);
        return std::move(m_plan);
    }

  private:
    // Time runs 0 … T − 1 forward, T for the loss, then backward with a slot before each op for sums of gradients.
    int count() const { return static_cast<int>(m_plan.ops.size()); }
    int lossTime() const { return count(); }
    int backwardTime(int op) const { return count() + 2 * (count() - op); }

    bool hasBackward() const { return m_options.training || m_options.differentiable; }

    bool wantsImageGradient() const { return m_options.inputGradient || m_options.differentiable; }

    /// How long a backward pass needs what the forward pass has left: a differentiable model may run several after one.
    int lastBackwardTime(int op) const { return m_options.differentiable ? kForever : backwardTime(op); }

    PlannedOp& at(int op) { return m_plan.ops[static_cast<std::size_t>(op)]; }

    OpRequest requestFor(const FusedLayer& layer, const std::vector<int>& producers) {
        const NodeAnalysis* shapes = m_analysis.find(layer.node);
        OpRequest request;
        request.kind = findLayerKind(m_spec.node(layer.node)->kind);
        request.attributes = attributesOf(m_spec, layer.node);
        request.node = layer.node;
        request.output = *shapes->output;
        request.maximumBatch = m_options.maximumBatch;
        request.training = m_options.training;
        request.backward = hasBackward();
        request.fastest = m_options.fastestTier;
        request.imageLanes = m_imageLanes;
        request.activationSlope = layer.activationSlope;
        request.activationTop = layer.activationTop;
        request.activationMaskedByConsumer = layer.activationMaskedByConsumer;
        request.producerSlope = layer.producerSlope;
        if (layer.batchNorm) request.foldedEpsilon = attributesOf(m_spec, *layer.batchNorm).real("epsilon");
        for (const int producer : producers) {
            request.inputs.push_back(at(producer).output);
            request.offeredBlocks.push_back(at(producer).op->outputBlock);
            request.wantInputGradient.push_back(at(producer).wantsGradient);
        }
        if (producers.empty()) {  // the input node reads the images
            request.inputs = {request.output};
            request.offeredBlocks = {1};
            request.wantInputGradient = {wantsImageGradient()};
        }
        return request;
    }

    void addLayer(const FusedLayer& layer) {
        std::vector<int> producers;
        for (const Edge* edge : m_spec.edgesInto(layer.node)) producers.push_back(m_opOf.at(edge->from.node));
        const OpRequest request = requestFor(layer, producers);
        PlannedOp planned;
        planned.op = makeOp(request);
        planned.layer = layer;
        planned.output = request.output;
        planned.inputShapes = request.inputs;
        const auto parameters = request.kind->parameters(request.attributes, request.inputs);
        const auto trained = [&](const auto& p) { return p.trainable && m_options.training; };
        planned.wantsGradient = hasBackward() &&
            (std::any_of(parameters.begin(), parameters.end(), trained) ||
             std::find(request.wantInputGradient.begin(), request.wantInputGradient.end(), true) !=
                 request.wantInputGradient.end());
        for (std::size_t k = 0; k < producers.size(); ++k) {
            planned.inputs.push_back(reordered(producers[k], planned.op->inputBlocks[k]));
        }
        if (producers.empty()) planned.inputs = {-1};
        m_plan.ops.push_back(std::move(planned));
        m_opOf[layer.last()] = count() - 1;
        const auto rounded = m_options.rounded.find(layer.last());
        if (rounded != m_options.rounded.end()) addRounding(layer.last(), rounded->second);
    }

    void addRounding(NodeId node, const RoundedActivation& grid) {
        const int from = m_opOf.at(node);
        PlannedOp planned;
        planned.output = at(from).output;
        planned.inputShapes = {planned.output};
        planned.wantsGradient = at(from).wantsGradient;
        planned.op = makeRoundingOp(planned.output, at(from).op->outputBlock, grid);
        planned.inputs = {from};
        m_plan.ops.push_back(std::move(planned));
        m_opOf[node] = count() - 1;
    }

    /// The op whose output is that of `op` in another layout; made at first use.
    int reordered(int op, int block) {
        const int from = at(op).op->outputBlock;
        if (from == block) return op;
        const auto key = std::pair(op, block);
        if (const auto found = m_reorders.find(key); found != m_reorders.end()) return found->second;
        const int dense = from == 1 || block == 1 ? op : reordered(op, 1);
        PlannedOp planned;
        planned.output = at(op).output;
        planned.inputShapes = {planned.output};
        planned.wantsGradient = at(op).wantsGradient;
        planned.op = makeReorderOp(planned.output, at(dense).op->outputBlock, block);
        planned.inputs = {dense};
        m_plan.ops.push_back(std::move(planned));
        return m_reorders[key] = count() - 1;
    }

    /// Before a softmax that only the output node sees; otherwise the output itself.
    int logitsOp() {
        const PlannedOp& output = at(m_plan.output);
        if (output.inputs.front() < 0) return m_plan.output;
        const PlannedOp& last = at(output.inputs.front());
        if (!last.layer.node || !isSoftmax(m_spec.node(last.layer.node)->kind)) return m_plan.output;
        if (m_spec.edgesOutOf(last.layer.node).size() != 1) return m_plan.output;
        return last.inputs.front();
    }

    void markSkipped() {
        if (m_plan.loss == m_plan.output) return;
        at(m_plan.output).skippedInTraining = true;
        at(at(m_plan.output).inputs.front()).skippedInTraining = true;
    }

    int addBuffer(std::size_t floats, int first, int last) {
        m_plan.buffers.push_back({floats, first, last});
        return static_cast<int>(m_plan.buffers.size()) - 1;
    }
    void extend(int buffer, int time) {
        int& last = m_plan.buffers[static_cast<std::size_t>(buffer)].last;
        last = std::max(last, time);
    }
    std::size_t batchFloats(const Shape& shape, int block) const {
        return floatsPerImage(shape, block) * static_cast<std::size_t>(paddedImages(m_options.maximumBatch, block));
    }

    void placeValues() {
        for (int i = 0; i < count(); ++i) {
            PlannedOp& planned = at(i);
            Op& op = *planned.op;
            const bool backward = hasBackward() && !planned.skippedInTraining;
            for (const int input : planned.inputs) {
                if (input < 0) continue;
                extend(at(input).value, i);
                if (backward && op.backwardReadsInput) extend(at(input).value, lastBackwardTime(i));
            }
            // The input node may be asked to alias the images in no case: they live elsewhere.
            planned.value = op.aliasesInput && planned.inputs.front() >= 0
                                ? at(planned.inputs.front()).value
                                : addBuffer(batchFloats(planned.output, op.outputBlock), i, i);
            if (backward && op.backwardReadsOutput) extend(planned.value, lastBackwardTime(i));
            if (op.workspaceFloats > 0) {
                planned.workspace = addBuffer(op.workspaceFloats, i, hasBackward() ? lastBackwardTime(i) : i);
            }
            m_plan.scratchFloats = std::max(m_plan.scratchFloats, op.scratchFloats);
        }
        extend(at(m_plan.output).value, kForever);
        extend(at(m_plan.logits).value, kForever);
        for (const auto& [node, op] : m_plan.taps) extend(at(op).value, kForever);
    }

    void placeGradients() {
        std::vector<std::vector<int>> arriving(m_plan.ops.size());  // buffers, latest consumer first
        std::vector<bool> shared(m_plan.buffers.size());
        m_plan.lossGradient = addBuffer(batchFloats(at(m_plan.loss).output, 1), lossTime(), lossTime());
        arriving[static_cast<std::size_t>(m_plan.loss)].push_back(m_plan.lossGradient);
        // Tap gradients stay 0 where nothing arrives, so their places are never shared.
        for (const NodeId tap : m_options.differentiable ? m_options.taps : std::vector<NodeId>{}) {
            const int op = m_opOf.at(tap);
            m_plan.tapGradients[tap] = {op, addBuffer(batchFloats(at(op).output, 1), 0, kForever)};
        }
        for (int i = count() - 1; i >= 0; --i) {
            PlannedOp& planned = at(i);
            std::vector<int>& sources = arriving[static_cast<std::size_t>(i)];
            planned.inputGradients.assign(planned.inputs.size(), -1);
            if (sources.empty() || !planned.wantsGradient) continue;
            shared.resize(m_plan.buffers.size());
            const bool mustCopy = planned.op->overwritesOutputGradient && shared[static_cast<std::size_t>(sources[0])];
            if (sources.size() == 1 && !mustCopy) {
                planned.gradient = sources[0];
            } else {
                planned.gradientSources = sources;
                planned.gradient =
                    addBuffer(batchFloats(planned.output, planned.op->outputBlock), backwardTime(i) - 1, backwardTime(i));
            }
            for (const int source : sources) extend(source, backwardTime(i));
            placeInputGradients(i, arriving, shared);
        }
    }

    void placeInputGradients(int index, std::vector<std::vector<int>>& arriving, std::vector<bool>& shared) {
        PlannedOp& planned = at(index);
        int passed = 0;
        for (std::size_t k = 0; k < planned.inputs.size(); ++k) {
            const int input = planned.inputs[k];
            const bool wanted = input < 0 ? wantsImageGradient() : at(input).wantsGradient;
            if (!wanted) continue;
            int& buffer = planned.inputGradients[k];
            if (planned.op->passesGradient && input >= 0) {
                buffer = planned.gradient;
                ++passed;
            } else {
                buffer = addBuffer(batchFloats(planned.inputShapes[k], planned.op->inputBlocks[k]), backwardTime(index),
                                   input < 0 ? kForever : backwardTime(index));
            }
            if (input < 0) m_plan.imageGradient = buffer;
            else arriving[static_cast<std::size_t>(input)].push_back(buffer);
        }
        shared.resize(m_plan.buffers.size());
        if (passed > 1) shared[static_cast<std::size_t>(planned.gradient)] = true;
    }

    const NetworkSpec& m_spec;
    const Analysis& m_analysis;
    const CompileOptions& m_options;
    OpPlan m_plan;
    int m_imageLanes = 0;
    std::map<NodeId, int> m_opOf;
    std::map<std::pair<int, int>, int> m_reorders;
};

}  // namespace

OpPlan makeOpPlan(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options) {
    return Planner(spec, analysis, options).make();
}

}  // namespace convolab
