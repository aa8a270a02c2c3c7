#include "app/lenses/compress/export_session.h"

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/compress/stage_session.h"

namespace convolab {

ExportSession::ExportSession(LabDocument& document, ImageDesk& desk, CompressSession& compress, StageSession& stages, QObject* parent)
    : QObject(parent), m_document(document), m_desk(desk), m_compress(compress), m_stages(stages) {
    connect(&document, &LabDocument::opened, &m_job, &BackgroundJob::reset);
    connect(&m_job, &BackgroundJob::finished, this, [this] {
        if (m_job.state() == BackgroundJob::State::Failed) emit message(m_job.error(), true);
    });
}

Result<CompressionRecipe> ExportSession::recipe() const {
    const CompressSession::Overlay& overlay = m_compress.overlay();
    return recipeOf({.plan = overlay.plan, .tuned = overlay.tuned != nullptr, .steps = overlay.steps, .coder = m_stages.coder(),
                     .name = tr("Compression of %1").arg(m_document.name()).toStdString()});
}

ExportGround ExportSession::ground() const {
    ExportGround ground;
    if (!m_compress.laidWaits()) ground.laid = m_compress.laid();
    ground.dataset = m_desk.image.dataset();
    ground.calibration = m_compress.calibration();
    ground.coder = m_stages.coder();
    auto made = recipe();
    if (made.ok()) {
        ground.recipe = std::move(made).value();
    } else {
        ground.noRecipe = made.error().message;
    }
    return ground;
}

void ExportSession::run(const ExportForm& form, const QString& file) {
    ExportGround ground = this->ground();
    if (!ground.laid || !form.obstacle(ground).isEmpty()) return;
    m_job.start<ExportOutcome>(
        tr("Exporting"),
        [ground, write = form.write, path = std::filesystem::path(file.toStdString())](const BackgroundJob::Context& context) {
            return write(ground, path, context.progress);
        },
        [this](ExportOutcome outcome) {
            if (outcome.coded) m_stages.take(std::move(*outcome.coded));
            emit message(outcome.sentence, false);
        });
}

}  // namespace convolab
