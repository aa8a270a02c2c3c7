#include "core/measure/size.h"

#include <unistd.h>

#include <filesystem>

#include "core/interop/onnx_export.h"
#include "core/model/model.h"

namespace convolab {

namespace {

namespace fs = std::filesystem;

/// A network that ONNX export refuses has no such size; that is no reason to know none of the others.
std::optional<std::int64_t> weighOnnx(const NetworkSpec& spec, const WeightSet& weights) {
    std::error_code failure;
    std::string pattern = (fs::temp_directory_path(failure) / "convolab-XXXXXX").string();
    if (failure || mkdtemp(pattern.data()) == nullptr) return std::nullopt;
    const auto report = exportOnnx(spec, weights, fs::path(pattern) / "network.onnx");
    fs::remove_all(pattern, failure);
    if (!report.ok()) return std::nullopt;
    return report->bytes;
}

}  // namespace

Result<SizeFigures> measureSize(const NetworkSpec& spec, const WeightSet* weights) {
    const Analysis analysis = analyze(spec);
    CONVOLAB_RETURN_IF_ERROR(requireComplete(spec, analysis));
    CompileOptions options;
    options.maximumBatch = 1;
    CONVOLAB_ASSIGN(const auto model, Model::compile(spec, options));
    SizeFigures size;
    size.parameters = analysis.total.parameters;
    size.macs = analysis.total.macs;
    size.activationBytes = analysis.total.activationBytes;
    size.arenaBytes = static_cast<std::int64_t>(model->arenaBytes());
    for (const LayerWork& work : layerWork(spec, analysis)) size.bytesMoved += work.bytesMoved(1);
    const auto& layout = *model->layout();
    size.weightBytes = static_cast<std::int64_t>((layout.parameterCount + layout.statisticCount) * sizeof(float));
    if (weights != nullptr) {
        CONVOLAB_RETURN_IF_ERROR(requireLayout(*weights, layout));
        size.onnxBytes = weighOnnx(spec, *weights);
    }
    return size;
}

}  // namespace convolab
