#pragma once

#include <QObject>
#include <vector>

#include "core/inspect/microscope.h"

namespace convolab {

class CanvasSelection;
class LabDocument;

/// What Look inside looks at: one value of one map of one layer. Shared by the cards, the list and the tools; the layer
/// follows the canvas's selection and leads it. UI thread only.
class InspectFocus : public QObject {
    Q_OBJECT

  public:
    InspectFocus(LabDocument& document, CanvasSelection& selection, QObject* parent = nullptr);

    NodeId layer() const { return m_value.node; }  ///< 0 while the network has no layer to look at
    const ValueRef& value() const { return m_value; }
    std::int64_t map() const { return m_value.channel; }
    Shape shape() const;  ///< of the layer's output; rank 0 where unknown

    /// Another layer keeps map and place as far as they exist there. Values outside are moved to the nearest.
    void setLayer(NodeId layer);
    void setMap(std::int64_t map);
    void setValue(const ValueRef& value);
    void setPlace(std::int64_t row, std::int64_t column);

  signals:
    void changed();

  private:
    void follow();
    void keepAlive();

    LabDocument& m_document;
    CanvasSelection& m_selection;
    ValueRef m_value;
};

/// "Conv 1", or nothing for a layer that is gone.
QString layerName(const NetworkSpec& spec, NodeId layer);
/// "map 2, row 23, column 16", "unit 7".
QString placeText(const ValueRef& value, const Shape& shape);
/// Layers of this kind in execution order.
std::vector<NodeId> layersOfKind(const NetworkSpec& spec, const Analysis& analysis, const std::string& kind);

}  // namespace convolab
