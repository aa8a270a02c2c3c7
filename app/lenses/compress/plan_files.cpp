#include "app/lenses/compress/plan_files.h"

#include <QClipboard>
#include <QFile>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QJsonObject>
#include <charconv>

#include "app/cli/train_options.h"
#include "app/lab_document.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_session.h"
#include "core/graph/spec_json.h"
#include "core/util/atomic_file.h"

namespace convolab {

namespace {

constexpr qint64 kLargestPlan = 4 << 20;

/// The shortest text that reads back as the same number.
std::string exactText(double value) {
    char digits[32];
    const auto end = std::to_chars(digits, digits + sizeof digits, value).ptr;
    return {digits, end};
}

/// The only thing that `convolab prune` could not say of it would be a default.
bool isPruneCommand(const CompressionStep& step) {
    if (step.action != CompressionAction::Prune) return false;
    if (!step.training) return true;
    const CompressionStep usual;
    const Recipe& training = *step.training;
    Recipe said;
    said.dataset = training.dataset;
    said.epochs = training.epochs;
    said.rate = training.rate;
    said.batchSize = training.batchSize;
    said.optimizer = training.optimizer;
    said.schedule = training.schedule;
    said.seed = training.seed;
    said.keepBest = training.keepBest;
    said.validationEvery = training.validationEvery;
    return step.initialSparsity == usual.initialSparsity && step.pruneEvery == usual.pruneEvery && step.rampShare == usual.rampShare &&
           training == said;
}

std::string trainingText(const CompressionStep& step) {
    const Recipe& training = *step.training;
    return " --finetune " + std::to_string(training.epochs) + (step.schedule == PruningSchedule::Gradual ? " --gradual" : "") + " --lr " +
           exactText(training.rate) + " --batch " + std::to_string(training.batchSize) + " --optimizer " + shellWord(optimizerText(training.optimizer)) +
           " --schedule " + shellWord(scheduleText(training.schedule)) + " --seed " + std::to_string(training.seed);
}

}  // namespace

Status savePlanFile(const CompressSession& compress, const QString& file) {
    if (!compress.network()) return Error{ErrorCode::InvalidArgument, "there is no network to plan for", {}, {}};
    return writeFileAtomically(file.toStdString(), planToJson(compress.plan(), *compress.network()));
}

Status readPlanFile(CompressSession& compress, const QString& path) {
    if (!compress.network()) return Error{ErrorCode::InvalidArgument, "there is no network to plan for", {}, {}};
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return Error{ErrorCode::IoFailure, "cannot read \"" + path.toStdString() + "\"", {}, "check its permissions"};
    if (file.size() > kLargestPlan) return Error{ErrorCode::InvalidArgument, "\"" + path.toStdString() + "\" is too large to be a plan", {}, {}};
    CONVOLAB_ASSIGN(const CompressionPlan plan, planFromJson(file.readAll().toStdString(), *compress.network()));
    CONVOLAB_RETURN_IF_ERROR(validatePlan(plan, *compress.network()));
    compress.setPlan(plan, CompressSession::tr("Read a plan"));
    return {};
}

Result<QString> copyPlanCommand(LabDocument& document, const CompressSession& compress, const Result<CompressionRecipe>& recipe) {
    if (!compress.network()) return Error{ErrorCode::InvalidArgument, "there is no network to plan for", {}, {}};
    if (document.path().empty()) return Error{ErrorCode::InvalidArgument, "the document has no file that a command could read", {}, "save it first"};
    if (!recipe.ok()) return recipe.error();
    document.flush();
    const std::filesystem::path file(document.path());
    const auto beside = [&file](const char* ending) { return std::filesystem::path(file).replace_extension(ending).string(); };
    const std::string name = file.stem().string(), data = " --data " + shellWord(document.recipe().dataset);
    const CompressionPlan& plan = compress.plan();
    // The last step is the coding.
    const bool prunes = recipe->steps.size() == 2 && isPruneCommand(recipe->steps.front()) && !plan.shares() && !plan.quantizes();
    std::string command;
    if (prunes) {
        CONVOLAB_RETURN_IF_ERROR(savePlanFile(compress, QString::fromStdString(beside(".plan.json"))));
        command = "convolab prune " + shellWord(file.string()) + " --plan " + shellWord(beside(".plan.json"));
        if (recipe->steps.front().training) command += trainingText(recipe->steps.front());
        command += data + " --out " + shellWord(name + "-pruned.convolab");
    } else {
        CONVOLAB_RETURN_IF_ERROR(writeFileAtomically(beside(".recipe.json"), compressionRecipeToJson(*recipe, *compress.network())));
        command = "convolab compress " + shellWord(file.string()) + " --recipe " + shellWord(beside(".recipe.json")) + data + " --out " + shellWord(name + "-compressed");
    }
    QGuiApplication::clipboard()->setText(QString::fromStdString(command));
    return QString::fromStdString(command);
}

VersionInfo versionOf(const LaidPlan& laid, const CompressSession& compress) {
    VersionInfo version;
    version.name = planTitle(laid.figures);
    version.kind = laid.plan.shares() ? "shared" : laid.plan.quantizes() ? "quantized" : laid.figures.kept < laid.figures.weights ? "pruned" : "trained";
    version.specJson = specToJson(*laid.ground.network);
    version.planJson = planToJson(laid.plan, *laid.ground.network);
    QJsonObject note{{QStringLiteral("bytes"), static_cast<qint64>(laid.figures.bytes)},
                     {QStringLiteral("dense_bytes"), static_cast<qint64>(laid.figures.denseBytes)},
                     {QStringLiteral("macs"), static_cast<qint64>(laid.figures.macs)},
                     {QStringLiteral("non_zero_macs"), static_cast<qint64>(laid.figures.nonZeroMacs)},
                     {QStringLiteral("fine_tuned"), laid.ground.tuned != nullptr}};
    const auto& accuracy = compress.accuracy();
    if (accuracy && !compress.accuracyWaits()) {
        note.insert(QStringLiteral("validation"), QJsonObject{{QStringLiteral("accuracy"), accuracy->share()}, {QStringLiteral("images"), static_cast<qint64>(accuracy->images)}});
    }
    version.noteJson = QJsonDocument(note).toJson(QJsonDocument::Compact).toStdString();
    return version;
}

}  // namespace convolab
