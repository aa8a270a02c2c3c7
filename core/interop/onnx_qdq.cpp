#include "core/interop/onnx_qdq.h"

#include <array>
#include <map>

#include "core/interop/onnx_builder.h"
#include "core/interop/onnx_builder_impl.h"
#include "core/interop/onnx_file.h"
#include "core/util/check.h"

namespace convolab {

namespace {

/// What a step leaves behind: a uint8 tensor with its scale and zero point, or a float one.
struct Value {
    std::string tensor;
    std::string scale, zeroPoint;  ///< initialisers; empty: float
    bool isFloat() const { return scale.empty(); }
};

class QdqWriter {
  public:
    QdqWriter(const IntegerNetwork& network, const Analysis& analysis) : m_network(network), m_analysis(analysis) {}

    Status write() {
        const Node& input = *spec().node(m_analysis.input);
        m_inputName = m_builder.uniqueName(input.name);
        m_probabilitiesName = m_builder.uniqueName("probabilities");
        m_logitsName = m_builder.uniqueName("logits");
        m_outputName = m_builder.uniqueName(spec().node(m_analysis.output)->name);
        describeTensor(*graph().add_input(), m_inputName, *m_analysis.inputShape);
        graph().mutable_input(0)->set_doc_string(inputContract(*m_analysis.inputShape));
        for (const IntegerLayer& layer : m_network.layers) {
            const int before = graph().node_size();
            CONVOLAB_RETURN_IF_ERROR(writeLayer(layer));
            for (int i = before; i < graph().node_size(); ++i) graph().mutable_node(i)->set_doc_string(layer.how);
        }
        writeOutputs();
        return {};
    }

    onnx::ModelProto& model() { return m_builder.impl().model; }

  private:
    const NetworkSpec& spec() const { return m_network.spec; }
    onnx::GraphProto& graph() { return m_builder.impl().graph(); }
    const Value& inputValue(const IntegerLayer& layer, std::size_t k = 0) const {
        return m_values[static_cast<std::size_t>(layer.inputs[k])];
    }
    const IntegerLayer& inputLayer(const IntegerLayer& layer, std::size_t k = 0) const {
        return m_network.layers[static_cast<std::size_t>(layer.inputs[k])];
    }

    Status writeLayer(const IntegerLayer& layer) {
        const std::string& kind = spec().node(layer.node)->kind;
        if (kind == "dropout" || kind == "output") {
            m_values.push_back(inputValue(layer));
            return {};
        }
        std::string result;
        std::vector<NodeId> behind = layer.joined;
        if (const auto* convolution = std::get_if<int8::Convolution>(&layer.operation)) {
            result = writeConvolution(layer, *convolution);
            // The batch norm is part of the scales.
            std::erase_if(behind, [&](NodeId node) { return spec().node(node)->kind == "batch_norm"; });
        } else if (kind == "global_avg_pool") {
            return writeGlobalAverage(layer);
        } else {
            std::vector<std::string> inputs;
            for (std::size_t k = 0; k < layer.inputs.size(); ++k) inputs.push_back(readable(layer, k));
            if (inputs.empty()) inputs = {m_inputName};
            CONVOLAB_ASSIGN(result, writeKind(layer.node, inputs));
        }
        for (const NodeId node : behind) {
            CONVOLAB_ASSIGN(result, writeKind(node, {result}));
        }
        m_values.push_back(layer.grid ? quantized(layer, result) : Value{result, {}, {}});
        return {};
    }

    /// A layer by what its kind writes. Returns the tensor that carries its output.
    Result<std::string> writeKind(NodeId id, const std::vector<std::string>& inputs) {
        const Node& node = *spec().node(id);
        const LayerKind& kind = *findLayerKind(node.kind);
        CONVOLAB_ASSIGN(const Attributes attributes, completeAttributes(kind.attributes, node.attributes));
        const NodeAnalysis& found = *m_analysis.find(id);
        OnnxNodeContext context{node, attributes, inputs, m_builder.uniqueName(node.name), {}, *found.output, {}};
        for (const auto& shape : found.inputs) context.inputShapes.push_back(*shape);
        for (const ParameterSpec& parameter : kind.parameters(attributes, context.inputShapes)) {
            context.parameters.push_back(m_network.weights.values(*m_network.weights.layout->find(id, parameter.name)));
        }
        CONVOLAB_RETURN_IF_ERROR(kind.exportOnnx(m_builder, context));
        return m_builder.impl().resolved(context.output);
    }

