#pragma once

#include <QObject>
#include <map>
#include <vector>

#include "app/image/background_job.h"
#include "core/attack/robustness.h"

namespace convolab {

/// A network whose accuracy under attack is measured: the open one, or the defended copy.
struct RobustnessSubject {
    bool defended = false;
    NetworkSpec network;
    WeightSetPtr weights;
};

/// One attack on one network over several ε.
struct RobustnessCurve {
    bool defended = false;
    AttackSpec attack;              ///< its ε means nothing
    WeightSetPtr weights;           ///< that were attacked
    std::vector<CurvePoint> points; ///< ascending ε

    bool sameAs(bool otherDefended, const AttackSpec& other) const;
    const CurvePoint* at(double epsilon) const;       ///< exactly this ε
    const CurvePoint* nearest(double epsilon) const;  ///< null while empty
};

/// What a person asks for.
struct RobustnessPlan {
    std::vector<RobustnessSubject> subjects;
    std::vector<AttackSpec> attacks;
    std::vector<double> epsilons;
    RobustnessSample sample;
    DatasetPtr dataset;
};

/// Accuracy-against-ε curves, measured in the background a point at a time; cancelling keeps what was done, and a later run
/// goes on from there: points of the same weights are not measured twice. Curves of another split or number of images never stand beside each other: a run with another sample begins anew. Also knows
/// which images fell to the smallest budget. UI thread only.
class RobustnessSession : public QObject {
    Q_OBJECT

  public:
    explicit RobustnessSession(QObject* parent = nullptr);

    void run(RobustnessPlan plan);
    void clear();                              ///< another document
    void dropDefended();                       ///< the copy is another
    BackgroundJob& job() { return m_job; }
    const std::vector<RobustnessCurve>& curves() const { return m_curves; }
    const RobustnessCurve* curve(bool defended, const AttackSpec& attack) const;
    const RobustnessSample& sample() const { return m_sample; }  ///< of curves()
    std::int64_t images() const { return m_images; }             ///< that the sample has

    /// A sentence where a weak attack flatters the open network (or the defended one); may be empty.
    std::string flatteryNote(bool defended) const;
    /// What a reader has to know beside the numbers (masked gradients, images left out), a sentence each.
    std::vector<std::string> notes() const;

    struct HardImage {
        std::int64_t index = 0;   ///< in the sample's split
        double epsilon = 0.0;     ///< the smallest at which it fell; 0: wrong without any attack
        double l2 = 0.0;          ///< of that perturbation
    };
    /// Right at first and then fooled by the smallest perturbations found so far, in that order.
    std::vector<HardImage> hardest(std::size_t count) const;

  signals:
    void changed();  ///< curves()

  private:
    /// One point of one curve.
    struct Part {
        std::size_t subject = 0;
        AttackSpec attack;
        double effort = 1.0;
    };
    RobustnessCurve& curveFor(const RobustnessSubject& subject, const AttackSpec& attack);
    Status measure(const RobustnessPlan& plan, const Part& part, const Progress& progress, const BackgroundJob::Context& context);
    void addPoint(bool defended, const AttackSpec& attack, const WeightSetPtr& weights, const CurvePoint& point,
                  const std::vector<HardImage>& fooled);

    BackgroundJob m_job;
    std::vector<RobustnessCurve> m_curves;
    RobustnessSample m_sample;
    std::int64_t m_images = 0;
    std::map<std::int64_t, HardImage> m_hard;  ///< of the open network, by index
};

/// The ε at which a curve is measured: denser where curves fall, and the chosen ones among them.
std::vector<double> curveEpsilons(double largest, const std::vector<double>& chosen);

}  // namespace convolab
