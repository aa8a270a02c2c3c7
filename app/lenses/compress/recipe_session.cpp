#include "app/lenses/compress/recipe_session.h"

#include <QDir>
#include <QFile>
#include <algorithm>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/stage_session.h"
#include "app/training_session.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

constexpr qint64 kLargestRecipe = 4 << 20;

/// The rows of the panel with what has come in so far.
std::vector<Stage> shownStages(const CompressionRecipe& recipe, const std::vector<CompressionStage>& come) {
    const bool onGrids = std::any_of(recipe.steps.begin(), recipe.steps.end(), [](const CompressionStep& step) { return step.action == CompressionAction::Quantize; });
    std::vector<Stage> stages;
    for (const char* name : {"dense", "pruned", onGrids ? "quantised" : "shared", "coded"}) {
        Stage& stage = stages.emplace_back(Stage{RecipeSession::tr(name).toStdString()});
        for (const CompressionStage& each : come) {
            if (each.name == name) stage.bytes = each.bytes, stage.accuracy = each.accuracy;
        }
    }
    return stages;
}

}  // namespace

RecipeSession::RecipeSession(LabDocument& document, TrainingSession& session, ImageDesk& desk, CompressSession& compress, StageSession& stages,
                             QObject* parent)
    : QObject(parent), m_document(document), m_session(session), m_desk(desk), m_compress(compress), m_stages(stages) {
    connect(&m_job, &BackgroundJob::changed, this, &RecipeSession::changed);
    connect(&m_job, &BackgroundJob::finished, this, [this] {
        m_stages.showPlan();
        if (m_job.state() == BackgroundJob::State::Cancelled) emit message(tr("The recipe was cancelled; nothing has changed"), false);
    });
    connect(&document, &LabDocument::opened, this, [this] { m_job.reset(); });
}

bool RecipeSession::canRun(QString* reason) const {
    const auto say = [&](const QString& text) {
        if (reason != nullptr) *reason = text;
        return false;
    };
    if (!m_compress.base() || !m_compress.problem().isEmpty()) return say(tr("There are no weights to compress"));
    if (!m_desk.image.dataset()) return say(tr("The data set is not open"));
    if (m_session.isRunning()) return say(tr("Pause the training first"));
    if (m_job.isRunning()) return say(tr("A recipe is running"));
    return true;
}

std::vector<CompressionRecipe> RecipeSession::shipped() const {
    std::vector<CompressionRecipe> fitting;
    if (!m_compress.network()) return fitting;
    const QDir folder(QStringLiteral(":/convolab/recipes"));
    for (const QString& name : folder.entryList({QStringLiteral("*.json")}, QDir::Files, QDir::Name)) {
        QFile file(folder.filePath(name));
        if (!file.open(QIODevice::ReadOnly)) continue;
        auto recipe = compressionRecipeFromJson(file.readAll().toStdString(), *m_compress.network());
        if (recipe.ok()) fitting.push_back(std::move(recipe).value());
    }
    return fitting;
}

Status RecipeSession::runFile(const QString& path) {
    QString reason;
    if (!canRun(&reason)) return Error{ErrorCode::InvalidArgument, reason.toStdString(), {}, {}};
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly)) return Error{ErrorCode::IoFailure, "cannot read \"" + path.toStdString() + "\"", {}, "check its permissions"};
    if (file.size() > kLargestRecipe) return Error{ErrorCode::InvalidArgument, "\"" + path.toStdString() + "\" is too large to be a recipe", {}, {}};
    CONVOLAB_ASSIGN(const CompressionRecipe recipe, compressionRecipeFromJson(file.readAll().toStdString(), *m_compress.network()));
    run(recipe);
    return {};
}

void RecipeSession::run(const CompressionRecipe& recipe) {
    if (!canRun()) return;
    m_doing = tr("starting");
    m_stages.showRunning(shownStages(recipe, {}));
    const WeightSetPtr base = m_compress.base();
    const QString name = recipe.name.empty() ? tr("Recipe") : QString::fromStdString(recipe.name);
    m_job.start<CompressionResult>(
        name.length() > 40 ? tr("Recipe") : name,
        [this, recipe, base, network = m_compress.network(), dataset = m_desk.image.dataset()](const BackgroundJob::Context& context) {
            std::vector<CompressionStage> come;
            std::string doing;
            CompressionWatch watch;
            watch.progress = [&](double share, const std::string& what) {
                if (what != doing) context.toUi([this, what] { m_doing = QString::fromStdString(what); });
                doing = what;
                return context.progress(share);
            };
            watch.stage = [&](const CompressionStage& stage) {
                come.push_back(stage);
                context.toUi([this, stages = shownStages(recipe, come)] { m_stages.showRunning(stages); });
            };
            return runCompression(*network, *base, dataset, recipe, watch);
        },
        [this, recipe, base](CompressionResult result) { take(recipe, std::move(result), base); });
}

void RecipeSession::take(const CompressionRecipe& recipe, CompressionResult result, const WeightSetPtr& base) {
    m_stages.showPlan();
    if (m_compress.base() != base) return emit message(tr("The network was trained on meanwhile: the recipe's result is of weights that are gone"), true);
    CompressSession::Overlay overlay{planOf(recipe)};
    if (trains(recipe)) {
        overlay.tuned = std::make_shared<const WeightSet>(std::move(result.network.weights));
        std::vector<CompressionStep> steps = recipe.steps;
        std::string coder = m_stages.coder();
        std::erase_if(steps, [&](const CompressionStep& step) {
            if (step.action == CompressionAction::Code) coder = step.coder;
            return step.action == CompressionAction::Code;
        });
        m_stages.setCoder(coder);
        overlay.steps = std::make_shared<const std::vector<CompressionStep>>(std::move(steps));
    }
    m_compress.setOverlay(overlay, tr("Run a recipe"));
    if (!result.quantization) {
        CodedPlan coded{{m_compress.network(), base, overlay.tuned}, overlay.plan, m_stages.coder(), {}, result.size.denseBytes(), static_cast<std::int64_t>(result.file.size())};
        for (const StageBytes& stage : result.size.stages) coded.stages.push_back(stage.bytes);
        const CompressionStage& last = result.stages.back();
        const auto correct = static_cast<std::int64_t>(std::llround(last.accuracy * static_cast<double>(last.images)));
        const DatasetPtr dataset = m_desk.image.dataset();
        const bool validated = !dataset || dataset->size(Split::Validation) > 0;
        coded.accuracy = PlanAccuracy{validated ? Split::Validation : Split::Test, correct, last.images, last.images, arithmeticOf(overlay.plan)};
        m_stages.take(std::move(coded));
    }
    const auto bytes = [](const CompressionStage& stage) { return QString::fromStdString(bytesText(static_cast<double>(stage.bytes))); };
    emit message(tr("Recipe done: %1 → %2, %3 %. Undo takes it back.")
                     .arg(bytes(result.stages.front()), bytes(result.stages.back()), QString::fromStdString(fixedText(100.0 * result.stages.back().accuracy, 2))),
                 false);
}

}  // namespace convolab
