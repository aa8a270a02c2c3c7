// In place of this folder's other files where the program is built without ONNX: export answers with a sentence.
#include "core/interop/onnx_builder.h"
#include "core/interop/onnx_export.h"
#include "core/interop/onnx_qdq.h"
#include "core/util/check.h"
#include "core/util/left_out.h"

namespace convolab {

namespace {

/// Layer kinds know the builder and get none: exportOnnx refuses before one is made.
[[noreturn]] void noBuilder() { failCheck("OnnxBuilder", __FILE__, __LINE__, "there is none without ONNX"); }

}  // namespace

struct OnnxBuilder::Impl {};

OnnxBuilder::OnnxBuilder() { noBuilder(); }
OnnxBuilder::~OnnxBuilder() = default;

std::string OnnxBuilder::addInitializer(const std::string&, const Shape&, std::span<const float>) { noBuilder(); }
std::string OnnxBuilder::addInitializer(const std::string&, std::span<const std::int64_t>) { noBuilder(); }
std::string OnnxBuilder::addInitializer(const std::string&, const Shape&, std::span<const std::int8_t>) { noBuilder(); }
std::string OnnxBuilder::addInitializer(const std::string&, const Shape&, std::span<const std::uint8_t>) { noBuilder(); }
std::string OnnxBuilder::addInitializer(const std::string&, const Shape&, std::span<const std::int32_t>) { noBuilder(); }
void OnnxBuilder::addNode(const std::string&, const std::vector<std::string>&, const std::vector<std::string>&,
                          const std::string&, const std::vector<OnnxAttribute>&) {
    noBuilder();
}
void OnnxBuilder::connectThrough(const std::string&, const std::string&) { noBuilder(); }
std::string OnnxBuilder::uniqueName(const std::string&) { noBuilder(); }

std::optional<Error> onnxMissing() { return leftOutError("ONNX", "writing ONNX files", "export --to json"); }

Result<OnnxExportReport> exportOnnx(const NetworkSpec&, const WeightSet&, const std::filesystem::path&, const OnnxExportOptions&) {
    return *onnxMissing();
}

Result<OnnxExportReport> exportOnnxQdq(const IntegerNetwork&, const std::filesystem::path&, const OnnxExportOptions&) {
    return *onnxMissing();
}

}  // namespace convolab
