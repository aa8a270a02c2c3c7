#pragma once

#include <optional>

#include "app/image/background_job.h"
#include "app/lenses/look_inside/inspect_tool.h"
#include "core/inspect/maximization.h"

class QLabel;
class QPushButton;

namespace convolab {

class MapView;
class SegmentedControl;
class ValueField;
class ValueRows;

/// The image that excites the chosen unit or map most, growing step by step from noise; can be stopped and gone on with.
class MaximiseTool : public InspectTool {
    Q_OBJECT

  public:
    explicit MaximiseTool(const InspectContext& context);

  protected:
    void refresh() override;
    void activated(bool active) override;

  private:
    /// One run of the ascent; used by one thread at a time.
    struct Run {
        std::unique_ptr<ActivationMaximizer> maximizer;
        MaximizationOptions options;
        QString target;  ///< "Conv 1, map 2"
    };
    struct Progress {
        Tensor image;
        int step = 0;
        double activation = 0.0;
    };
    void buildTarget();
    void buildPicture();
    MaximizationOptions wanted() const;
    QString targetName() const;
    NodeId excitedLayer() const;
    void start();
    void reset();
    void show(std::shared_ptr<const Progress> progress);
    void showState();
    static Result<std::shared_ptr<Run>> climb(std::shared_ptr<Run> run, const NetworkSpec& spec, const WeightSetPtr& weights,
                                              const BackgroundJob::Context& context, const std::function<void(std::shared_ptr<const Progress>)>& tell);

    QLabel *m_target = nullptr, *m_state = nullptr, *m_problem = nullptr;
    SegmentedControl* m_what = nullptr;
    QWidget* m_whatRow = nullptr;
    ValueField *m_steps = nullptr, *m_rate = nullptr, *m_seed = nullptr;
    QPushButton *m_start = nullptr, *m_reset = nullptr;
    MapView* m_image = nullptr;
    ValueRows* m_rows = nullptr;
    BackgroundJob m_job;
    std::shared_ptr<Run> m_run;  ///< to go on with
    std::shared_ptr<const Progress> m_shown;
    QString m_shownTarget;
};

}  // namespace convolab
