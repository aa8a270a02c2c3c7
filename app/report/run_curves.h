#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "core/train/history.h"
#include "widgets/plots/plot_description.h"

namespace convolab {

/// The curves of one run as plot descriptions, the same in the window's strip and in the report. update()
/// reads only the rows that are new since the last call, so it may run many times a second on long histories.
class RunCurves {
  public:
    RunCurves();
    void clear();
    /// Whether the loss is the zero–one loss of a step, and for a regression the unit of its root mean squared error, which then
    /// stands in the place of the accuracy. Another goal than before clears.
    void setGoal(bool zeroOne, const std::optional<std::string>& regressionUnit);
    /// `history` is the one of the last call with rows appended, else clear() first. `epochs`: where the x
    /// axis ends.
    void update(const History& history, double epochs);

    const PlotDescription& loss() const { return m_loss; }
    const PlotDescription& accuracy() const { return m_accuracy; }  ///< of a regression the root mean squared error
    const PlotDescription& rate() const { return m_rate; }
    const PlotDescription& throughput() const { return m_throughput; }  ///< images/s over half a second

  private:
    struct Smoothing {
        double mean = 0.0;
        std::int64_t count = 0;
        double next(double raw);
    };

    void addStep(const History& history, std::size_t index);
    void addEvaluations(const History& history);
    void addRobustness(const History& history);  ///< two more accuracy curves, in adversarial training only
    void setAxes(const History& history, double epochs);

    /// What the second plot shows of a row.
    double shownMetric(double loss, double accuracy, std::int64_t images) const;

    bool m_zeroOne = false;
    std::optional<std::string> m_unit;  ///< set: a regression
    PlotDescription m_loss, m_accuracy, m_rate, m_throughput;
    Smoothing m_lossMean, m_accuracyMean;
    std::size_t m_steps = 0, m_validation = 0, m_clean = 0, m_robust = 0;
    std::size_t m_windowStart = 0;  ///< first step of the half second over which images/s are counted
    std::int64_t m_windowImages = 0;
};

}  // namespace convolab
