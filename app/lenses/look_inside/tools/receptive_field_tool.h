#pragma once

#include "app/lenses/look_inside/inspect_tool.h"
#include "core/inspect/receptive_field.h"

class QLabel;

namespace convolab {

class MapView;
class ValueRows;

/// Which pixels a value sees: the rectangle over the input image, and its size in words.
class ReceptiveFieldTool : public InspectTool {
    Q_OBJECT

  public:
    explicit ReceptiveFieldTool(const InspectContext& context);

  protected:
    void refresh() override;

  private:
    void showMap(const Tensor& maps);
    void showLayers(bool flat);
    void showField(const PixelRect& field, const Shape& image);
    QString sentence(const PixelRect& field, const Shape& image) const;

    QLabel *m_place = nullptr, *m_words = nullptr;
    MapView *m_image = nullptr, *m_map = nullptr;
    ValueRows* m_layers = nullptr;
    int m_unitColumns = 0;
    bool m_layersKnown = false;  ///< the list belongs to the network as it is
};

}  // namespace convolab
