#include "app/lenses/train/rate_range_session.h"

#include "app/lab_document.h"
#include "app/training_session.h"

namespace convolab {

RateRangeSession::RateRangeSession(LabDocument& document, TrainingSession& session, QObject* parent)
    : QObject(parent), m_document(document), m_session(session) {
    connect(&m_job, &BackgroundJob::changed, this, &RateRangeSession::changed);
    connect(&m_document, &LabDocument::opened, this, [this] {
        m_job.reset();
        m_range = {};
        emit changed();
    });
}

bool RateRangeSession::canRun(QString* reason) const {
    if (!m_session.canPlay(reason)) return false;
    if (m_session.datasets().peek(m_document.recipe().dataset) != nullptr) return true;
    if (reason != nullptr) *reason = tr("the data set is not open");
    return false;
}

void RateRangeSession::run(const RateRangeOptions& options) {
    if (!canRun()) return;
    m_range = {};
    m_job.start<RateRange>(
        tr("Range test"),
        [this, options, spec = m_document.network().spec(), recipe = m_document.recipe(),
         dataset = m_session.datasets().peek(m_document.recipe().dataset)](const BackgroundJob::Context& context) -> Result<RateRange> {
            const Analysis analysis = analyze(spec);
            DatasetPtr fit = dataset;
            if (analysis.inputShape) {
                CONVOLAB_ASSIGN(fit, fitted(fit, *analysis.inputShape));
            }
            return measureRateRange(spec, fit, recipe, nullptr, options, [&](double share, const RateRange& range) {
                context.toUi([this, range] {
                    m_range = range;
                    emit changed();
                });
                return context.progress(share);
            });
        },
        [this](RateRange range) {
            m_range = std::move(range);
            emit changed();
        });
    emit changed();
}

void RateRangeSession::takeOver(double rate) { m_session.setRate(rate); }

}  // namespace convolab
