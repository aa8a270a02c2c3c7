#pragma once

#include "app/lenses/look_inside/inspect_tool.h"
#include "app/lenses/look_inside/latest_task.h"
#include "app/lenses/look_inside/partial_tiles.h"
#include "core/inspect/microscope.h"

class QCheckBox;
class QComboBox;
class QLabel;
class QSlider;

namespace convolab {

class ExplanationView;
class MosaicView;
class SandboxPage;
class SegmentedControl;
class WindowStage;

/// One value of the network written out with the numbers really computed: the window over the input, patch × kernel =
/// products, their sum, and what the layers behind make of it; and the map as the sum of its partial maps. A second page
/// holds worked examples and a sandbox.
class MicroscopeTool : public InspectTool {
    Q_OBJECT

  public:
    explicit MicroscopeTool(const InspectContext& context);

    /// Milliseconds of the latest move of the window, from the pointer to what is painted next.
    double lastRefreshMs() const { return m_refreshMs; }

  protected:
    void refresh() override;
    void activated(bool active) override;

  private:
    void buildStage();
    void buildShow();
    void buildPartial();
    void nothing(const QString& why);
    void showStage(const ValueExplanation& explanation, const ActivationSnapshotPtr& values);
    void showInput(const ValueExplanation& explanation, const ActivationSnapshot& values);
    void showOutput(const Tensor& output);
    void showExplanation(const ValueExplanation& explanation, const ActivationSnapshot& values);
    void showControls(const ValueExplanation& explanation);
    void showPartial(const ValueExplanation& explanation, const ActivationSnapshotPtr& values);
    void moveTo(int row, int column);
    void tryKernel(int index);
    NodeId outputNode() const;
    QString inputName(std::int64_t index) const;

    /// What the pictures on the stage were made of: moving the window changes none of it.
    struct StageKey {
        ActivationSnapshotPtr values;
        NodeId layer, output;
        std::int64_t map = -1, inputMap = -1;
        bool operator==(const StageKey&) const = default;
    };
    struct PartialKey {
        ActivationSnapshotPtr values;
        NodeId layer;
        std::int64_t map = -1;
        bool flipped = false;
        bool operator==(const PartialKey&) const = default;
    };

    SegmentedControl *m_pages = nullptr, *m_side = nullptr;
    std::vector<QWidget*> m_networkParts;
    SandboxPage* m_sandbox = nullptr;
    QLabel *m_place = nullptr, *m_mapName = nullptr, *m_partialNote = nullptr;
    WindowStage* m_stage = nullptr;
    ExplanationView* m_explanation = nullptr;
    QSlider* m_map = nullptr;
    QCheckBox* m_flip = nullptr;
    QComboBox *m_inputMap = nullptr, *m_kernel = nullptr;
    QWidget *m_mapRow = nullptr, *m_sideRow = nullptr, *m_flipRow = nullptr, *m_inputMapRow = nullptr, *m_kernelRow = nullptr;
    QWidget* m_partialSection = nullptr;
    MosaicView* m_partial = nullptr;
    std::shared_ptr<const PartialTiles> m_tiles;
    LatestTask m_task;
    StageKey m_stageKey;
    PartialKey m_partialKey;
    std::int64_t m_chosenInput = 0;
    ValueScale m_inputScale;
    int m_unitColumns = 0;  ///< of a vector's units as a grid; 0: the output is an image
    double m_refreshMs = 0.0;
};

}  // namespace convolab
