#pragma once

#include <QObject>
#include <map>
#include <memory>

#include "app/image/background_job.h"
#include "core/inspect/predictions.h"

namespace convolab {

class CurrentImage;
class LabDocument;
class ProbeSession;

/// The network's answers on a whole split, computed in the background when somebody asks. When the weights (or the
/// channels that are switched off) move on the table stays, marked stale, until it is asked for again. UI thread only.
class PredictionsCache : public QObject {
    Q_OBJECT

  public:
    PredictionsCache(LabDocument& document, ProbeSession& probe, CurrentImage& image, QObject* parent = nullptr);

    /// Computes the table of the probe's effective weights unless it is there or on its way.
    void ask(Split split);
    std::shared_ptr<const PredictionTable> table(Split split) const;  ///< the newest, null before the first
    bool stale(Split split) const;  ///< the weights have moved on since
    /// Of the newest table made with all channels on; null if there is none.
    std::shared_ptr<const PredictionTable> wholeTable(Split split) const;
    BackgroundJob& job() { return m_job; }

  signals:
    void changed();  ///< a table arrived, went stale or was dropped

  private:
    struct Entry {
        std::shared_ptr<const PredictionTable> table, whole;
        WeightSetPtr weights;  ///< effective ones that made `table`
    };
    LabDocument& m_document;
    ProbeSession& m_probe;
    CurrentImage& m_image;
    BackgroundJob m_job;
    std::map<Split, Entry> m_entries;
    WeightSetPtr m_asked;
    Split m_askedSplit = Split::Test;
};

}  // namespace convolab
