#include "app/lenses/look_inside/inspect_focus.h"

#include <algorithm>

#include "app/lab_document.h"
#include "core/graph/docking.h"
#include "widgets/canvas/canvas_selection.h"

namespace convolab {

InspectFocus::InspectFocus(LabDocument& document, CanvasSelection& selection, QObject* parent)
    : QObject(parent), m_document(document), m_selection(selection) {
    connect(&m_selection, &CanvasSelection::changed, this, &InspectFocus::follow);
    connect(&m_document.network(), &SpecEditor::specChanged, this, &InspectFocus::keepAlive);
    connect(&m_document, &LabDocument::opened, this, [this] {
        m_value = {};  // another network may use the same ids
        keepAlive();
    });
    keepAlive();
}

Shape InspectFocus::shape() const {
    const NodeAnalysis* layer = m_document.network().analysis().find(m_value.node);
    return layer != nullptr && layer->output ? *layer->output : Shape{};
}

void InspectFocus::setLayer(NodeId layer) {
    ValueRef value = m_value;
    value.node = layer;
    setValue(value);
}

void InspectFocus::setMap(std::int64_t map) {
    ValueRef value = m_value;
    value.channel = map;
    setValue(value);
}

void InspectFocus::setPlace(std::int64_t row, std::int64_t column) {
    ValueRef value = m_value;
    value.row = row;
    value.column = column;
    setValue(value);
}

void InspectFocus::setValue(const ValueRef& wanted) {
    if (m_document.network().spec().node(wanted.node) == nullptr) return;
    ValueRef value = wanted;
    const NodeAnalysis* layer = m_document.network().analysis().find(value.node);
    if (layer != nullptr && layer->output && layer->output->size() > 0) {
        const Shape& shape = *layer->output;
        value.channel = std::clamp(value.channel, std::int64_t{0}, shape.channels() - 1);
        value.row = std::clamp(value.row, std::int64_t{0}, shape.height() - 1);
        value.column = std::clamp(value.column, std::int64_t{0}, shape.width() - 1);
    }
    if (value == m_value) return;
    const bool otherLayer = value.node != m_value.node;
    m_value = value;
    if (otherLayer && !m_selection.contains(value.node)) m_selection.only(value.node);
    emit changed();
}

void InspectFocus::follow() {
    const NodeId current = m_selection.current();
    if (current && current != m_value.node) setLayer(current);
}

// A new network, or one without the layer: its first convolution, otherwise its first layer with weights.
void InspectFocus::keepAlive() {
    const NetworkSpec& spec = m_document.network().spec();
    const Analysis& analysis = m_document.network().analysis();
    if (spec.node(m_value.node) != nullptr) return setValue(m_value);
    m_value = {};
    NodeId found;
    for (const NodeId id : analysis.order) {
        const NodeAnalysis* layer = analysis.find(id);
        if (spec.node(id)->kind == "conv2d") {
            found = id;
            break;
        }
        if (!found && layer != nullptr && layer->cost.parameters > 0) found = id;
    }
    if (!found && !spec.nodes().empty()) found = spec.nodes().front().id;
    m_value.node = found;
    if (const Shape known = shape(); known.size() > 1 && known.rank() == 3) {
        m_value.row = known.height() / 2;
        m_value.column = known.width() / 2;
    }
    emit changed();
}

QString layerName(const NetworkSpec& spec, NodeId layer) {
    const Node* node = spec.node(layer);
    return node != nullptr ? QString::fromStdString(node->name) : QString();
}

QString placeText(const ValueRef& value, const Shape& shape) {
    if (shape.rank() != 3 || shape.height() * shape.width() == 1) return InspectFocus::tr("unit %1").arg(value.channel);
    return InspectFocus::tr("map %1, row %2, column %3").arg(value.channel).arg(value.row).arg(value.column);
}

std::vector<NodeId> layersOfKind(const NetworkSpec& spec, const Analysis& analysis, const std::string& kind) {
    std::vector<NodeId> found;
    for (const NodeId id : analysis.order)
        if (spec.node(id)->kind == kind) found.push_back(id);
    return found;
}

}  // namespace convolab
