#include "app/image/predictions_cache.h"

#include "app/image/current_image.h"
#include "app/image/probe_session.h"

namespace convolab {

PredictionsCache::PredictionsCache(ProbeSession& probe, CurrentImage& image, QObject* parent) : QObject(parent), m_probe(probe), m_image(image) {
    connect(&probe, &ProbeSession::weightsChanged, this, [this] {
        startWaiting();
        emit changed();
    });
    connect(&image, &CurrentImage::datasetChanged, this, [this] {
        m_entries.clear();
        m_job.reset();
        m_running.reset();
        startWaiting();
        emit changed();
    });
}

PredictionsCache::TablePtr PredictionsCache::table(Split split) const {
    const auto found = m_entries.find(split);
    return found != m_entries.end() ? found->second.table : nullptr;
}

PredictionsCache::TablePtr PredictionsCache::wholeTable(Split split) const {
    const auto found = m_entries.find(split);
    return found != m_entries.end() ? found->second.whole : nullptr;
}

WeightSetPtr PredictionsCache::weightsOf(Split split) const {
    const auto found = m_entries.find(split);
    return found != m_entries.end() ? found->second.weights : nullptr;
}

bool PredictionsCache::isStale(Split split) const {
    const WeightSetPtr weights = weightsOf(split);
    return !weights || weights != m_probe.effectiveWeights();
}

void PredictionsCache::ask(Split split) {
    m_waiting = split;
    startWaiting();
}

void PredictionsCache::startWaiting() {
    const WeightSetPtr weights = m_probe.effectiveWeights();
    const DatasetPtr dataset = m_image.dataset();
    if (!m_waiting || !weights || !dataset) return;
    const Split split = *m_waiting;
    m_waiting.reset();
    if (!isStale(split) || (m_job.isRunning() && m_running == weights && m_runningSplit == split)) return;
    m_running = weights;
    m_runningSplit = split;
    const bool whole = weights == m_probe.weights();
    m_job.start<PredictionTable>(
        tr("Predictions on the %1 set").arg(QString::fromUtf8(splitName(split))),
        [spec = m_probe.spec(), weights, dataset, split](const BackgroundJob::Context& context) {
            return predictSplit(spec, *weights, *dataset, split, 0, context.progress);
        },
        [this, split, weights, whole](PredictionTable table) {
            Entry& entry = m_entries[split];
            entry.table = std::make_shared<PredictionTable>(std::move(table));
            entry.weights = weights;
            if (whole) entry.whole = entry.table;
            emit changed();
        });
}

}  // namespace convolab
