#pragma once

#include "app/lenses/look_inside/inspect_tool.h"
#include "core/data/dataset.h"

class QLabel;
class QPushButton;

namespace convolab {

class ConfusionView;
class PictureGrid;
class SegmentedControl;

/// Which class was taken for which, over a whole split, and the images behind each cell; one of them can become the
/// current image.
class ConfusionTool : public InspectTool {
    Q_OBJECT

  public:
    explicit ConfusionTool(const InspectContext& context);

  protected:
    void refresh() override;
    void activated(bool active) override;

  private:
    Split split() const;
    void showCell(int label, int predicted);
    void showImages();

    SegmentedControl* m_split = nullptr;
    QLabel *m_accuracy = nullptr, *m_cellTitle = nullptr;
    QPushButton* m_again = nullptr;
    ConfusionView* m_view = nullptr;
    PictureGrid* m_images = nullptr;
    std::vector<std::int64_t> m_indices;  ///< images of the chosen cell
    bool m_counted = false;               ///< asked for once since the tool was chosen
};

}  // namespace convolab
