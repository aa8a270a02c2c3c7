#pragma once

#include <QElapsedTimer>
#include <QObject>
#include <QTimer>
#include <memory>
#include <optional>

#include "app/image/background_job.h"
#include "app/lenses/compress/plan_command.h"
#include "app/lenses/compress/plan_worker.h"
#include "app/weights_command.h"
#include "core/project/kept_version.h"

namespace convolab {

struct ImageDesk;
class LabDocument;
class TrainingSession;

/// The compression plan that lies over the document's network, and what it is worth: bytes, MACs and accuracy on
/// validation images, computed on a thread of its own. Edits of the plan are undo steps of the document. UI thread only.
class CompressSession : public QObject {
    Q_OBJECT

  public:
    static constexpr int kRestMs = 250;
    static constexpr double kUsualBudget = 0.01, kLargestBudget = 0.5;

    CompressSession(LabDocument& document, TrainingSession& session, ImageDesk& desk, QObject* parent = nullptr);
    ~CompressSession() override;

    void setActive(bool active);  ///< an inactive session computes nothing

    using Overlay = PlanOverlay;
    const CompressionPlan& plan() const { return m_overlay.plan; }
    const Overlay& overlay() const { return m_overlay; }
    /// What the overlay and a fine-tuning of it come to.
    PlanSteps stepsAfterTuning(const Recipe& training, bool gradual) const;
    /// One undo step; those with the same key (not empty) less than a second apart become one. Fine-tuned weights stay
    /// while staysTuned says so.
    void setPlan(const CompressionPlan& plan, const QString& text, const QString& mergeKey = {});
    void setOverlay(const Overlay& overlay, const QString& text, const QString& mergeKey = {});
    /// The document takes weights (and a network) from here, and this plan lies over them then: one undo step. Not while
    /// a training runs.
    void commit(WeightsChange change, const CompressionPlan& rest);

    /// Null before the first one, and while problem() says why there is none.
    LaidPlanPtr laid() const { return m_laid; }
    bool laidWaits() const;                                                      ///< laid() is of an older plan
    const std::optional<PlanAccuracy>& accuracy() const { return m_accuracy; }   ///< of laid(), or a little older
    const std::optional<PlanAccuracy>& original() const { return m_original; }   ///< uncompressed, on the same images
    bool accuracyWaits() const;              ///< of an older plan, or only of the sample
    double latencyMilliseconds() const { return m_latency; }  ///< from a person's change to the first accuracy of it
    QString problem() const { return m_problem; }             ///< one plain line, or empty
    /// Why there is no accuracy to tell although there is a plan: the data set is missing, or there is nothing to calibrate
    /// with. Empty: it is there, or on its way.
    QString accuracyProblem() const;
    const std::shared_ptr<CalibrationCache>& calibration() const { return m_calibration; }
    bool untrained() const { return m_untrained; }  ///< no weights, and none on their way

    WeightSetPtr base() const { return m_ground.base; }
    std::shared_ptr<const NetworkSpec> network() const { return m_ground.network; }

    /// Test accuracy of what lies there now, shown once beside: every look is counted and kept with the document.
    void lookAtTest();
    BackgroundJob& testJob() { return m_testJob; }
    const std::optional<PlanAccuracy>& test() const { return m_test; }  ///< absent once the plan is another
    int testLooks() const { return m_testLooks; }

    /// What was tried on this network, oldest first.
    const std::vector<TriedPoint>& points() const { return m_points; }
    const TriedPoint* currentPoint() const;  ///< the one that lies there now
    bool isOfTheseWeights(const TriedPoint& point) const { return point.base == m_baseKey; }
    const std::string& baseKey() const { return m_baseKey; }
    /// How much accuracy a plan may lose, as a share above 0: a line in the plot. Remembered in the document.
    double budget() const { return m_budget; }
    void setBudget(double share);  ///< outside (0, kLargestBudget]: nothing changes
    /// A sentence where it cannot be: the plan fits no more, its weights are gone.
    Status restore(std::int64_t point);
    void removePoint(std::int64_t point);

  signals:
    void planChanged();      ///< plan() or overlay(), also by undo
    void laidChanged();      ///< laid(), laidWaits() or problem()
    void accuracyChanged();  ///< accuracy, original, test, or whether they wait
    void pointsChanged();

  private:
    void push(const Overlay& overlay, const QString& text, const QString& mergeKey);
    void showOverlay(const HeldOverlayPtr& held);
    void onNetworkChanged();
    void onWeightsChanged();
    void onOpened();
    void refreshGround();
    std::optional<QString> obstacle() const;
    void touch(bool resting);
    void request(bool preview);
    void take(const PlanAnswer& answer);
    void record();
    void readPoints();
    void readLooks();
    PlanSteps readSteps(std::int64_t point) const;
    void savePlan();
    void setProblem(const QString& sentence);

    LabDocument& m_document;
    TrainingSession& m_session;
    ImageDesk& m_desk;
    std::shared_ptr<CalibrationCache> m_calibration = std::make_shared<CalibrationCache>();
    std::unique_ptr<PlanWorker> m_worker;
    BackgroundJob m_testJob;
    Overlay m_overlay;
    HeldOverlayPtr m_held;     ///< the same in the undo history; null or older: in none
    PlanGround m_ground;       ///< `tuned` is the overlay's
    std::string m_networkKey, m_baseKey;
    LaidPlanPtr m_laid, m_measured;  ///< m_measured: m_accuracy's
    std::optional<PlanAccuracy> m_accuracy, m_original, m_test;
    std::vector<TriedPoint> m_points;
    std::optional<std::int64_t> m_current;  ///< of m_points
    QString m_problem, m_accuracyProblem;
    QTimer m_rest;          ///< until a hand rests
    QTimer m_weightsTimer;  ///< asks a training for its weights
    QElapsedTimer m_wishClock, m_weightsClock;
    double m_latency = 0.0, m_budget = kUsualBudget;
    int m_testLooks = 0;
    bool m_active = false, m_wished = false, m_untrained = true, m_wasRunning = false;
};

}  // namespace convolab
