#include "core/compress/quantization/lowering.h"

#include <algorithm>
#include <cmath>

#include "core/layers/adaptive_window.h"
#include "core/layers/softmax_kinds.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

/// A vector as an image of one pixel.
Shape asImage(const Shape& shape) { return {shape.channels(), shape.height(), shape.width()}; }

int8::Requantization requantization(const AffineQuantizer& grid, std::vector<float> multiplier,
                                    std::optional<float> slope) {
    int8::Requantization to{.multiplier = std::move(multiplier), .slope = 1.0F, .zeroPoint = grid.zeroPoint,
                            .low = grid.lowest, .high = grid.highest};
    if (slope && *slope == 0.0F) to.low = grid.zeroPoint;
    else if (slope) to.slope = *slope;
    return to;
}

std::int32_t biasInteger(double bias, double scale) {
    const double steps = std::nearbyint(bias / scale);
    return static_cast<std::int32_t>(std::clamp(steps, -double{int8::kLargestBias}, double{int8::kLargestBias}));
}

/// What a batch norm behind a layer does to each of its outputs: y = factor · x + shift.
struct Affine {
    std::vector<double> factor, shift;
};

Affine affineOf(std::span<const float> scale, std::span<const float> bias, std::span<const float> mean,
                std::span<const float> variance, double epsilon) {
    Affine affine;
    for (std::size_t c = 0; c < scale.size(); ++c) {
        const double factor = scale[c] / std::sqrt(double{variance[c]} + epsilon);
        affine.factor.push_back(factor);
        affine.shift.push_back(bias[c] - factor * mean[c]);
    }
    return affine;
}

/// An activation kind on these values, by its own plain loops; `slope` is what it has trained for their channel.
std::vector<float> activated(const NetworkSpec& spec, NodeId node, std::vector<float> values, std::optional<float> slope = {}) {
    const LayerKind* kind = findLayerKind(spec.node(node)->kind);
    const Attributes attributes = attributesOf(spec, node);
    const Shape shape{1, static_cast<std::int64_t>(values.size())};
    std::vector<float> result(values.size());
    ReferenceContext<float> context{.attributes = attributes, .inputs = {{values.data(), shape}}, .parameters = {},
                                    .output = {result.data(), shape}, .outputGradient = {}, .inputGradients = {},
                                    .parameterGradients = {}};
    float trained = slope.value_or(0.0F);
    if (slope) context.parameters.push_back({&trained, Shape{1}});
    kind->forward(context);
    return result;
}

/// Each output value depends on one input value of the same channel.
bool hasTable(const std::string& kind) {
    return kind == "batch_norm" || findLayerKind(kind)->group == LayerGroup::Activation;
}

}  // namespace

Lowering::Lowering(const NetworkSpec& spec, const Analysis& analysis, const WeightSet& weights,
                   const CompressionPlan& plan, const ActivationRanges& ranges)
    : m_spec(spec), m_analysis(analysis), m_plan(plan), m_ranges(ranges) {
    m_network.spec = spec;
    m_network.weights = weights;
}

Result<IntegerNetwork> Lowering::run() {
    for (const FusedLayer& fused : inferenceLayers(m_spec, m_analysis)) CONVOLAB_RETURN_IF_ERROR(add(fused));
    if (m_network.integerMacs() == 0) {
        return Error{ErrorCode::InvalidArgument, "the plan quantises no layer", "",
                     "give at least one convolution or dense layer 8 bits or fewer"};
    }
    findLogits();
    return std::move(m_network);
}