    std::string writeConvolution(const IntegerLayer& layer, const int8::Convolution& c) {
        const Node& node = *spec().node(layer.node);
        const Attributes attributes = attributesOf(spec(), layer.node);
        const std::int64_t outputs = c.output.channels();
        const bool isConv = node.kind == "conv2d";
        const Shape shape = isConv ? Shape{outputs, c.depth(), c.window.kernelHeight, c.window.kernelWidth}
                                   : Shape{outputs, c.input.channels()};
        const std::string weights = m_builder.addInitializer(node.name + ".weight", shape, std::span<const std::int8_t>(c.weight));
        const bool perOutput = layer.weightScale.size() > 1;
        const Shape grids = perOutput ? Shape{outputs} : Shape{};
        const std::string scale = m_builder.addInitializer(node.name + ".weight.scale", grids, std::span<const float>(layer.weightScale));
        const std::vector<std::int8_t> zeros(layer.weightScale.size(), 0);
        const std::string zero = m_builder.addInitializer(node.name + ".weight.zero_point", grids, std::span<const std::int8_t>(zeros));
        const std::string realWeights = dequantize(node.name + ".weight", {weights, scale, zero}, perOutput);

        std::vector<float> biasScale;
        for (const float each : layer.weightScale) biasScale.push_back(inputLayer(layer).grid->scale * each);
        const std::string bias = m_builder.addInitializer(node.name + ".bias", Shape{outputs}, std::span<const std::int32_t>(c.bias));
        const std::string scaleOfBias = m_builder.addInitializer(node.name + ".bias.scale", grids, std::span<const float>(biasScale));
        const std::vector<std::int32_t> noPoint(biasScale.size(), 0);
        const std::string zeroOfBias = m_builder.addInitializer(node.name + ".bias.zero_point", grids, std::span<const std::int32_t>(noPoint));
        const std::string realBias = dequantize(node.name + ".bias", {bias, scaleOfBias, zeroOfBias}, perOutput);

        const std::string output = m_builder.uniqueName(node.name);
        const std::vector<std::string> inputs{readable(layer, 0), realWeights, realBias};
        if (isConv) {
            m_builder.addNode("Conv", inputs, {output}, node.name,
                              {{"kernel_shape", attributes.integers("kernel")},
                               {"strides", attributes.integers("stride")},
                               {"pads", attributes.integers("pads")},
                               {"dilations", attributes.integers("dilation")},
                               {"group", attributes.integer("groups")}});
        } else {
            m_builder.addNode("Gemm", inputs, {output}, node.name, {{"transB", std::int64_t{1}}});
        }
        return output;
    }

    /// The pooled maps go onto the grid before they become a vector, so that both halves fuse.
    Status writeGlobalAverage(const IntegerLayer& layer) {
        const std::string& name = layer.name;
        const std::string pooled = m_builder.uniqueName(name + ".pooled");
        m_builder.addNode("GlobalAveragePool", {readable(layer, 0)}, {pooled}, name);
        const Value maps = quantized(layer, pooled);
        const std::string flat = m_builder.uniqueName(name);
        m_builder.addNode("Flatten", {dequantize(name + ".pooled", maps, false)}, {flat}, name + ".flatten", {{"axis", std::int64_t{1}}});
        m_values.push_back(requantized(name + ".flatten", flat, maps));
        return {};
    }

    /// The input of a layer as floats: dequantised for this layer alone, as runtimes like it.
    std::string readable(const IntegerLayer& layer, std::size_t k) {
        const Value& value = inputValue(layer, k);
        return value.isFloat() ? value.tensor : dequantize(inputLayer(layer, k).name, value, false);
    }

    std::string dequantize(const std::string& name, const Value& value, bool perOutput) {
        const std::string real = m_builder.uniqueName(name + ".real");
        std::vector<OnnxAttribute> attributes;
        if (perOutput) attributes.push_back({"axis", std::int64_t{0}});
        m_builder.addNode("DequantizeLinear", {value.tensor, value.scale, value.zeroPoint}, {real}, name + ".dequantize", attributes);
        return real;
    }

