#include "core/interop/onnx_file.h"

#include <limits>
#include <map>

#include <onnx/checker.h>
#include <onnx/shape_inference/implementation.h>

#include <google/protobuf/io/coded_stream.h>
#include <google/protobuf/io/zero_copy_stream_impl_lite.h>

#include "core/util/atomic_file.h"
#include "core/util/check.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr int kOldestOpset = 13;
constexpr int kNewestOpset = 17;

int irVersionOf(int opset) { return opset >= 15 ? 8 : 7; }

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

Status checkOpset(int opset) {
    if (opset >= kOldestOpset && opset <= kNewestOpset) return {};
    return Error{ErrorCode::InvalidArgument, "opset " + std::to_string(opset) + " cannot be written", "",
                 "choose one from " + std::to_string(kOldestOpset) + " to " + std::to_string(kNewestOpset)};
}

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

Result<OnnxExportReport> finishOnnx(onnx::ModelProto& model, const NetworkSpec& spec, const Analysis& analysis,
                                    const std::filesystem::path& file, const OnnxExportOptions& options) {
    describeModel(model, spec, analysis, options);
    CONVOLAB_RETURN_IF_ERROR(check(model));
    CONVOLAB_ASSIGN(const std::string bytes, serialize(model));
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
