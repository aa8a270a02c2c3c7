#include "core/interop/onnx_export.h"

#include <limits>
#include <set>

#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "core/graph/analysis.h"
#include "core/interop/onnx_builder.h"
#include "core/interop/onnx_builder_impl.h"
#include "core/interop/onnx_codebook.h"
#include "core/layers/layer_kind.h"
#include "core/util/atomic_file.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kOldestOpset = 13;
constexpr int kNewestOpset = 17;

int irVersionOf(int opset) { return opset >= 15 ? 8 : 7; }

/// Describes a float tensor with per-image shape `shape` and batch "N".
void describeTensor(onnx::ValueInfoProto& info, const std::string& name, const Shape& shape) {
    info.set_name(name);
    onnx::TypeProto::Tensor& tensor = *info.mutable_type()->mutable_tensor_type();
    tensor.set_elem_type(onnx::TensorProto::FLOAT);
    tensor.mutable_shape()->add_dim()->set_dim_param("N");
    for (const std::int64_t extent : shape.extents()) tensor.mutable_shape()->add_dim()->set_dim_value(extent);
}

std::string inputContract(const Shape& shape) {
    const std::string layout = shape.isImage() ? "batch × channels × height × width, pixels" : "batch × values,";
    return "float32, " + layout +
           " in the range 0 to 1. Smaller images are centred in zeros, never resized; "
           "the model normalises them itself.";
}

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
        if (producer == nullptr || producer->op_type() != "Softmax") {
            addOutput(last, m_tensors.at(m_analysis.output), shape, "the network's output");
            return;
        }
        const std::string logits = producer->input(0);
        addOutput(last, m_probabilitiesName, shape, "one probability per class; they sum to 1");
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

void addMetadata(onnx::ModelProto& model, const std::string& key, const std::string& value) {
    onnx::StringStringEntryProto& entry = *model.add_metadata_props();
    entry.set_key(key);
    entry.set_value(value);
}

void describeModel(onnx::ModelProto& model, const NetworkSpec& spec, const Analysis& analysis,
                   const OnnxExportOptions& options) {
    model.set_ir_version(irVersionOf(options.opset));
    model.set_producer_name("Convolab");
    model.set_producer_version(CONVOLAB_VERSION);
    onnx::OperatorSetIdProto& opset = *model.add_opset_import();
    opset.set_domain("");
    opset.set_version(options.opset);
    model.mutable_graph()->set_name(spec.name.empty() ? "network" : spec.name);
    std::map<std::string, std::string> metadata = options.metadata;
    metadata["convolab.version"] = CONVOLAB_VERSION;
    metadata["convolab.parameters"] = std::to_string(analysis.total.parameters);
    if (!options.codebooks.empty()) metadata["convolab.shared_layers"] = std::to_string(options.codebooks.size());
    for (const auto& [key, value] : metadata) addMetadata(model, key, value);
}

/// libonnx reports by exception; what it rejects here is a mistake of ours, not of the user.
Status check(onnx::ModelProto& model) {
    try {
        onnx::checker::check_model(model);
        onnx::shape_inference::InferShapes(model, onnx::OpSchemaRegistry::Instance(),
                                           onnx::ShapeInferenceOptions{true, 1, false});
    } catch (const std::exception& exception) {
        return Error{ErrorCode::Internal,
                     std::string("the ONNX checker rejects the exported model: ") + exception.what(), "",
                     "please report this with the network's file"};
    }
    return {};
}

/// The same bytes for the same model, every time.
Result<std::string> serialize(const onnx::ModelProto& model) {
    constexpr std::size_t kLargest = std::numeric_limits<std::int32_t>::max();
    const std::size_t size = model.ByteSizeLong();
    if (size > kLargest) {
        return Error{ErrorCode::Unsupported,
                     "the model needs " + formatBytes(static_cast<double>(size)) +
                         ", an ONNX file holds at most 2 GiB",
                     "", "make the dense layers smaller"};
    }
    std::string bytes;
    bytes.reserve(size);
    {
        google::protobuf::io::StringOutputStream stream(&bytes);
        google::protobuf::io::CodedOutputStream coded(&stream);
        coded.SetSerializationDeterministic(true);
        CONVOLAB_CHECK(model.SerializeToCodedStream(&coded), "the model lacks a required field");
    }
    return bytes;
}

}  // namespace

Result<OnnxExportReport> exportOnnx(const NetworkSpec& spec, const WeightSet& weights,
                                    const std::filesystem::path& file, const OnnxExportOptions& options) {
    if (options.opset < kOldestOpset || options.opset > kNewestOpset) {
        return Error{ErrorCode::InvalidArgument, "opset " + std::to_string(options.opset) + " cannot be written", "",
                     "choose one from " + std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset)};
    }
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CONVOLAB_RETURN_IF_ERROR(requireShared(weights, options.codebooks));

    GraphWriter writer(spec, analysis, weights, options.codebooks);
    CONVOLAB_RETURN_IF_ERROR(writer.write());
    describeModel(writer.model(), spec, analysis, options);
    CONVOLAB_RETURN_IF_ERROR(check(writer.model()));
    CONVOLAB_ASSIGN(const std::string bytes, serialize(writer.model()));
    CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(file, bytes));

    OnnxExportReport report;
    report.file = file;
    report.bytes = static_cast<std::int64_t>(bytes.size());
    report.opset = options.opset;
    report.irVersion = irVersionOf(options.opset);
    report.checked = true;
    return report;
}

}  // namespace convolab
