#pragma once

#include <QObject>

#include "app/image/background_job.h"
#include "app/lenses/compress/tune_run.h"
#include "core/train/history.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

/// Of the recipe's rate, in fine-tuning: the weights are near their place already.
inline constexpr double kTuneRateShare = 0.5;

class CompressSession;
struct ImageDesk;
class LabDocument;
class TrainingSession;

/// How a cut network learns to do with less.
struct TuneOptions {
    bool gradual = false;  ///< prune in steps, with training between them; else all at once, then train
    double epochs = 1.0;
    double rate = 1e-3;
};

/// Fine-tuning under the plan: pruned weights stay 0, shared ones equal, quantised ones on their grid. Runs in the
/// background on a copy; its end is one undo step that puts the weights under the plan. UI thread only.
class TuneSession : public QObject {
    Q_OBJECT

  public:
    TuneSession(LabDocument& document, TrainingSession& session, ImageDesk& desk, CompressSession& compress, QObject* parent = nullptr);

    bool canStart(QString* reason = nullptr) const;
    void start(const TuneOptions& options);
    BackgroundJob& job() { return m_job; }
    bool isRunning() const { return m_job.isRunning(); }

    /// Of the latest run: what each check on the validation sample gave.
    using Row = TuneRow;
    const std::vector<Row>& rows() const { return m_rows; }
    double epochs() const { return m_options.epochs * m_trainings; }  ///< of all its trainings together
    std::int64_t images() const { return m_images; }  ///< of each check
    const std::optional<PlanAccuracy>& before() const { return m_before; }  ///< of the plan, cut only
    std::int64_t steps() const { return m_steps; }
    double seconds() const { return m_seconds; }

  signals:
    void changed();
    void finished();  ///< its weights lie under the plan

  private:
    void add(const Row& row);

    LabDocument& m_document;
    TrainingSession& m_session;
    ImageDesk& m_desk;
    CompressSession& m_compress;
    BackgroundJob m_job;
    TuneOptions m_options;
    std::vector<Row> m_rows;
    std::optional<PlanAccuracy> m_before;
    std::int64_t m_images = 0, m_steps = 0;
    int m_trainings = 1;
    double m_seconds = 0.0;
};

/// Accuracy over epochs, and the sparsity beside it where it grows.
PlotDescription tunePlot(const TuneSession& tune);

}  // namespace convolab
