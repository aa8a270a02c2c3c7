#include "core/inspect/microscope.h"

#include <algorithm>
#include <cmath>

#include "core/inspect/elementwise.h"
#include "core/inspect/explanation_text.h"
#include "core/inspect/snapshot_reader.h"
#include "core/inspect/window_arithmetic.h"
#include "core/layers/adaptive_window.h"
#include "core/layers/softmax_kinds.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

using Kind = ValueExplanation::Kind;

/// The convolution that makes one output map, on the snapshot's numbers.
Result<MapConvolution> mapConvolution(const SnapshotReader& reader, const Node& node, std::int64_t channel,
                                      bool flipped) {
    const Attributes attributes = reader.attributes(node);
    CONVOLAB_ASSIGN(const View<const float> input, reader.input(node));
    CONVOLAB_ASSIGN(const View<const float> weights, reader.parameter(node, "weight"));
    const Window window = Window::of(attributes);
    const std::int64_t groups = attributes.integer("groups");
    const Shape expected{attributes.integer("filters"), input.shape.channels() / groups, window.kernelHeight,
                         window.kernelWidth};
    if (weights.shape != expected) return reader.stale(node);
    std::optional<double> bias;
    if (attributes.flag("bias")) {
        CONVOLAB_ASSIGN(const View<const float> values, reader.parameter(node, "bias"));
        if (values.size() != expected[0]) return reader.stale(node);
        bias = values[channel];
    }
    const std::int64_t depth = expected[1];
    return MapConvolution{input,
                          weights.data + channel * depth * window.taps(),
                          channel / (expected[0] / groups) * depth,
                          depth,
                          window,
                          bias,
                          flipped};
}

/// The window of one value of an adaptive pooling, placed by its padding.
Window adaptiveWindowAt(const Shape& from, const Shape& to, const ValueRef& value) {
    const AdaptiveAxis rows{from.height(), to.height()}, columns{from.width(), to.width()};
    Window window;
    window.kernelHeight = rows.end(value.row) - rows.begin(value.row);
    window.kernelWidth = columns.end(value.column) - columns.begin(value.column);
    window.padTop = value.row - rows.begin(value.row);
    window.padLeft = value.column - columns.begin(value.column);
    return window;
}

Result<MapPooling> mapPooling(const SnapshotReader& reader, const Node& node, const ValueRef& value) {
    CONVOLAB_ASSIGN(const View<const float> input, reader.input(node));
    const Attributes attributes = reader.attributes(node);
    const std::int64_t channel = value.channel;
    if (node.kind.starts_with("adaptive_")) {
        CONVOLAB_ASSIGN(const View<const float> output, reader.output(node.id));
        const Window window = adaptiveWindowAt(input.shape, output.shape, value);
        return MapPooling{input, channel, window, node.kind == "adaptive_max_pool", false};
    }
    if (node.kind == "global_avg_pool") {
        Window window;
        window.kernelHeight = input.shape.height();
        window.kernelWidth = input.shape.width();
        return MapPooling{input, channel, window, false, true};
    }
    const bool countPadding = attributes.has("count_include_pad") && attributes.flag("count_include_pad");
    return MapPooling{input, channel, Window::of(attributes), node.kind == "max_pool", countPadding};
}

Result<ValueExplanation> explainDense(const SnapshotReader& reader, const Node& node, const ValueRef& value) {
    CONVOLAB_ASSIGN(const View<const float> input, reader.input(node));
    CONVOLAB_ASSIGN(const View<const float> weights, reader.parameter(node, "weight"));
    if (weights.shape.rank() != 2 || weights.shape[1] != input.size() || value.channel >= weights.shape[0]) {
        return reader.stale(node);
    }
    ValueExplanation explanation;
    explanation.kind = Kind::Dense;
    const float* row = weights.data + value.channel * input.size();
    for (std::int64_t i = 0; i < input.size(); ++i) {
        explanation.dense.push_back({i, input[i], row[i], static_cast<double>(input[i]) * row[i]});
        explanation.sum += explanation.dense.back().product;
    }
    std::vector<double> terms{explanation.sum};
    if (reader.attributes(node).flag("bias")) {
        CONVOLAB_ASSIGN(const View<const float> bias, reader.parameter(node, "bias"));
        if (value.channel >= bias.size()) return reader.stale(node);
        terms.push_back(bias[value.channel]);
        explanation.bias = terms.back();
    }
    explanation.result = explanation.sum + explanation.bias.value_or(0.0);
    explanation.sentence = sumText(terms) + " = " + termText(explanation.result);
    return explanation;
}

