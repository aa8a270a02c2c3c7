#include "core/backend/gpu_description.h"

#include <algorithm>
#include <functional>
#include <map>
#include <string>

#include "core/backend/gpu_mix.h"
#include "core/layers/connection_table.h"
#include "core/layers/rbf_prototypes.h"
#include "core/layers/softmax_kinds.h"
#include "core/model/fusion.h"

namespace convolab {

namespace {

/// What one kind's description is made from.
struct Layer {
    const LayerKind& kind;
    const Attributes& attributes;
    std::span<const Shape> inputs;
    const Shape& output;

    float real(const char* key) const { return static_cast<float>(attributes.real(key)); }
};

using Describe = std::function<void(const Layer&, GpuOp&)>;

void setWindow(const Layer& layer, GpuOp& made) { made.op.window = gpuWindow(Window::of(layer.attributes)); }

void describeInput(const Layer& layer, GpuOp& made) {
    for (const char* key : {"mean", "std"}) {
        const std::vector<double>& values = layer.attributes.reals(key);
        for (std::int64_t c = 0; c < layer.output.channels(); ++c) {
            made.constants.push_back(static_cast<float>(values.size() == 1 ? values[0] : values[static_cast<std::size_t>(c)]));
        }
    }
}

void describeConvolution(const Layer& layer, GpuOp& made) {
    setWindow(layer, made);
    made.op.groups = layer.attributes.integer("groups");
}

void describeTableConvolution(const Layer& layer, GpuOp& made) {
    setWindow(layer, made);
    const ConnectionTable table(layer.attributes);
    const std::int64_t channels = layer.inputs[0].channels();
    made.table.assign(static_cast<std::size_t>(table.filters() * channels), -1);
    for (std::int64_t filter = 0; filter < table.filters(); ++filter) {
        std::int64_t kernel = table.firstOf(filter);
        for (const std::int64_t channel : table.inputsOf(filter)) {
            made.table[static_cast<std::size_t>(filter * channels + channel)] = static_cast<std::int32_t>(kernel++);
        }
    }
}

void describeAveragePool(const Layer& layer, GpuOp& made) {
    setWindow(layer, made);
    made.op.countPadding = layer.attributes.flag("count_include_pad") ? 1 : 0;
}

void describeSubsampling(const Layer& layer, GpuOp& made) {
    setWindow(layer, made);
    made.op.countPadding = 1;
}

void describeRbf(const Layer& layer, GpuOp& made) {
    made.constants = rbfPrototypes(layer.output.size(), layer.inputs[0].size());
}

void describeBatchNorm(const Layer& layer, GpuOp& made) {
    made.op.values[0] = layer.real("epsilon");
    made.op.values[1] = layer.real("momentum");
}

Describe setNorm(const std::function<std::int64_t(const Layer&)>& sets) {
    return [sets](const Layer& layer, GpuOp& made) {
        made.op.groups = sets(layer);
        made.op.values[0] = layer.real("epsilon");
    };
}

void describeLrn(const Layer& layer, GpuOp& made) {
    made.op.groups = layer.attributes.integer("size");
    made.op.values[0] = layer.real("alpha") / static_cast<float>(made.op.groups);
    made.op.values[1] = layer.real("k");
    made.op.values[2] = layer.real("beta");
}

void describeDropout(const Layer& layer, GpuOp& made) { made.op.rate = layer.attributes.real("rate"); }

void describeMix(const Layer& layer, GpuOp& made) { fillMix(layer.kind, layer.attributes, layer.inputs[0], layer.output, made); }

void nothing(const Layer&, GpuOp&) {}

Describe activation(ConvolabGpuFunction function, std::vector<const char*> keys = {}) {
    return [function, keys](const Layer& layer, GpuOp& made) {
        made.op.function = function;
        for (std::size_t k = 0; k < keys.size(); ++k) made.op.values[k] = layer.real(keys[k]);
    };
}

void describeGelu(const Layer& layer, GpuOp& made) {
    made.op.function = layer.attributes.text("approximate") == "tanh" ? kGpuGeluByTanh : kGpuGelu;
}

void describeStep(const Layer& layer, GpuOp& made) {
    made.op.function = kGpuStep;
    made.op.values[0] = layer.attributes.text("learning") == "perceptron" ? 1.0F : 0.0F;
}

struct Row {
    ConvolabGpuKind kind;
    Describe describe;
};

/// One row per kind that the module has kernels for.
const std::map<std::string, Row>& rows() {
    static const std::map<std::string, Row> table{
        {"input", {kGpuInput, describeInput}},
        {"output", {kGpuAlias, nothing}},
        {"flatten", {kGpuAlias, nothing}},
        {"reshape", {kGpuAlias, nothing}},
        {"conv2d", {kGpuConvolution, describeConvolution}},
        {"conv_transpose2d", {kGpuTransposedConvolution, describeConvolution}},
        {"conv2d_table", {kGpuTableConvolution, describeTableConvolution}},
        {"max_pool", {kGpuMaxPool, setWindow}},
        {"avg_pool", {kGpuAveragePool, describeAveragePool}},
        {"global_avg_pool", {kGpuAveragePool, nothing}},
        {"adaptive_avg_pool", {kGpuAveragePool, nothing}},
        {"adaptive_max_pool", {kGpuMaxPool, nothing}},
        {"subsampling", {kGpuSubsampling, describeSubsampling}},
        {"dense", {kGpuDense, nothing}},
        {"rbf_output", {kGpuRbf, describeRbf}},
        {"relu", {kGpuActivation, activation(kGpuRelu)}},
        {"leaky_relu", {kGpuActivation, activation(kGpuLeakyRelu, {"slope"})}},
        {"prelu", {kGpuPrelu, nothing}},
        {"relu6", {kGpuActivation, activation(kGpuRelu6)}},
        {"elu", {kGpuActivation, activation(kGpuElu, {"alpha"})}},
        {"gelu", {kGpuActivation, describeGelu}},
        {"silu", {kGpuActivation, activation(kGpuSilu)}},
        {"softplus", {kGpuActivation, activation(kGpuSoftplus, {"beta", "threshold"})}},
        {"sigmoid", {kGpuActivation, activation(kGpuSigmoid)}},
        {"hard_sigmoid", {kGpuActivation, activation(kGpuHardSigmoid)}},
        {"hard_swish", {kGpuActivation, activation(kGpuHardSwish)}},
        {"tanh", {kGpuActivation, activation(kGpuTanh)}},
        {"step", {kGpuActivation, describeStep}},
        {"softmax", {kGpuSoftmax, nothing}},
        {"log_softmax", {kGpuLogSoftmax, nothing}},
        {"batch_norm", {kGpuBatchNorm, describeBatchNorm}},
        {"layer_norm", {kGpuSetNorm, setNorm([](const Layer&) { return std::int64_t{1}; })}},
        {"group_norm", {kGpuSetNorm, setNorm([](const Layer& layer) { return layer.attributes.integer("groups"); })}},
        {"instance_norm", {kGpuSetNorm, setNorm([](const Layer& layer) { return layer.inputs[0].channels(); })}},
        {"lrn", {kGpuLrn, describeLrn}},
        {"dropout", {kGpuDropout, describeDropout}},
        {"permute", {kGpuMix, describeMix}},
        {"slice", {kGpuMix, describeMix}},
        {"channel_shuffle", {kGpuMix, describeMix}},
        {"pad", {kGpuMix, describeMix}},
        {"crop", {kGpuMix, describeMix}},
        {"resize", {kGpuMix, describeMix}},
        {"add", {kGpuAdd, nothing}},
        {"multiply", {kGpuMultiply, nothing}},
        {"concat", {kGpuConcat, nothing}},
    };
    return table;
}

/// Trained ones take the first two places, running statistics the last two.
void setParameters(const std::vector<ParameterSpec>& specs, GpuOp& made) {
    std::size_t trained = 0, running = 2;
    for (const ParameterSpec& spec : specs) made.op.parameterSizes[spec.trainable ? trained++ : running++] = spec.shape.size();
}

void placeParameters(NodeId node, const ParameterLayout& layout, GpuOp& made) {
    std::size_t trained = 0, running = 2;
    for (const ParameterEntry& entry : layout.entries) {
        if (entry.node == node) made.op.parameters[entry.spec.trainable ? trained++ : running++] = static_cast<std::int64_t>(entry.offset);
    }
}

GpuOp roundingOp(const GpuOp& before, const RoundedActivation& grid) {
    GpuOp made;
    made.op.kind = kGpuRound;
    made.op.node = before.op.node;
    made.op.output = before.op.output;
    made.op.grid = {.scale = grid.scale, .slope = 1.0F, .zero = static_cast<std::int32_t>(grid.zeroPoint),
                    .low = static_cast<std::int32_t>(grid.lowest), .high = static_cast<std::int32_t>(grid.highest)};
    made.inputShapes = {before.op.output};
    return made;
}

}  // namespace

GpuOp::GpuOp() { std::ranges::fill(op.parameters, std::int64_t{-1}); }

void GpuOp::connect() {
    op.inputCount = static_cast<std::int32_t>(inputs.size());
    op.inputs = inputs.data();
    op.inputShapes = inputShapes.data();
    op.tableCount = static_cast<std::int64_t>(table.size());
    op.table = table.data();
    op.constantCount = static_cast<std::int64_t>(constants.size());
    op.constants = constants.data();
    op.byteCount = static_cast<std::int64_t>(bytes.size());
    op.bytes = bytes.data();
}

Result<GpuOp> describeGpuOp(const LayerKind& kind, const Attributes& attributes, std::span<const Shape> inputs, const Shape& output) {
    const auto found = rows().find(kind.id);
    if (found == rows().end()) {
        return Error{ErrorCode::Unsupported, kind.title + " has no form on a GPU", {}, "train on the CPU"};
    }
    GpuOp made;
    made.op.kind = found->second.kind;
    made.op.output = gpuShape(output);
    made.op.groups = 1;
    for (const Shape& input : inputs) made.inputShapes.push_back(gpuShape(input));
    setParameters(kind.parameters(attributes, inputs), made);
    found->second.describe({kind, attributes, inputs, output}, made);
    made.connect();
    return made;
}

Result<GpuOp> describeGpuNode(const NetworkSpec& spec, NodeId node, std::span<const Shape> inputs, const Shape& output, const ParameterLayout& layout) {
    auto made = describeGpuOp(*findLayerKind(spec.node(node)->kind), attributesOf(spec, node), inputs, output);
    if (!made.ok()) {
        Error error = made.error();
        error.node = spec.node(node)->name;
        return error;
    }
    made->op.node = static_cast<std::uint64_t>(node.value);
    placeParameters(node, layout, *made);
    return made;
}

ConvolabGpuShape gpuShape(const Shape& shape) { return {shape.channels(), shape.height(), shape.width()}; }

ConvolabGpuWindow gpuWindow(const Window& w) {
    return {w.kernelHeight, w.kernelWidth, w.strideHeight, w.strideWidth, w.padTop, w.padLeft, w.dilationHeight, w.dilationWidth};
}

std::int32_t GpuNetwork::add(GpuOp op, std::vector<std::int32_t> inputs) {
    op.inputs = std::move(inputs);
    ops.push_back(std::move(op));
    return static_cast<std::int32_t>(ops.size()) - 1;
}

void GpuNetwork::finish(std::int32_t output, std::int32_t loss, const ParameterLayout& layout) {
    plain.clear();
    for (GpuOp& op : ops) {
        op.connect();
        plain.push_back(op.op);
    }
    const ConvolabGpuShape& scores = plain[static_cast<std::size_t>(loss)].output;
    network = {.opCount = static_cast<std::int32_t>(plain.size()),
               .ops = plain.data(),
               .outputOp = output,
               .lossOp = loss,
               .parameterCount = static_cast<std::int64_t>(layout.parameterCount),
               .statisticCount = static_cast<std::int64_t>(layout.statisticCount),
               .classes = scores.channels * scores.height * scores.width};
}

Result<GpuNetwork> describeGpuNetwork(const NetworkSpec& spec, const Analysis& analysis, const ParameterLayout& layout, const CompileOptions& options) {
    GpuNetwork made;
    std::map<NodeId, std::int32_t> opOf;
    CompileOptions plain = options;
    plain.fastestTier = Tier::Reference;  // joins nothing: one layer after the other
    for (const FusedLayer& layer : fuseLayers(spec, analysis, plain)) {
        const NodeId id = layer.node;
        std::vector<Shape> shapes;
        std::vector<std::int32_t> inputs;
        for (const Edge* edge : spec.edgesInto(id)) {
            inputs.push_back(opOf.at(edge->from.node));
            shapes.push_back(*analysis.find(edge->from.node)->output);
        }
        const Shape& output = *analysis.find(id)->output;
        if (inputs.empty()) {
            inputs = {-1};
            shapes = {output};
        }
        CONVOLAB_ASSIGN(GpuOp op, describeGpuNode(spec, id, shapes, output, layout));
        opOf[id] = made.add(std::move(op), std::move(inputs));
        if (const auto grid = options.rounded.find(id); grid != options.rounded.end()) opOf[id] = made.add(roundingOp(made.ops.back(), grid->second), {opOf[id]});
    }
    const std::int32_t output = opOf.at(lastLayer(analysis, options));
    std::int32_t loss = output;
    if (!options.end && (options.differentiable || options.loss == LossKind::CrossEntropy)) {
        // A softmax that only the output node sees is part of the cross-entropy.
        const NodeId last = spec.edgesInto(analysis.output).front()->from.node;
        if (isSoftmax(spec.node(last)->kind) && spec.edgesOutOf(last).size() == 1) loss = opOf.at(spec.edgesInto(last).front()->from.node);
    }
    made.finish(output, loss, layout);
    return made;
}

}  // namespace convolab
