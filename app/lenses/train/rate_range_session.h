#pragma once

#include <QObject>

#include "app/image/background_job.h"
#include "core/train/rate_range.h"

namespace convolab {

class LabDocument;
class TrainingSession;

/// The learning-rate range test of the document's network, on a copy with fresh weights in the background. What there is so far
/// stays when it is cancelled. UI thread only.
class RateRangeSession : public QObject {
    Q_OBJECT

  public:
    RateRangeSession(LabDocument& document, TrainingSession& session, QObject* parent = nullptr);

    bool canRun(QString* reason = nullptr) const;
    void run(const RateRangeOptions& options);
    BackgroundJob& job() { return m_job; }
    const RateRange& range() const { return m_range; }
    /// Makes it the recipe's rate; a training that runs takes it over at its next step.
    void takeOver(double rate);

  signals:
    void changed();

  private:
    LabDocument& m_document;
    TrainingSession& m_session;
    BackgroundJob m_job;
    RateRange m_range;
};

}  // namespace convolab
