#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "core/compress/sharing/codebook.h"
#include "core/graph/network_spec.h"
#include "core/model/weights.h"
#include "core/util/result.h"

namespace convolab {

struct OnnxExportOptions {
    int opset = 13;
    std::map<std::string, std::string> metadata;  ///< e.g. data set, accuracy, seed
    Codebooks codebooks = {};  ///< layers whose weights are written as codes and a table; the weights are theirs
};

struct OnnxExportReport {
    std::filesystem::path file;
    std::int64_t bytes = 0;
    int opset = 13;
    int irVersion = 7;
    bool checked = false;  ///< libonnx's checker and shape inference accepted it
};

/// Why no ONNX file can be written: the program was built without ONNX. None where it can.
std::optional<Error> onnxMissing();

/// The network with its weights as an ONNX model: normalisation of the input and a docked softmax included, dynamic
/// batch "N", tensor and node names as on the canvas. Written atomically (temporary file, then rename).
Result<OnnxExportReport> exportOnnx(const NetworkSpec& spec, const WeightSet& weights, const std::filesystem::path& file,
                                    const OnnxExportOptions& options = {});

}  // namespace convolab
