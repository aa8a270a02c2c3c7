#pragma once

#include "app/lenses/look_inside/inspect_tool.h"
#include "app/lenses/look_inside/latest_task.h"
#include "core/model/weights.h"
#include "widgets/maps/map_mosaic.h"
#include "widgets/maps/value_export.h"

class QComboBox;
class QLabel;
class QPushButton;

namespace convolab {

class MapView;
class MosaicView;
class NumberGridView;
class ScaleBar;

/// The weights of the layer: one kernel per filter for the chosen input map (all three in colour on a colour image), or
/// one picture per unit of a dense layer; the chosen one as numbers.
class KernelsTool : public InspectTool {
    Q_OBJECT

  public:
    explicit KernelsTool(const InspectContext& context);

  protected:
    void refresh() override;

  private:
    /// What of a layer's weights is shown.
    struct Wish {
        WeightSetPtr weights;
        NodeId layer;
        Shape kernel;                   ///< (I, h, w) of one filter or unit; rank 0: a dense layer without a picture
        std::int64_t inputMap = 0;      ///< −1: three in colour
    };
    struct Picture {
        Wish wish;
        Tensor kernels;     ///< (n, h, w); colour: (3n, h, w); a matrix: (rows, columns)
        MapMosaic mosaic;
        ValueScale scale;
        std::int64_t total = 0;
    };
    static Picture pictureOf(const Wish& wish);

    NodeId weightedLayer() const;
    Shape kernelShape(NodeId layer, const ParameterEntry& entry) const;
    void offerInputMaps(const Shape& kernel);
    void show(std::shared_ptr<const Picture> picture);
    void showNumbers();
    void nothing(const QString& why);
    QString inputMapName(std::int64_t map) const;

    QLabel *m_note = nullptr, *m_numbersNote = nullptr, *m_hover = nullptr, *m_more = nullptr;
    QComboBox* m_inputMap = nullptr;
    QWidget *m_inputMapRow = nullptr, *m_numbersSection = nullptr;
    MosaicView* m_mosaic = nullptr;
    MapView* m_matrix = nullptr;
    ScaleBar* m_legend = nullptr;
    NumberGridView* m_numbers = nullptr;
    QPushButton* m_copy = nullptr;
    Shape m_offered;
    std::shared_ptr<const Picture> m_picture;
    ValueTable m_kernel;  ///< the chosen one, whole
    LatestTask m_task;
};

}  // namespace convolab
