#include "core/interop/onnx_export.h"

#include <set>

#include "core/graph/analysis.h"
#include "core/interop/onnx_builder.h"
#include "core/interop/onnx_builder_impl.h"
#include "core/interop/onnx_codebook.h"
#include "core/interop/onnx_file.h"
#include "core/layers/layer_kind.h"

namespace convolab {

namespace {

/// Builds the graph of one network, layer by layer in execution order.
class GraphWriter {
  public:
    GraphWriter(const NetworkSpec& spec, const Analysis& analysis, const WeightSet& weights, const Codebooks& codebooks)
        : m_spec(spec), m_analysis(analysis), m_weights(weights), m_codebooks(codebooks) {}

    Status write() {
        const Node& input = *m_spec.node(m_analysis.input);
        m_inputName = m_builder.uniqueName(input.name);
        // Reserved before the layers, which may carry the same names.
        m_probabilitiesName = m_builder.uniqueName("probabilities");
        m_logitsName = m_builder.uniqueName("logits");
        describeTensor(*graph().add_input(), m_inputName, *m_analysis.inputShape);
        graph().mutable_input(0)->set_doc_string(inputContract(*m_analysis.inputShape));
        const std::set<NodeId> needed = nodesBefore(m_analysis.output);
        for (const NodeId id : m_analysis.order) {
            if (needed.contains(id)) CONVOLAB_RETURN_IF_ERROR(writeLayer(*m_spec.node(id)));
        }
        writeOutputs();
        return {};
    }

    onnx::ModelProto& model() { return m_builder.impl().model; }

  private:
    onnx::GraphProto& graph() { return m_builder.impl().graph(); }

    /// `last` and everything that it depends on: dead ends are not exported.
    std::set<NodeId> nodesBefore(NodeId last) const {
        std::set<NodeId> found{last};
        std::vector<NodeId> open{last};
        while (!open.empty()) {
            const NodeId id = open.back();
            open.pop_back();
            for (const Edge* edge : m_spec.edgesInto(id)) {
                if (found.insert(edge->from.node).second) open.push_back(edge->from.node);
            }
        }
        return found;
    }

    Status writeLayer(const Node& node) {
        const LayerKind& kind = *findLayerKind(node.kind);
        const NodeAnalysis& found = *m_analysis.find(node.id);
        CONVOLAB_ASSIGN(const Attributes attributes, completeAttributes(kind.attributes, node.attributes));
        OnnxNodeContext context{node, attributes, {}, m_builder.uniqueName(node.name), {}, *found.output, {}};
        for (const auto& shape : found.inputs) context.inputShapes.push_back(*shape);
        for (const Edge* edge : m_spec.edgesInto(node.id)) context.inputs.push_back(m_tensors.at(edge->from.node));
        if (node.id == m_analysis.input) context.inputs = {m_inputName};
        for (const ParameterSpec& parameter : kind.parameters(attributes, context.inputShapes)) {
            CONVOLAB_ASSIGN(const auto values, parameterValues(node, parameter));
            context.parameters.push_back(values);
        }
        m_tensors[node.id] = context.output;

        const int before = graph().node_size();
        const int initializersBefore = graph().initializer_size();
        CONVOLAB_RETURN_IF_ERROR(kind.exportOnnx(m_builder, context));
        const std::string summary = kind.summary(attributes);
        for (int i = before; i < graph().node_size(); ++i) {
            graph().mutable_node(i)->set_doc_string(kind.title + (summary.empty() ? "" : ": " + summary));
        }
        if (const auto shared = m_codebooks.find(node.id); shared != m_codebooks.end()) {
            writeAsCodebook(m_builder, initializersBefore, before, node.name, context.parameters.front(), shared->second);
        }
        return {};
    }

    Result<std::span<const float>> parameterValues(const Node& node, const ParameterSpec& parameter) const {
        const ParameterEntry* entry = m_weights.layout ? m_weights.layout->find(node.id, parameter.name) : nullptr;
        if (entry == nullptr || entry->spec.shape != parameter.shape) {
            const std::string has = entry == nullptr ? "there are none" : "they are " + entry->spec.shape.text();
            return Error{ErrorCode::ShapeMismatch,
                         "the weights do not belong to this network: " + parameter.name + " should be " +
                             parameter.shape.text() + ", " + has,
                         node.name, "train the network, or export the one that was trained"};
        }
        return m_weights.values(*entry);
    }

    void writeOutputs() {
        const std::string last = m_builder.impl().resolved(m_tensors.at(m_analysis.output));
        const Shape& shape = *m_analysis.find(m_analysis.output)->output;
        const onnx::NodeProto* producer = m_builder.impl().producer(last);
        const bool logarithm = producer != nullptr && producer->op_type() == "LogSoftmax";
        if (producer == nullptr || (producer->op_type() != "Softmax" && !logarithm)) {
            addOutput(last, m_tensors.at(m_analysis.output), shape, "the network's output");
            return;
        }
        const std::string logits = producer->input(0);
        if (logarithm) addOutput(last, m_builder.uniqueName("log_probabilities"), shape, "the logarithm of each class's probability");
        else addOutput(last, m_probabilitiesName, shape, "one probability per class; they sum to 1");
        addOutput(logits, m_logitsName, shape, "the scores before the softmax");
    }

    /// Makes `tensor` a graph output under the name `name`. The graph's own input keeps its name and is copied.
    void addOutput(const std::string& tensor, const std::string& name, const Shape& shape, const std::string& text) {
        if (tensor == m_inputName) {
            m_builder.addNode("Identity", {tensor}, {name}, name);
        } else {
            m_builder.impl().renameTensor(tensor, name);
        }
        onnx::ValueInfoProto& info = *graph().add_output();
        describeTensor(info, name, shape);
        info.set_doc_string(text);
    }

    const NetworkSpec& m_spec;
    const Analysis& m_analysis;
    const WeightSet& m_weights;
    const Codebooks& m_codebooks;
    OnnxBuilder m_builder;
    std::string m_inputName, m_probabilitiesName, m_logitsName;
    std::map<NodeId, std::string> m_tensors;  ///< by layer, before connectThrough is resolved
};

}  // namespace

std::optional<Error> onnxMissing() { return {}; }

Result<OnnxExportReport> exportOnnx(const NetworkSpec& spec, const WeightSet& weights,
                                    const std::filesystem::path& file, const OnnxExportOptions& options) {
    CONVOLAB_RETURN_IF_ERROR(checkOpset(options.opset));
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(requireShared(weights, options.codebooks));

    GraphWriter writer(spec, analysis, weights, options.codebooks);
    CONVOLAB_RETURN_IF_ERROR(writer.write());
    return finishOnnx(writer.model(), spec, analysis, file, options);
}

}  // namespace convolab
