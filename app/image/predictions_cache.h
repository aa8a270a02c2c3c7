#pragma once

#include <QObject>
#include <map>
#include <memory>
#include <optional>

#include "app/image/background_job.h"
#include "core/inspect/predictions.h"

namespace convolab {

class CurrentImage;
class ProbeSession;

/// The network's answers on a whole split, computed in the background when somebody asks. When the weights (or the
/// channels that are switched off) move on, the table stays, marked stale, until it is asked for again. Another data set
/// drops all tables. UI thread only.
class PredictionsCache : public QObject {
    Q_OBJECT

  public:
    using TablePtr = std::shared_ptr<const PredictionTable>;

    PredictionsCache(ProbeSession& probe, CurrentImage& image, QObject* parent = nullptr);

    /// Computes the table of the probe's effective weights unless it is there or on its way. Waits for weights and data
    /// set where they are not known yet; a wish for another split replaces it.
    void ask(Split split);
    TablePtr table(Split split) const;       ///< the newest; null before the first
    bool isStale(Split split) const;         ///< the weights have moved on since; true where there is no table
    WeightSetPtr weightsOf(Split split) const;  ///< that made table()
    TablePtr wholeTable(Split split) const;  ///< the newest made with all channels on; null if there is none
    BackgroundJob& job() { return m_job; }   ///< its progress, and Cancel

  signals:
    void changed();  ///< a table arrived, went stale or was dropped

  private:
    struct Entry {
        TablePtr table, whole;
        WeightSetPtr weights;
    };
    void startWaiting();

    ProbeSession& m_probe;
    CurrentImage& m_image;
    BackgroundJob m_job;
    std::map<Split, Entry> m_entries;
    std::optional<Split> m_waiting;
    WeightSetPtr m_running;  ///< weights of the job in hand
    Split m_runningSplit = Split::Test;
};

}  // namespace convolab