Status Lowering::add(const FusedLayer& fused) {
    const Node& node = *m_spec.node(fused.node);
    Layer layer;
    layer.node = fused.node;
    layer.name = node.name;
    for (const auto& joined : {fused.batchNorm, fused.activation}) {
        if (joined) layer.joined.push_back(*joined);
    }
    layer.output = *m_analysis.find(fused.last())->output;
    for (const Edge* edge : m_spec.edgesInto(fused.node)) layer.inputs.push_back(m_stepOf.at(edge->from.node));
    layer.how = "integers";
    if (isSoftmax(node.kind)) {
        keepFloat(fused, layer, "a softmax needs exponentials of exact differences");
    } else if (node.kind == "conv2d" || node.kind == "dense") {
        CONVOLAB_RETURN_IF_ERROR(addWeighted(fused, layer));
    } else if (node.kind == "input") {
        const Attributes attributes = attributesOf(m_spec, fused.node);
        layer.operation = QuantizeInput{attributes.reals("mean"), attributes.reals("std")};
        CONVOLAB_RETURN_IF_ERROR(giveGrid(layer));
    } else if (node.kind == "dropout" || node.kind == "output") {
        layer.operation = PassOn{};
        layer.grid = input(layer).grid;
        layer.how = "nothing to compute";
    } else {
        CONVOLAB_RETURN_IF_ERROR(requireGrids(layer));
        if (node.kind.ends_with("max_pool") || node.kind == "flatten") layer.grid = input(layer).grid;
        else CONVOLAB_RETURN_IF_ERROR(giveGrid(layer));
        if (node.kind == "add") addSum(fused, layer);
        else if (node.kind == "concat") addConcat(layer);
        else if (node.kind == "flatten") addFlatten(layer);
        else if (node.kind.ends_with("_pool")) addPool(fused, layer);
        else if (layer.inputs.size() == 1 && !hasTable(node.kind)) keepFloat(fused, layer, "it has no form in integers");
        else CONVOLAB_RETURN_IF_ERROR(addTable(fused, layer));
    }
    m_network.layers.push_back(std::move(layer));
    m_stepOf[fused.last()] = static_cast<int>(m_network.layers.size()) - 1;
    return {};
}

std::string Lowering::reasonForFloat(const FusedLayer& fused) const {
    const LayerCompression& wanted = m_plan.of(fused.node);
    if (wanted.levels == WeightLevels::KMeans && wanted.bits < kFloatBits) return "its codebook is not evenly spaced";
    if (wanted.bits >= kFloatBits) return "the plan leaves it at 32 bits";
    const Shape& weight = m_network.weights.layout->find(fused.node, "weight")->spec.shape;
    const std::int64_t length = weight.size() / weight[0];
    if (length > int8::kLongestSum) return "a sum of " + withThousands(length) + " products may not fit 32 bits";
    return {};
}

Status Lowering::addWeighted(const FusedLayer& fused, Layer& layer) {
    CONVOLAB_RETURN_IF_ERROR(requireGrids(layer));
    const std::string why = reasonForFloat(fused);
    const bool atTheEnd = feedsOnlyTheEnd(fused.last()) && m_spec.node(fused.node)->kind == "dense";
    if (!atTheEnd) CONVOLAB_RETURN_IF_ERROR(giveGrid(layer));
    if (!why.empty()) {
        keepFloat(fused, layer, why);
        return {};
    }
    return makeConvolution(fused, layer);
}

Status Lowering::makeConvolution(const FusedLayer& fused, Layer& layer) {
    const ParameterEntry& entry = *m_network.weights.layout->find(fused.node, "weight");
    const std::span<const float> weights = m_network.weights.values(entry);
    const auto outputs = static_cast<std::size_t>(entry.spec.shape[0]);
    const Attributes attributes = attributesOf(m_spec, fused.node);
    layer.weightBits = m_plan.of(fused.node).bits;
    auto grids = weightGrids(weights, entry.spec.shape[0], layer.weightBits, m_plan.quantization);
    if (!grids.ok()) {
        Error error = grids.error();
        error.node = layer.name;
        return error;
    }
    Affine behind{std::vector<double>(outputs, 1.0), std::vector<double>(outputs, 0.0)};
    if (fused.batchNorm) {
        const NodeId norm = *fused.batchNorm;
        behind = affineOf(values(norm, "weight"), values(norm, "bias"), values(norm, "running_mean"),
                          values(norm, "running_var"), attributesOf(m_spec, norm).real("epsilon"));
    }
    int8::Convolution c;
    c.input = asImage(input(layer).output);
    c.output = asImage(layer.output);
    if (m_spec.node(fused.node)->kind == "conv2d") {
        c.window = Window::of(attributes);
        c.groups = attributes.integer("groups");
    }
    const AffineQuantizer& from = *input(layer).grid;
    c.inputZero = from.zeroPoint;
    c.weight.resize(weights.size());
    c.floatOutput = !layer.grid;
    const std::span<const float> bias = values(fused.node, "bias");
    const std::size_t each = weights.size() / outputs;
    const bool oneScale = grids->grids.size() == 1 && !fused.batchNorm;
    std::vector<float> multiplier;
    for (std::size_t o = 0; o < outputs; ++o) {
        // The batch norm goes into the scale, its sign into the integers; a factor of 0 leaves only its shift.
        const AffineQuantizer& grid = grids->of(static_cast<std::int64_t>(o));
        const double factor = behind.factor[o];
        const int sign = factor < 0.0 ? -1 : (factor > 0.0 ? 1 : 0);
        for (std::size_t i = o * each; i < (o + 1) * each; ++i) {
            c.weight[i] = static_cast<std::int8_t>(sign * grid.quantize(weights[i]));
        }
        const float scale = sign == 0 ? grid.scale : static_cast<float>(std::abs(factor) * grid.scale);
        layer.floatBias.push_back(static_cast<float>(factor * (bias.empty() ? 0.0 : bias[o]) + behind.shift[o]));
        c.bias.push_back(biasInteger(layer.floatBias.back(), double{from.scale} * scale));
        if (o == 0 || !oneScale) {
            layer.weightScale.push_back(scale);
            const double product = double{from.scale} * scale;
            multiplier.push_back(static_cast<float>(layer.grid ? product / layer.grid->scale : product));
        }
    }
    c.requantization = requantization(layer.grid.value_or(AffineQuantizer{}), std::move(multiplier), fused.activationSlope);
    if (c.floatOutput && fused.activationSlope) c.requantization.slope = *fused.activationSlope;
    layer.operation = std::move(c);
    layer.how = std::to_string(layer.weightBits) + "-bit weights, " +
                (m_plan.quantization.perChannel ? "a scale per output" : "one scale");
    return {};
}