    Value quantized(const IntegerLayer& layer, const std::string& real) {
        const std::string& name = spec().node(layer.last())->name;
        const bool sharesGrid = std::holds_alternative<int8::MaxPool>(layer.operation) ||
                                std::holds_alternative<int8::Flatten>(layer.operation) ||
                                std::holds_alternative<PassOn>(layer.operation);
        if (sharesGrid) return requantized(name, real, inputValue(layer));
        const std::array scale{layer.grid->scale};
        const std::array zero{static_cast<std::uint8_t>(layer.grid->zeroPoint)};
        const std::string scaleName = m_builder.addInitializer(name + ".scale", Shape{}, std::span<const float>(scale));
        const std::string zeroName = m_builder.addInitializer(name + ".zero_point", Shape{}, std::span<const std::uint8_t>(zero));
        return requantized(name, real, {{}, scaleName, zeroName});
    }

    /// Onto the grid of `like`.
    Value requantized(const std::string& name, const std::string& real, const Value& like) {
        Value value{m_builder.uniqueName(name + ".quantized"), like.scale, like.zeroPoint};
        m_builder.addNode("QuantizeLinear", {real, like.scale, like.zeroPoint}, {value.tensor}, name + ".quantize");
        return value;
    }

    std::string floats(int step) {
        const Value& value = m_values[static_cast<std::size_t>(step)];
        const std::string& name = m_network.layers[static_cast<std::size_t>(step)].name;
        return value.isFloat() ? value.tensor : dequantize(name + ".output", value, false);
    }

    void writeOutputs() {
        const Shape& shape = *m_analysis.find(m_analysis.output)->output;
        if (m_network.logits == m_network.output) {
            addOutput(floats(m_network.output), m_outputName, shape, "the network's output");
            return;
        }
        const std::string probabilities = floats(m_network.output);
        const onnx::NodeProto* softmax = m_builder.impl().producer(probabilities);
        CONVOLAB_CHECK(softmax != nullptr, "a softmax is a node");
        const std::string logits = softmax->input(0);
        if (softmax->op_type() == "LogSoftmax") {
            addOutput(probabilities, m_builder.uniqueName("log_probabilities"), shape, "the logarithm of each class's probability");
        } else {
            addOutput(probabilities, m_probabilitiesName, shape, "one probability per class; they sum to 1");
        }
        addOutput(logits, m_logitsName, shape, "the scores before the softmax");
    }

    void addOutput(const std::string& tensor, const std::string& name, const Shape& shape, const std::string& text) {
        m_builder.impl().renameTensor(tensor, name);
        onnx::ValueInfoProto& info = *graph().add_output();
        describeTensor(info, name, shape);
        info.set_doc_string(text);
    }

    const IntegerNetwork& m_network;
    const Analysis& m_analysis;
    OnnxBuilder m_builder;
    std::string m_inputName, m_outputName, m_probabilitiesName, m_logitsName;
    std::vector<Value> m_values;  ///< per step
};

std::string quantizationText(const IntegerNetwork& network) {
    std::string text;
    for (const IntegerLayer& layer : network.layers) {
        if (layer.weightBits == 0 && !layer.isFloat()) continue;
        if (!text.empty()) text += "; ";
        text += layer.name + ": " + layer.how;
    }
    return text;
}

}  // namespace

Result<OnnxExportReport> exportOnnxQdq(const IntegerNetwork& network, const std::filesystem::path& file,
                                       const OnnxExportOptions& options) {
    CONVOLAB_RETURN_IF_ERROR(checkOpset(options.opset));
    for (const IntegerLayer& layer : network.layers) {
        if (!layer.grid || layer.grid->highest == 255) continue;
        return Error{ErrorCode::Unsupported,
                     "activations of fewer than 8 bits cannot be written: QuantizeLinear of opset " +
                         std::to_string(options.opset) + " always uses all of them",
                     layer.name, "export with 8-bit activations; the weights may have fewer"};
    }
    const Analysis analysis = analyze(network.spec);
    QdqWriter writer(network, analysis);
    CONVOLAB_RETURN_IF_ERROR(writer.write());
    OnnxExportOptions described = options;
    described.metadata["convolab.quantization"] = quantizationText(network);
    return finishOnnx(writer.model(), network.spec, analysis, file, described);
}

}  // namespace convolab
