#include "app/lenses/compress/stage_session.h"

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/compress/compress_session.h"

namespace convolab {

namespace {

constexpr const char* kCoderSetting = "compress_coder";

}  // namespace

StageSession::StageSession(LabDocument& document, ImageDesk& desk, CompressSession& compress, QObject* parent)
    : QObject(parent), m_document(document), m_desk(desk), m_compress(compress) {
    connect(&m_job, &BackgroundJob::changed, this, &StageSession::changed);
    connect(&compress, &CompressSession::laidChanged, this, &StageSession::changed);
    connect(&compress, &CompressSession::accuracyChanged, this, &StageSession::changed);
    connect(&compress, &CompressSession::pointsChanged, this, &StageSession::changed);
    connect(&compress, &CompressSession::planChanged, &m_job, &BackgroundJob::reset);
    connect(&document, &LabDocument::opened, this, [this] {
        m_job.reset();
        m_coded.reset();
        m_running.clear();
        readCoder();
    });
    readCoder();
}

void StageSession::readCoder() {
    m_coder = weightCoders().back()->id;
    if (ProjectFile* file = m_document.file()) {
        if (const auto read = file->readSetting(kCoderSetting); read.ok() && *read && findWeightCoder(std::string_view(**read))) m_coder = **read;
    }
    emit changed();
}

void StageSession::setCoder(const std::string& id) {
    if (id == m_coder || findWeightCoder(std::string_view(id)) == nullptr) return;
    m_coder = id;
    if (ProjectFile* file = m_document.file()) file->writeSetting(kCoderSetting, id);
    emit changed();
}

bool StageSession::canCode(QString* reason) const {
    const auto say = [&](const QString& text) {
        if (reason != nullptr) *reason = text;
        return false;
    };
    const LaidPlanPtr laid = m_compress.laid();
    if (!laid || m_compress.laidWaits()) return say(tr("The plan is not computed yet"));
    if (laid->plan.quantizes()) return say(tr("Uniform grids have no packed file: choose k-means levels, or export ONNX with integers"));
    if (laid->figures.kept == laid->figures.weights && !laid->plan.shares()) return say(tr("Prune or share something first"));
    return true;
}

void StageSession::code() {
    if (!canCode()) return;
    m_job.start<CodedPlan>(
        tr("Coding and reading back"),
        [laid = m_compress.laid(), coder = findWeightCoder(std::string_view(m_coder)), dataset = m_desk.image.dataset()](const BackgroundJob::Context& context) {
            return codePlan(*laid, *coder, dataset, context.progress);
        },
        [this](CodedPlan coded) { take(std::move(coded)); });
}

const CodedPlan* StageSession::coded() const {
    const LaidPlanPtr laid = m_compress.laid();
    return m_coded && laid && !m_compress.laidWaits() && m_coded->isOf(*laid) ? &*m_coded : nullptr;
}

void StageSession::take(CodedPlan coded) {
    coded.file.clear();  // its bytes are where they were wanted
    m_coded = std::move(coded);
    emit changed();
}

void StageSession::showRunning(std::vector<Stage> stages) {
    m_running = std::move(stages);
    emit changed();
}

/// The same plan without its bits, where it was tried.
std::optional<double> StageSession::prunedAccuracy() const {
    CompressionPlan cut = m_compress.plan();
    for (auto& [layer, plan] : cut.layers) plan.bits = kFloatBits, plan.levels = WeightLevels::Uniform;
    const bool tuned = m_compress.overlay().tuned != nullptr;
    std::optional<double> found;
    for (const TriedPoint& point : m_compress.points()) {
        if (point.fineTuned != tuned || !m_compress.isOfTheseWeights(point)) continue;
        auto plan = planFromJson(point.planJson, *m_compress.network());
        if (!plan.ok() || plan->shares() || plan->quantizes() || !samePruning(*plan, cut)) continue;
        found = point.accuracy;
    }
    return found;
}

std::vector<Stage> StageSession::stages() const {
    if (!m_running.empty()) return m_running;
    const LaidPlanPtr laid = m_compress.laid();
    if (!laid) return {};
    StageAccuracies known;
    const auto &accuracy = m_compress.accuracy(), &original = m_compress.original();
    if (original && original->whole()) known.dense = original->share();
    if (accuracy && !m_compress.accuracyWaits()) known.last = accuracy->share();
    if (laid->plan.shares() || laid->plan.quantizes()) known.pruned = prunedAccuracy();
    return stagesOf(*laid, coded(), m_coder, known);
}

}  // namespace convolab
