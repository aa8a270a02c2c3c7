#pragma once

#include "app/lenses/look_inside/inspect_tool.h"
#include "app/lenses/look_inside/latest_task.h"

class QLabel;
class QPushButton;

namespace convolab {

class MapView;
class MosaicView;
class ScaleBar;
class SegmentedControl;

/// All maps of the layer large, with the value under the pointer, a common scale or one per map, and the chosen map
/// enlarged. The chosen map can be switched off here, too.
class MapsTool : public InspectTool {
    Q_OBJECT

  public:
    explicit MapsTool(const InspectContext& context);

  protected:
    void refresh() override;

  private:
    void buildMosaic();
    void buildChosen();
    void showMosaic(NodeId layer, const ActivationSnapshotPtr& values);
    void showChosen(NodeId layer, const Tensor& maps);
    void showSwitch();
    NodeId shownNode() const;

    SegmentedControl *m_side = nullptr, *m_scaling = nullptr;
    MosaicView* m_mosaic = nullptr;
    ScaleBar* m_legend = nullptr;
    QLabel *m_value = nullptr, *m_sideNote = nullptr, *m_chosenTitle = nullptr, *m_problem = nullptr;
    QPushButton *m_all = nullptr, *m_switch = nullptr;
    MapView* m_map = nullptr;
    QWidget* m_sideRow = nullptr;
    LatestTask m_task;
    bool m_showAll = false;
};

}  // namespace convolab