Status Lowering::addTable(const FusedLayer& fused, Layer& layer) {
    const Node& node = *m_spec.node(fused.node);
    const AffineQuantizer& from = *input(layer).grid;
    const std::int64_t channels = layer.output.channels();
    int8::Table table{.shape = asImage(layer.output), .entries = {}};
    std::vector<float> reals;
    for (int q = 0; q < 256; ++q) reals.push_back(from.dequantize(q));
    std::vector<std::vector<float>> rows;
    if (node.kind == "batch_norm") {
        const Affine affine = affineOf(values(fused.node, "weight"), values(fused.node, "bias"), values(fused.node, "running_mean"),
                                       values(fused.node, "running_var"), attributesOf(m_spec, fused.node).real("epsilon"));
        for (std::size_t c = 0; c < static_cast<std::size_t>(channels); ++c) {
            rows.push_back(reals);
            for (float& value : rows.back()) value = static_cast<float>(affine.factor[c] * value + affine.shift[c]);
            if (fused.activation) rows.back() = activated(m_spec, *fused.activation, std::move(rows.back()));
        }
    } else if (findLayerKind(node.kind)->group == LayerGroup::Activation) {
        const std::span<const float> slopes = values(fused.node, "weight");
        for (const float slope : slopes) rows.push_back(activated(m_spec, fused.node, reals, slope));
        if (slopes.empty()) rows.push_back(activated(m_spec, fused.node, reals));
    } else {
        return Error{ErrorCode::Unsupported, "a layer of kind " + node.kind + " has no form in integers", node.name,
                     "quantise a network without it"};
    }
    for (const auto& row : rows) {
        for (const float value : row) table.entries.push_back(static_cast<std::uint8_t>(layer.grid->quantize(value)));
    }
    layer.operation = std::move(table);
    layer.how = rows.size() > 1 ? "a table per channel" : "a table";
    return {};
}

void Lowering::addPool(const FusedLayer& fused, Layer& layer) {
    const Node& node = *m_spec.node(fused.node);
    const Shape from = asImage(input(layer).output), to = asImage(layer.output);
    const Attributes attributes = attributesOf(m_spec, node.id);
    const bool adaptive = node.kind.starts_with("adaptive_");
    const auto regular = adaptive ? regularWindow(from, to) : std::nullopt;
    if (adaptive && !regular) {
        keepFloat(fused, layer, "its windows differ in size");
        return;
    }
    if (node.kind.ends_with("max_pool")) {
        layer.operation = int8::MaxPool{from, to, adaptive ? *regular : Window::of(attributes)};
        return;
    }
    int8::AveragePool pool{.input = from, .output = to, .window = {}, .countPadding = true,
                           .inputZero = input(layer).grid->zeroPoint,
                           .requantization = requantization(*layer.grid, {input(layer).grid->scale / layer.grid->scale}, {})};
    if (adaptive) {
        pool.window = *regular;
    } else if (node.kind == "avg_pool") {
        pool.window = Window::of(attributes);
        pool.countPadding = attributes.flag("count_include_pad");
    } else {
        pool.window.kernelHeight = pool.window.strideHeight = from.height();
        pool.window.kernelWidth = pool.window.strideWidth = from.width();
    }
    layer.operation = std::move(pool);
}

