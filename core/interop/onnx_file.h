#pragma once

// For the .cpp files of this folder only: what every exported model has in common.

#include <filesystem>
#include <string>

#include <onnx/onnx_pb.h>

#include "core/graph/analysis.h"
#include "core/interop/onnx_export.h"

namespace convolab {

Status checkOpset(int opset);

/// Describes a float tensor with per-image shape `shape` and batch "N".
void describeTensor(onnx::ValueInfoProto& info, const std::string& name, const Shape& shape);
/// What the input expects, as its documentation.
std::string inputContract(const Shape& shape);

/// Versions, name and metadata; then libonnx's checker and shape inference; then the file, whole or not at all.
Result<OnnxExportReport> finishOnnx(onnx::ModelProto& model, const NetworkSpec& spec, const Analysis& analysis,
                                    const std::filesystem::path& file, const OnnxExportOptions& options);

}  // namespace convolab
