#pragma once

#include <QObject>

#include "app/image/background_job.h"
#include "app/lenses/compress/plan_bench.h"
#include "core/compress/to_dense.h"
#include "core/measure/spread.h"

namespace convolab {

class CompressSession;
struct ImageDesk;

/// What becomes of the network when the filters that the plan emptied are really removed.
struct DenseOutcome {
    LaidPlanPtr laid;
    DenseNetwork dense;
    double difference = 0.0;      ///< the largest |Δlogit| on real images
    std::int64_t images = 0;      ///< … on so many
    Spread before, after;         ///< seconds of a forward pass of one image (core/measure)
};
using DenseOutcomePtr = std::shared_ptr<const DenseOutcome>;

/// Makes the smaller network in the background, proves it equal, and measures both. The document changes only when a
/// person takes it. UI thread only.
class DenseSession : public QObject {
    Q_OBJECT

  public:
    DenseSession(ImageDesk& desk, CompressSession& compress, QObject* parent = nullptr);

    void run();
    void clear();
    BackgroundJob& job() { return m_job; }
    DenseOutcomePtr outcome() const { return m_outcome; }  ///< null before, and once the plan is another

  signals:
    void changed();

  private:
    ImageDesk& m_desk;
    CompressSession& m_compress;
    BackgroundJob m_job;
    DenseOutcomePtr m_outcome;
};

}  // namespace convolab
