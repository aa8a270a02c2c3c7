#include "core/model/compiled_model.h"

#include <algorithm>
#include <limits>

#include "core/cpu/compute_team.h"
#include "core/cpu/team_limit.h"
#include "core/cpu/portable/loss.h"
#include "core/cpu/portable/ops.h"
#include "core/util/check.h"

namespace convolab {

int threadsWorth(const Analysis& analysis, const CompileOptions& options) {
    constexpr double kMacsForATeam = 2e6;  // some 100 µs of one thread; a second one takes up to 10 to wake, or 1,000 on a busy machine
    constexpr int kAll = std::numeric_limits<int>::max();
    const double passes = options.training || options.differentiable ? 3.0 : 1.0;
    return passes * static_cast<double>(analysis.total.macs) * static_cast<double>(options.maximumBatch) < kMacsForATeam ? 1 : kAll;
}

CompiledModel::CompiledModel(const NetworkSpec& spec, const Analysis& analysis, const CompileOptions& options,
                             OpPlan plan, std::shared_ptr<const ParameterLayout> layout)
    : m_spec(spec), m_options(options), m_layout(std::move(layout)), m_inputShape(*analysis.inputShape),
      m_outputShape(*analysis.find(lastLayer(analysis, options))->output), m_plan(std::move(plan)),
      m_mostThreads(threadsWorth(analysis, options)), m_parameters(m_layout->parameterCount), m_statistics(m_layout->statisticCount),
      m_gradients(options.training ? m_layout->parameterCount : 0), m_arena(m_plan.arenaFloats) {
    const TeamLimit limit(m_mostThreads);
    m_scratch.require(m_plan.scratchFloats);
    for (PlannedOp& planned : m_plan.ops) connect(planned);
    connectTapGradients();
    fillInitialWeights(spec, *m_layout, options.seed, m_parameters.span(), m_statistics.span());
    for (PlannedOp& planned : m_plan.ops) planned.op->bindWeights();
    for (PlannedOp& planned : m_plan.ops) planned.op->prepare(m_plan.images);
    m_prepared = m_plan.images;
    if (!gathers()) return;
    const auto room = [&](int op) {
        return AlignedBuffer(static_cast<std::size_t>(options.maximumBatch * m_plan.ops[static_cast<std::size_t>(op)].output.size()));
    };
    m_outputs = room(m_plan.output);
    m_logits = room(m_plan.logits);
}

float* CompiledModel::buffer(int index) {
    return index < 0 ? nullptr : m_arena.data() + m_plan.buffers[static_cast<std::size_t>(index)].offset;
}

void CompiledModel::connect(PlannedOp& planned) {
    Op& op = *planned.op;
    for (const int input : planned.inputs) {
        op.inputs.push_back(input < 0 ? nullptr : buffer(m_plan.ops[static_cast<std::size_t>(input)].value));
    }
    op.output = buffer(planned.value);
    op.outputGradient = buffer(planned.gradient);
    op.inputGradients.assign(op.inputs.size(), nullptr);
    for (std::size_t k = 0; k < planned.inputGradients.size(); ++k) {
        op.inputGradients[k] = buffer(planned.inputGradients[k]);
    }
    op.workspace = buffer(planned.workspace);
    op.scratch = &m_scratch;
    if (planned.layer.node) connectParameters(op, planned.layer);
    std::vector<const float*> sums;
    for (const int source : planned.gradientSources) sums.push_back(buffer(source));
    m_sums.push_back(std::move(sums));
}

void CompiledModel::connectParameters(Op& op, const FusedLayer& layer) {
    op.parameters = parametersOf(layer.node);
    if (layer.batchNorm) op.foldedParameters = parametersOf(*layer.batchNorm);
}

std::vector<OpParameter> CompiledModel::parametersOf(NodeId node) {
    std::vector<OpParameter> found;
    for (const ParameterEntry& entry : m_layout->entries) {
        if (entry.node != node) continue;
        OpParameter parameter;
        parameter.shape = entry.spec.shape;
        parameter.value = (entry.spec.trainable ? m_parameters : m_statistics).data() + entry.offset;
        if (entry.spec.trainable && m_options.training) parameter.gradient = m_gradients.data() + entry.offset;
        found.push_back(std::move(parameter));
    }
    return found;
}

std::vector<LayerPlan> CompiledModel::plan() const {
    std::vector<LayerPlan> rows;
    for (const PlannedOp& planned : m_plan.ops) {
        if (!planned.layer.node) continue;
        const std::string& name = m_spec.node(planned.layer.node)->name;
        rows.push_back({planned.layer.node, name, planned.op->tier, planned.op->implementation});
        for (const auto& joined : {planned.layer.batchNorm, planned.layer.activation}) {
            if (joined) rows.push_back({*joined, m_spec.node(*joined)->name, planned.op->tier, "fused into " + name});
        }
    }
    return rows;
}

Status CompiledModel::bind(const WeightSet& weights) {
    CONVOLAB_RETURN_IF_ERROR(requireLayout(weights, *m_layout));
    bind(weights.parameters, weights.statistics);
    return {};
}

void CompiledModel::bind(std::span<const float> parameters, std::span<const float> statistics) {
    CONVOLAB_CHECK(parameters.size() == m_parameters.size() && statistics.size() == m_statistics.size(),
                   "weights do not fill their layout");
    std::ranges::copy(parameters, m_parameters.data());
    std::ranges::copy(statistics, m_statistics.data());
    for (PlannedOp& planned : m_plan.ops) planned.op->bindWeights();
}

WeightSet CompiledModel::copyWeights(std::int64_t step) const {
    WeightSet weights;
    weights.layout = m_layout;
    weights.parameters.assign(m_parameters.span().begin(), m_parameters.span().end());
    weights.statistics.assign(m_statistics.span().begin(), m_statistics.span().end());
    weights.step = step;
    return weights;
}

LossResult CompiledModel::trainStep(View<const float> images, std::span<const int> labels, std::uint64_t step) {
    CONVOLAB_CHECK(m_options.training, "trainStep needs a model that was compiled for training");
    checkBatch(images);
    checkLabels(labels, images.shape[0]);
    const TeamLimit limit(m_mostThreads);
    const ComputeGuard guard;
    beginBatch(images);
    runForward(true, step);
    const LossResult result = lossOfBatch(labels);
    runBackward(true, step);
    return result;
}

LossResult CompiledModel::lossOfBatch(std::span<const int> labels) {
    return computeLoss(m_options.loss, m_lossValues, labels, m_lossGradient, m_targets, m_rows);
}

View<const float> CompiledModel::forward(View<const float> images) {
    checkBatch(images);
    const TeamLimit limit(m_mostThreads);
    const ComputeGuard guard;
    inPasses(images, [this](std::int64_t, std::int64_t) { runForward(false, 0); });
    return outputOfBatch();
}

View<const float> CompiledModel::outputOfBatch() const {
    return gathers() ? gathered(m_outputs, m_plan.output) : valueOf(m_plan.output);
}

View<const float> CompiledModel::logits() const { return gathers() ? gathered(m_logits, m_plan.logits) : valueOf(m_plan.logits); }

void CompiledModel::gather(std::int64_t first) {
    const auto keep = [&](int op, AlignedBuffer& values) {
        const View<const float> now = valueOf(op);
        std::copy_n(now.data, now.size(), values.data() + first * (now.size() / m_n));
    };
    keep(m_plan.output, m_outputs);
    keep(m_plan.logits, m_logits);
}

View<const float> CompiledModel::gathered(const AlignedBuffer& values, int op) const {
    return {values.data(), m_plan.ops[static_cast<std::size_t>(op)].output.withBatch(m_batch)};
}

LossResult CompiledModel::evaluate(View<const float> images, std::span<const int> labels) {
    checkBatch(images);
    checkLabels(labels, images.shape[0]);
    const TeamLimit limit(m_mostThreads);
    const ComputeGuard guard;
    LossResult sum;
    inPasses(images, [&](std::int64_t first, std::int64_t n) {
        runForward(false, 0);
        const LossResult pass = computeLoss(m_options.loss, m_lossValues, labels.subspan(static_cast<std::size_t>(first)), {}, {}, m_rows);
        sum.loss += pass.loss * (static_cast<double>(n) / static_cast<double>(images.shape[0]));
        sum.correct += pass.correct;
        sum.count += pass.count;
    });
    return sum;
}

View<const float> CompiledModel::tap(NodeId node) const {
    const auto found = m_plan.taps.find(node);
    CONVOLAB_CHECK(found != m_plan.taps.end(), "this layer's output is not kept: name it in CompileOptions::taps");
    return valueOf(found->second);
}

void CompiledModel::backward(View<const float> logitsGradient) {
    CONVOLAB_CHECK(m_options.differentiable, "backward needs a differentiable model");
    const View<const float> values = valueOf(m_plan.loss);
    CONVOLAB_CHECK(m_n > 0 && logitsGradient.shape == values.shape,
                   "the logits are " + values.shape.text() + ", their gradient is " + logitsGradient.shape.text());
    const TeamLimit limit(m_mostThreads);
    const ComputeGuard guard;
    std::copy_n(logitsGradient.data, logitsGradient.size(), buffer(m_plan.lossGradient));
    runBackward(false, 0);
}

void CompiledModel::connectTapGradients() {
    for (const auto& [node, tap] : m_plan.tapGradients) {
        const PlannedOp& planned = m_plan.ops[static_cast<std::size_t>(tap.op)];
        TapCopy copy{.reorder = nullptr, .from = planned.op->outputGradient, .to = buffer(tap.buffer),
                     .floats = planned.output.size()};
        if (planned.op->outputBlock != 1) {
            copy.reorder = makeReorderOp(planned.output, planned.op->outputBlock, 1);
            copy.reorder->inputs = {copy.from};
            copy.reorder->output = copy.to;
        }
        m_tapCopies.emplace(tap.op, std::move(copy));
    }
}

void CompiledModel::copyTapGradients(int op, const StepContext& context) {
    const auto [first, last] = m_tapCopies.equal_range(op);
    for (auto it = first; it != last; ++it) {
        TapCopy& copy = it->second;
        if (copy.reorder) copy.reorder->forward(context);
        else copyFloats(copy.from, copy.to, m_n * copy.floats);
    }
}

View<const float> CompiledModel::tapGradient(NodeId node) const {
    const auto found = m_plan.tapGradients.find(node);
    CONVOLAB_CHECK(found != m_plan.tapGradients.end(), "this layer's gradient is not kept: name it in CompileOptions::taps");
    const auto& place = m_plan.buffers[static_cast<std::size_t>(found->second.buffer)];
    const PlannedOp& planned = m_plan.ops[static_cast<std::size_t>(found->second.op)];
    return {m_arena.data() + place.offset, planned.output.withBatch(m_n)};
}

View<const float> CompiledModel::inputGradient() const {
    CONVOLAB_CHECK(m_plan.imageGradient >= 0, "the model was not compiled with the input gradient");
    const auto& place = m_plan.buffers[static_cast<std::size_t>(m_plan.imageGradient)];
    return {m_arena.data() + place.offset, m_inputShape.withBatch(m_n)};
}

View<const float> CompiledModel::valueOf(int op) const {
    const PlannedOp& planned = m_plan.ops[static_cast<std::size_t>(op)];
    return {planned.op->output, planned.output.withBatch(m_n)};
}

void CompiledModel::checkBatch(const View<const float>& images) const {
    const auto& given = images.shape.extents();
    const auto& wanted = m_inputShape.extents();
    CONVOLAB_CHECK(images.data != nullptr && given.size() == wanted.size() + 1 &&
                       std::equal(wanted.begin(), wanted.end(), given.begin() + 1),
                   "the network takes images of " + m_inputShape.text() + ", the batch is " + images.shape.text());
    CONVOLAB_CHECK(images.shape[0] >= 1 && images.shape[0] <= m_options.maximumBatch,
                   "a batch of " + std::to_string(images.shape[0]) + " images; the model takes 1 to " +
                       std::to_string(m_options.maximumBatch));
}

void CompiledModel::checkLabels(std::span<const int> labels, std::int64_t n) const {
    CONVOLAB_CHECK(m_outputShape.isVector(), "a loss needs an output that is a vector");
    CONVOLAB_CHECK(static_cast<std::int64_t>(labels.size()) >= n,
                   std::to_string(labels.size()) + " labels for " + std::to_string(n) + " images");
    const std::int64_t outputs = m_outputShape.size();
    const std::int64_t classes = m_rows.empty() ? outputs : static_cast<std::int64_t>(m_rows.size()) / outputs;
    for (const int label : labels.first(static_cast<std::size_t>(n))) {
        CONVOLAB_CHECK(label >= 0 && label < classes,
                       "label " + std::to_string(label) + " in a network with " + std::to_string(classes) + " classes");
    }
}

void CompiledModel::beginPass(const float* images, std::int64_t n) {
    if (m_n != n) {
        m_n = n;
        m_lossValues = valueOf(m_plan.loss);
        m_lossGradient = {buffer(m_plan.lossGradient), m_lossValues.shape};
    }
    if (m_n != m_prepared) {
        for (PlannedOp& planned : m_plan.ops) planned.op->prepare(m_n);
        m_prepared = m_n;
    }
    for (PlannedOp& planned : m_plan.ops) {
        if (planned.inputs.front() < 0) planned.op->inputs.front() = images;
    }
}

void CompiledModel::runForward(bool training, std::uint64_t step) {
    const StepContext context{m_n, training, training || m_options.differentiable, m_options.seed, step};
    for (PlannedOp& planned : m_plan.ops) {
        if (training && planned.skippedInTraining) continue;
        planned.op->forward(context);
    }
}

void CompiledModel::runBackward(bool training, std::uint64_t step) {
    const StepContext context{m_n, training, true, m_options.seed, step};
    for (std::size_t i = m_plan.ops.size(); i-- > 0;) runBackwardOf(i, context);
}

void CompiledModel::runBackwardOf(std::size_t op, const StepContext& context) {
    PlannedOp& planned = m_plan.ops[op];
    if (planned.gradient < 0) return;
    if (!m_sums[op].empty()) {
        const int block = planned.op->outputBlock;
        const auto size = static_cast<std::int64_t>(floatsPerImage(planned.output, block));
        sumInto(m_sums[op], planned.op->outputGradient, paddedImages(m_n, block) * size);
    }
    copyTapGradients(static_cast<int>(op), context);
    planned.op->backward(context);
}

}  // namespace convolab
