// The part of the compress session that remembers: tried points, and looks at the test set.
#include <algorithm>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/compress/compress_session.h"

namespace convolab {

namespace {

constexpr std::size_t kMostPoints = 400;  // of the plot; older ones stay in the file
constexpr const char* kLooksSetting = "test_looks";
const std::string kStepsSetting = "tried_steps_";  // with the number of a fine-tuned point behind it

}  // namespace

void CompressSession::readPoints() {
    m_points.clear();
    m_current.reset();
    if (ProjectFile* file = m_document.file(); file != nullptr && !m_networkKey.empty()) {
        if (auto points = file->readTriedPoints(); points.ok()) m_points = std::move(points).value();
        std::erase_if(m_points, [this](const TriedPoint& point) { return point.network != m_networkKey; });
        if (m_points.size() > kMostPoints) m_points.erase(m_points.begin(), m_points.end() - kMostPoints);
    }
    emit pointsChanged();
}

void CompressSession::readLooks() {
    m_testLooks = 0;
    ProjectFile* file = m_document.file();
    const auto looks = file != nullptr ? file->readSetting(kLooksSetting) : Result<std::optional<std::string>>(std::nullopt);
    if (looks.ok() && *looks) m_testLooks = QString::fromStdString(**looks).toInt();
}

void CompressSession::record() {
    const CompressionPlan& plan = m_laid->plan;
    if (!plan.prunes() && !plan.quantizes() && !plan.shares()) {
        m_current.reset();
        emit pointsChanged();
        return;  // the original has a mark of its own
    }
    TriedPoint point{.network = m_networkKey, .base = m_baseKey, .planJson = planToJson(plan, *m_ground.network), .bytes = m_laid->figures.bytes,
                     .accuracy = m_accuracy->share(), .split = splitName(m_accuracy->split), .images = m_accuracy->images,
                     .fineTuned = m_ground.tuned != nullptr};
    // The same plan over the same weights is the same point.
    const auto same = std::find_if(m_points.begin(), m_points.end(), [&](const TriedPoint& old) {
        return old.base == point.base && old.planJson == point.planJson && old.fineTuned == point.fineTuned && old.bytes == point.bytes &&
               old.accuracy == point.accuracy && old.images == point.images;
    });
    if (same != m_points.end()) {
        m_current = same->id;
        if (m_held && same->hasWeights) m_held->setPoint(same->id);
        emit pointsChanged();
        return;
    }
    point.hasWeights = point.fineTuned;
    if (ProjectFile* file = m_document.file()) {
        point.id = file->writeTriedPoint(point, m_ground.tuned);
        if (m_held && point.hasWeights) m_held->setPoint(point.id);
        if (m_overlay.steps) file->writeSetting(kStepsSetting + std::to_string(point.id), compressionRecipeToJson({{}, *m_overlay.steps}, *m_ground.network));
    } else {
        point.id = m_points.empty() ? 1 : m_points.back().id + 1;
        point.hasWeights = false;
    }
    m_current = point.id;
    m_points.push_back(std::move(point));
    emit pointsChanged();
}

const TriedPoint* CompressSession::currentPoint() const {
    if (!m_current) return nullptr;
    const auto found = std::find_if(m_points.begin(), m_points.end(), [this](const TriedPoint& point) { return point.id == *m_current; });
    return found == m_points.end() ? nullptr : &*found;
}

Status CompressSession::restore(std::int64_t id) {
    const auto found = std::find_if(m_points.begin(), m_points.end(), [id](const TriedPoint& point) { return point.id == id; });
    if (found == m_points.end() || !m_ground.network) return Error{ErrorCode::NotFound, "there is no such point", {}, {}};
    Overlay overlay;
    CONVOLAB_ASSIGN(overlay.plan, planFromJson(found->planJson, *m_ground.network));
    if (found->fineTuned) {
        ProjectFile* file = m_document.file();
        if (file == nullptr) return Error{ErrorCode::NotFound, "the fine-tuned weights of this point were not saved", {}, "fine-tune its plan again"};
        CONVOLAB_ASSIGN(WeightSet weights, file->readTriedWeights(id, *m_ground.network));
        overlay.tuned = std::make_shared<const WeightSet>(std::move(weights));
        overlay.steps = readSteps(id);
    } else if (!isOfTheseWeights(*found)) {
        return Error{ErrorCode::InvalidArgument, "this plan was laid over weights that the network no longer has",
                     {}, "set the same sparsities and bits again to see what they cost now"};
    }
    setOverlay(overlay, tr("Restore a tried plan"));
    return {};
}

PlanSteps CompressSession::readSteps(std::int64_t point) const {
    const auto text = m_document.file()->readSetting(kStepsSetting + std::to_string(point));
    if (!text.ok() || !*text) return nullptr;
    auto recipe = compressionRecipeFromJson(**text, *m_ground.network);
    return recipe.ok() ? std::make_shared<const std::vector<CompressionStep>>(std::move(recipe->steps)) : nullptr;
}

void CompressSession::removePoint(std::int64_t id) {
    if (ProjectFile* file = m_document.file()) file->removeTriedPoint(id);
    std::erase_if(m_points, [id](const TriedPoint& point) { return point.id == id; });
    if (m_current == id) m_current.reset();
    emit pointsChanged();
}

void CompressSession::lookAtTest() {
    const DatasetPtr dataset = m_desk.image.dataset();
    if (!m_laid || laidWaits() || !dataset) return;
    ++m_testLooks;
    if (ProjectFile* file = m_document.file()) file->writeSetting(kLooksSetting, std::to_string(m_testLooks));
    emit accuracyChanged();
    m_testJob.start<PlanAccuracy>(
        tr("Measuring on the test images"),
        [laid = m_laid, dataset, calibration = m_calibration](const BackgroundJob::Context& context) {
            return measurePlan(*laid, dataset, Split::Test, *calibration, [&context] { return context.progress(0.0); });
        },
        [this, laid = m_laid](PlanAccuracy measured) {
            if (laid != m_laid) return;
            m_test = measured;
            emit accuracyChanged();
        });
}

}  // namespace convolab