Result<ValueExplanation> explainBatchNorm(const SnapshotReader& reader, const Node& node,
                                          const ValueRef& value) {
    CONVOLAB_ASSIGN(const double x, reader.inputValue(node, value));
    double numbers[4] = {};
    std::size_t next = 0;
    for (const char* name : {"weight", "bias", "running_mean", "running_var"}) {
        CONVOLAB_ASSIGN(const View<const float> values, reader.parameter(node, name));
        if (value.channel >= values.size()) return reader.stale(node);
        numbers[next++] = values[value.channel];
    }
    const auto [scale, shift, mean, variance] = numbers;
    const double epsilon = reader.attributes(node).real("epsilon");
    const double normalised = (x - mean) / std::sqrt(variance + epsilon);
    ValueExplanation explanation;
    explanation.kind = Kind::BatchNorm;
    explanation.steps = {{"input", x},
                         {"mean", mean},
                         {"variance", variance},
                         {"epsilon", epsilon},
                         {"normalised", normalised},
                         {"scale", scale},
                         {"shift", shift}};
    explanation.sum = scale * normalised;
    explanation.bias = shift;
    explanation.result = explanation.sum + shift;
    explanation.sentence = termText(scale) + " \u00B7 (" + sumText({x, -mean}) + ") / \u221A(" +
                           sumText({variance, epsilon}) + (shift < 0.0 ? ") \u2212 " : ") + ") +
                           termText(std::abs(shift)) + " = " + termText(explanation.result);
    return explanation;
}

/// Softmax, or its logarithm.
Result<ValueExplanation> explainSoftmax(const SnapshotReader& reader, const Node& node,
                                        const ValueRef& value) {
    CONVOLAB_ASSIGN(const View<const float> scores, reader.input(node));
    const double largest = *std::max_element(scores.data, scores.data + scores.size());
    ValueExplanation explanation;
    explanation.kind = Kind::Softmax;
    for (std::int64_t k = 0; k < scores.size(); ++k) {
        explanation.dense.push_back({k, scores[k], 1.0F, std::exp(scores[k] - largest)});
        explanation.sum += explanation.dense.back().product;
    }
    const double own = explanation.dense[static_cast<std::size_t>(value.channel)].product;
    explanation.steps = {{"score", scores[value.channel]},
                         {"largest score", largest},
                         {"e^(score \u2212 largest)", own},
                         {"sum over all classes", explanation.sum}};
    if (node.kind == "log_softmax") {
        explanation.result = scores[value.channel] - largest - std::log(explanation.sum);
        explanation.sentence = sumText({scores[value.channel], -largest}) + " \u2212 ln \u03A3 = " +
                               sumText({scores[value.channel] - largest, -std::log(explanation.sum)}) + " = " +
                               termText(explanation.result);
        return explanation;
    }
    explanation.result = own / explanation.sum;
    explanation.sentence = "e^(" + sumText({scores[value.channel], -largest}) +
                           ") / \u03A3 = " + termText(own) + " / " + termText(explanation.sum) + " = " +
                           termText(explanation.result);
    return explanation;
}

Result<ValueExplanation> explainActivation(const SnapshotReader& reader, const Node& node,
                                           const ValueRef& value) {
    CONVOLAB_ASSIGN(const double x, reader.inputValue(node, value));
    ValueExplanation explanation;
    explanation.kind = Kind::Activation;
    explanation.steps = {{"input", x}};
    explanation.sum = x;
    CONVOLAB_ASSIGN(explanation.result,
                    elementwiseValue(reader.spec, *reader.snapshot.weights, node, value.channel, x));
    explanation.sentence =
        findLayerKind(node.kind)->baseName + "(" + termText(x) + ") = " + termText(explanation.result);
    return explanation;
}

/// Values times values; a gate has one per map.
Result<ValueExplanation> explainProduct(const SnapshotReader& reader, const Node& node, const ValueRef& value) {
    ValueExplanation explanation;
    explanation.result = 1.0;
    CONVOLAB_ASSIGN(explanation.sources, reader.sources(node, value));
    for (const ValueRef& source : explanation.sources) {
        CONVOLAB_ASSIGN(const double factor, reader.value(source));
        explanation.steps.emplace_back(reader.spec.node(source.node)->name, factor);
        explanation.result *= factor;
        explanation.sentence += (explanation.sentence.empty() ? "" : " \u00B7 ") + termText(factor);
    }
    explanation.sum = explanation.result;
    explanation.sentence += " = " + termText(explanation.result);
    return explanation;
}

/// Normalisations over many values of the same image: only what goes in and what comes out.
Result<ValueExplanation> explainNormalisation(const SnapshotReader& reader, const Node& node, const ValueRef& value) {
    ValueExplanation explanation;
    CONVOLAB_ASSIGN(explanation.sum, reader.inputValue(node, value));
    CONVOLAB_ASSIGN(explanation.result, reader.value(value));
    explanation.steps = {{"input", explanation.sum}};
    explanation.sentence = termText(explanation.sum) + " becomes " + termText(explanation.result) +
                           "; the steps of " + node.name + " run over many values and are not taken apart here";
    return explanation;
}

