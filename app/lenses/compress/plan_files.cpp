#include "app/lenses/compress/plan_files.h"

#include <QClipboard>
#include <QFile>
#include <QGuiApplication>
#include <QJsonDocument>
#include <QJsonObject>

#include "app/lab_document.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/tune_session.h"
#include "core/graph/spec_json.h"
#include "core/util/atomic_file.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr qint64 kLargestPlan = 4 << 20;

std::string quoted(const std::string& path) { return path.find(' ') == std::string::npos ? path : "\"" + path + "\""; }

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

Result<QString> copyPlanCommand(LabDocument& document, const CompressSession& compress, double epochs, bool gradual) {
    if (!compress.network()) return Error{ErrorCode::InvalidArgument, "there is no network to plan for", {}, {}};
    if (document.path().empty()) return Error{ErrorCode::InvalidArgument, "the document has no file that a command could read", {}, "save it first"};
    document.flush();
    const std::string plan = std::filesystem::path(document.path()).replace_extension(".plan.json").string();
    CONVOLAB_RETURN_IF_ERROR(savePlanFile(compress, QString::fromStdString(plan)));
    std::string command = "convolab prune " + quoted(document.path()) + " --plan " + quoted(plan);
    if (compress.overlay().tuned) {
        command += " --finetune " + formatNumber(epochs, 3) + (gradual ? " --gradual" : "") + " --lr " +
                   formatNumber(document.recipe().rate * kTuneRateShare, 6);
    }
    command += " --data " + quoted(document.recipe().dataset) + " --out " + quoted(std::filesystem::path(document.path()).stem().string() + "-pruned.convolab");
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