void Lowering::addSum(const FusedLayer& fused, Layer& layer) {
    int8::Add sum{.shape = asImage(layer.output), .inputMultiplier = {}, .inputZero = {},
                  .requantization = requantization(*layer.grid, {1.0F}, fused.activationSlope)};
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
        sum.inputMultiplier.push_back(input(layer, k).grid->scale / layer.grid->scale);
        sum.inputZero.push_back(input(layer, k).grid->zeroPoint);
    }
    layer.operation = std::move(sum);
}

void Lowering::addConcat(Layer& layer) {
    int8::Concat concat{.inputs = {}, .output = asImage(layer.output), .tables = {}};
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
        concat.inputs.push_back(asImage(input(layer, k).output));
        std::vector<std::uint8_t> table;
        const AffineQuantizer& from = *input(layer, k).grid;
        for (int q = 0; q < 256 && from != *layer.grid; ++q) {
            table.push_back(static_cast<std::uint8_t>(layer.grid->quantize(from.dequantize(q))));
        }
        concat.tables.push_back(std::move(table));
    }
    layer.operation = std::move(concat);
}

void Lowering::addFlatten(Layer& layer) {
    const Shape& from = input(layer).output;
    if (from.height() * from.width() == 1 || from.channels() == 1) {
        layer.operation = PassOn{};
        layer.how = "nothing to compute";
    } else {
        layer.operation = int8::Flatten{asImage(from)};
    }
}

void Lowering::keepFloat(const FusedLayer& fused, Layer& layer, std::string why) {
    FloatLayer chain{{fused.node}};
    for (const NodeId joined : layer.joined) chain.nodes.push_back(joined);
    layer.operation = std::move(chain);
    layer.how = "float32: " + std::move(why);
}

Status Lowering::giveGrid(Layer& layer) {
    const auto found = m_ranges.ranges.find(layer.last());
    if (found == m_ranges.ranges.end()) {
        return Error{ErrorCode::NotFound, "there is no calibrated range for its output", layer.name,
                     "calibrate the activations of this network again"};
    }
    layer.grid = activationQuantizer(found->second, m_plan.quantization.activationBits);
    return {};
}

Status Lowering::requireGrids(const Layer& layer) const {
    for (std::size_t k = 0; k < layer.inputs.size(); ++k) {
        if (input(layer, k).grid) continue;
        return Error{ErrorCode::Unsupported,
                     "it reads what " + input(layer, k).name + " gives, which has no form in integers", layer.name,
                     "use a softmax only at the end of the network"};
    }
    return {};
}

bool Lowering::feedsOnlyTheEnd(NodeId last) const {
    const auto edges = m_spec.edgesOutOf(last);
    return std::ranges::all_of(edges, [&](const Edge* edge) {
        const std::string& kind = m_spec.node(edge->to.node)->kind;
        return isSoftmax(kind) || kind == "output" || m_analysis.find(edge->to.node) == nullptr;
    });
}

const IntegerLayer& Lowering::input(const Layer& layer, std::size_t index) const {
    return m_network.layers[static_cast<std::size_t>(layer.inputs[index])];
}

std::span<const float> Lowering::values(NodeId node, const std::string& name) const {
    const ParameterEntry* entry = m_network.weights.layout->find(node, name);
    return entry == nullptr ? std::span<const float>{} : m_network.weights.values(*entry);
}

// Before a softmax that only the output sees; otherwise the output itself.
void Lowering::findLogits() {
    m_network.output = m_stepOf.at(m_analysis.output);
    m_network.logits = m_network.output;
    const auto& layers = m_network.layers;
    const IntegerLayer& output = layers[static_cast<std::size_t>(m_network.output)];
    if (output.inputs.empty()) return;
    const IntegerLayer& before = layers[static_cast<std::size_t>(output.inputs.front())];
    if (isSoftmax(m_spec.node(before.node)->kind) && m_spec.edgesOutOf(before.node).size() == 1) {
        m_network.logits = before.inputs.front();
    }
}

}  // namespace convolab