/// Layers that add values up or only pass them on.
Result<ValueExplanation> explainOther(const SnapshotReader& reader, const Node& node, const ValueRef& value) {
    ValueExplanation explanation;
    std::vector<double> terms;
    CONVOLAB_ASSIGN(explanation.sources, reader.sources(node, value));
    for (const ValueRef& source : explanation.sources) {
        CONVOLAB_ASSIGN(const double term, reader.value(source));
        explanation.steps.emplace_back(reader.spec.node(source.node)->name, term);
        explanation.sum += term;
        terms.push_back(term);
    }
    if (terms.empty()) {
        CONVOLAB_ASSIGN(explanation.result, reader.value(value));
        explanation.sentence = termText(explanation.result);
        return explanation;
    }
    explanation.result = explanation.sum;
    explanation.sentence = terms.size() == 1 ? termText(terms.front()) + ", from " +
                                                   reader.placeText(explanation.sources.front())
                                             : sumText(terms) + " = " + termText(explanation.result);
    return explanation;
}

Result<ValueExplanation> explainLayer(const SnapshotReader& reader, const Node& node, const ValueRef& value,
                                      bool flipped) {
    const LayerKind& kind = *findLayerKind(node.kind);
    if (kind.group == LayerGroup::Input) {
        return Error{ErrorCode::Unsupported, "the input is given, not computed", node.name,
                     "choose a layer behind it"};
    }
    if (node.kind == "conv2d") {
        CONVOLAB_ASSIGN(const MapConvolution map, mapConvolution(reader, node, value.channel, flipped));
        return map.explain(value.row, value.column);
    }
    if (kind.group == LayerGroup::Pooling && node.kind != "subsampling") {
        CONVOLAB_ASSIGN(const MapPooling map, mapPooling(reader, node, value));
        return map.explain(value.row, value.column);
    }
    if (node.kind == "dense") return explainDense(reader, node, value);
    if (node.kind == "batch_norm") return explainBatchNorm(reader, node, value);
    if (isSoftmax(node.kind)) return explainSoftmax(reader, node, value);
    if (kind.group == LayerGroup::Activation) return explainActivation(reader, node, value);
    if (node.kind == "multiply") return explainProduct(reader, node, value);
    if (kind.group == LayerGroup::Normalisation && node.kind != "dropout") return explainNormalisation(reader, node, value);
    return explainOther(reader, node, value);
}

}  // namespace

Result<ValueExplanation> explainValue(const NetworkSpec& spec, const ActivationSnapshot& snapshot,
                                      const ValueRef& value, bool flipped) {
    CONVOLAB_CHECK(snapshot.weights != nullptr, "a snapshot has the weights that made it");
    const SnapshotReader reader{spec, snapshot};
    CONVOLAB_ASSIGN(const Node* node, reader.checked(value));
    CONVOLAB_ASSIGN(ValueExplanation explanation, explainLayer(reader, *node, value, flipped));
    explanation.value = value;
    double current = explanation.result;
    for (const NodeId behind : elementwiseBehind(spec, value.node)) {
        const Node& layer = *spec.node(behind);
        CONVOLAB_ASSIGN(current, elementwiseValue(spec, *snapshot.weights, layer, value.channel, current));
        explanation.docked.emplace_back(layer.name, current);
        explanation.sentence += "; behind " + layer.name + ": " + termText(current);
    }
    return explanation;
}

Result<Tensor> partialMaps(const NetworkSpec& spec, const ActivationSnapshot& snapshot, NodeId convolution,
                           std::int64_t channel, bool flipped) {
    const SnapshotReader reader{spec, snapshot};
    CONVOLAB_ASSIGN(const Node* node, reader.checked({convolution, channel, 0, 0}));
    if (node->kind != "conv2d") {
        return Error{ErrorCode::Unsupported, "only convolutions are sums of partial maps", node->name,
                     "choose a convolution"};
    }
    CONVOLAB_ASSIGN(const MapConvolution map, mapConvolution(reader, *node, channel, flipped));
    const Shape& output = snapshot.outputs.at(convolution).shape();
    Tensor result(Shape{map.depth, output.height(), output.width()});
    float* next = result.data();
    for (std::int64_t c = 0; c < map.depth; ++c) {
        for (std::int64_t row = 0; row < output.height(); ++row) {
            for (std::int64_t column = 0; column < output.width(); ++column) {
                *next++ = static_cast<float>(map.partialSum(c, row, column));
            }
        }
    }
    return result;
}

}  // namespace convolab
