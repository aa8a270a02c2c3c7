#include "app/lenses/compress/export_forms.h"

#include <QCoreApplication>
#include <algorithm>

#include "app/lenses/compress/compress_presenters.h"
#include "core/compress/quantization/integer_network.h"
#include "core/interop/onnx_qdq.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

namespace fs = std::filesystem;
using Watch = std::function<bool(double)>;

constexpr int kOnnxActivationBits = 8;
constexpr double kBegun = 0.1, kCalibrated = 0.9;  // shares of an export

QString words(const char* sentence) { return QCoreApplication::translate("compress", sentence); }
QString text(const std::string& value) { return QString::fromStdString(value); }

QString sizeText(std::int64_t bytes) { return text(bytesText(static_cast<double>(bytes))); }

Error cancelled() { return {ErrorCode::Cancelled, "cancelled", {}, {}}; }

/// "Conv 1 0.9, Dense 1 0.95": zeros as a share of each layer's weights.
std::map<std::string, std::string> metadata(const ExportGround& ground) {
    std::vector<std::string> layers;
    for (const LayerFigures& layer : ground.laid->figures.layers) layers.push_back(layer.name + " " + formatNumber(layer.sparsity(), 4));
    std::map<std::string, std::string> data{{"convolab.sparsity", formatNumber(ground.laid->figures.sparsity(), 4)},
                                            {"convolab.sparsity_per_layer", join(layers, ", ")}};
    if (ground.dataset) data["convolab.dataset"] = ground.dataset->info().id;
    return data;
}

ExportOutcome outcomeOf(const OnnxExportReport& report) {
    return {words("Exported %1, %2, checked").arg(text(report.file.string()), sizeText(report.bytes)), {}};
}

Result<ExportOutcome> writeOnnx(const ExportGround& ground, const fs::path& file, const Watch&) {
    const LaidPlan& laid = *ground.laid;
    CONVOLAB_ASSIGN(const OnnxExportReport report, exportOnnx(*laid.ground.network, *laid.weights, file, {.metadata = metadata(ground)}));
    return outcomeOf(report);
}

Result<ExportOutcome> writeCodebooks(const ExportGround& ground, const fs::path& file, const Watch&) {
    const LaidPlan& laid = *ground.laid;
    CONVOLAB_ASSIGN(const OnnxExportReport report,
                    exportOnnx(*laid.ground.network, *laid.shared, file, {.metadata = metadata(ground), .codebooks = laid.codebooks}));
    return outcomeOf(report);
}

Result<ExportOutcome> writeIntegers(const ExportGround& ground, const fs::path& file, const Watch& progress) {
    const LaidPlan& laid = *ground.laid;
    const NetworkSpec& network = *laid.ground.network;
    CONVOLAB_ASSIGN(const ActivationStatisticsPtr seen, ground.calibration->statistics(laid, ground.dataset, [&progress] { return progress(kBegun); }));
    CONVOLAB_ASSIGN(const ActivationRanges ranges, chooseRanges(*seen, laid.plan.quantization));
    CONVOLAB_ASSIGN(const IntegerNetwork integers, makeIntegerNetwork(network, *laid.shared, laid.plan, ranges));
    if (!progress(kCalibrated)) return cancelled();
    CONVOLAB_ASSIGN(const OnnxExportReport report, exportOnnxQdq(integers, file, {.metadata = metadata(ground)}));
    return outcomeOf(report);
}

Result<ExportOutcome> writePacked(const ExportGround& ground, const fs::path& file, const Watch& progress) {
    const WeightCoder* coder = findWeightCoder(std::string_view(ground.coder));
    CONVOLAB_ASSIGN(CodedPlan coded, codePlan(*ground.laid, coder != nullptr ? *coder : *weightCoders().back(), ground.dataset, progress));
    CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(file, coded.file));
    const QString size = words("%1: %2 bytes, %3× smaller").arg(text(file.string()), text(countText(coded.bytes)), text(fixedText(coded.ratio(), 1)));
    const QString read = coded.accuracy ? words(", read back: %1 % %2").arg(text(fixedText(100.0 * coded.accuracy->share(), 2)), text(sampleText(*coded.accuracy)))
                                        : words(", read back");
    return ExportOutcome{size + read, std::move(coded)};
}

Result<ExportOutcome> writePlan(const ExportGround& ground, const fs::path& file, const Watch&) {
    CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(file, planToJson(ground.laid->plan, *ground.laid->ground.network)));
    return ExportOutcome{words("Saved %1").arg(text(file.string())), {}};
}

Result<ExportOutcome> writeRecipe(const ExportGround& ground, const fs::path& file, const Watch&) {
    CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(file, compressionRecipeToJson(*ground.recipe, *ground.laid->ground.network)));
    return ExportOutcome{words("Saved %1: run it with convolab compress DOCUMENT --recipe").arg(text(file.string())), {}};
}

QString always(const ExportGround&) { return {}; }

QString noGrids(const ExportGround& ground) {
    if (!ground.laid->plan.quantizes()) return words("no layer has 8 bits or fewer on a uniform grid");
    if (ground.laid->plan.quantization.activationBits != kOnnxActivationBits) return words("it needs activations of 8 bits");
    if (!ground.dataset) return words("the data set is missing, and activations are calibrated on it");
    return {};
}

QString noCodebooks(const ExportGround& ground) { return ground.laid->plan.shares() ? QString() : words("no layer shares its weights (k-means levels)"); }

QString notPacked(const ExportGround& ground) {
    if (ground.laid->plan.quantizes()) return words("it holds codebooks, not uniform grids: choose k-means levels");
    const PlanFigures& figures = ground.laid->figures;
    return figures.kept < figures.weights || ground.laid->plan.shares() ? QString() : words("nothing is pruned or shared");
}

QString withoutRecipe(const ExportGround& ground) { return ground.recipe ? QString() : text(ground.noRecipe); }

}  // namespace

const std::vector<ExportForm>& exportForms() {
    static const char* const onnx = QT_TRANSLATE_NOOP("compress", "ONNX (*.onnx)");
    static const std::vector<ExportForm> forms{
        {"onnx", QT_TRANSLATE_NOOP("compress", "ONNX, float32 with its zeros"), onnx, ".onnx", always, writeOnnx},
        {"onnx-qdq", QT_TRANSLATE_NOOP("compress", "ONNX, integers (QDQ)"), onnx, ".onnx", noGrids, writeIntegers},
        {"onnx-codebook", QT_TRANSLATE_NOOP("compress", "ONNX, codes and codebooks"), onnx, ".onnx", noCodebooks, writeCodebooks},
        {"packed", QT_TRANSLATE_NOOP("compress", "Packed file"), QT_TRANSLATE_NOOP("compress", "Packed networks (*.packed)"), ".packed", notPacked, writePacked},
        {"recipe", QT_TRANSLATE_NOOP("compress", "Recipe, to do it again"), QT_TRANSLATE_NOOP("compress", "Recipes (*.json)"), ".recipe.json", withoutRecipe, writeRecipe},
        {"plan", QT_TRANSLATE_NOOP("compress", "Plan"), QT_TRANSLATE_NOOP("compress", "Plans (*.json)"), ".plan.json", always, writePlan},
    };
    return forms;
}

const ExportForm* findExportForm(const std::string& id) {
    const auto found = std::find_if(exportForms().begin(), exportForms().end(), [&](const ExportForm& form) { return form.id == id; });
    return found == exportForms().end() ? nullptr : &*found;
}

}  // namespace convolab
