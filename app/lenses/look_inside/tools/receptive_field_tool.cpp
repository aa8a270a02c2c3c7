#include "app/lenses/look_inside/tools/receptive_field_tool.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/image_desk.h"
#include "app/lab_document.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "core/graph/docking.h"
#include "widgets/maps/map_mosaic.h"
#include "widgets/maps/map_view.h"
#include "widgets/maps/value_rows.h"
#include "widgets/theme/theme.h"

namespace convolab {

ReceptiveFieldTool::ReceptiveFieldTool(const InspectContext& context) : InspectTool(context) {
    setObjectName(QStringLiteral("receptiveFieldTool"));
    PanelSection* section = addSection(tr("Receptive field"));
    m_place = section->note();
    auto* pictures = new QHBoxLayout;
    pictures->setSpacing(12);
    m_image = addPicture(*pictures, tr("What the value sees"), "fieldImage", tr("input"));
    m_map = addPicture(*pictures, tr("The layer's map"), "fieldMap", tr("move over the map"));
    section->column()->addLayout(pictures);
    section->column()->addSpacing(4);
    m_words = new QLabel;
    m_words->setObjectName(QStringLiteral("fieldWords"));
    m_words->setWordWrap(true);
    section->add(m_words);
    PanelSection* layers = addSection(tr("Layer by layer"), tr("at the middle of the map"));
    m_layers = new ValueRows(m_context.theme, tr("Receptive field of each layer"));
    m_layers->setObjectName(QStringLiteral("fieldLayers"));
    layers->add(m_layers);
    const auto move = [this](int row, int column) {
        if (m_unitColumns > 0)
            m_context.focus.setMap(static_cast<std::int64_t>(row) * m_unitColumns + column);
        else
            m_context.focus.setPlace(row, column);
    };
    connect(m_map, &MapView::pointed, this, move);
    connect(m_map, &MapView::chosen, this, move);
    connect(&m_context.document.network(), &SpecEditor::specChanged, this, [this] { m_layersKnown = false; });
}

QString ReceptiveFieldTool::sentence(const PixelRect& field, const Shape& image) const {
    const PixelRect inside = field.clipped(image.height(), image.width());
    QString text = tr("This value sees %1×%2 pixels").arg(field.height()).arg(field.width());
    if (inside.height() == image.height() && inside.width() == image.width()) return text + tr(": the whole image.");
    text += tr(": rows %1 to %2, columns %3 to %4.").arg(inside.top).arg(inside.bottom).arg(inside.left).arg(inside.right);
    if (!(inside == field)) text += QStringLiteral(" ") + tr("The rest lies in the padding.");
    return text;
}

void ReceptiveFieldTool::showField(const PixelRect& field, const Shape& image) {
    CellWindow window;
    window.top = static_cast<int>(field.top);
    window.left = static_cast<int>(field.left);
    window.height = static_cast<int>(field.height());
    window.width = static_cast<int>(field.width());
    m_image->setWindow(window);
    CellPadding around;  // room for what lies in the padding
    around.top = static_cast<int>(std::max<std::int64_t>(0, -field.top));
    around.left = static_cast<int>(std::max<std::int64_t>(0, -field.left));
    around.bottom = static_cast<int>(std::max<std::int64_t>(0, field.bottom - image.height() + 1));
    around.right = static_cast<int>(std::max<std::int64_t>(0, field.right - image.width() + 1));
    const int most = static_cast<int>(image.height()) / 2;
    for (int* side : {&around.top, &around.left, &around.bottom, &around.right}) *side = std::min(*side, most);
    m_image->setPadding(around);
}

void ReceptiveFieldTool::refresh() {
    const ActivationSnapshotPtr values = snapshot();
    const ValueRef& value = m_context.focus.value();
    const Tensor* maps = output(value.node);
    if (!values || maps == nullptr || value.channel >= maps->shape().channels()) {
        m_image->clear(values ? tr("This layer has no output to point at.") : whyNothing());
        m_map->clear();
        m_place->clear();
        m_words->clear();
        m_layers->setRows({});
        m_layersKnown = false;
        return;
    }
    m_place->setText(layerName(spec(), value.node) + QStringLiteral(" · ") + placeText(value, maps->shape()));
    const Shape& picture = m_context.desk.image.pictureShape();
    const Shape image = picture.size() == values->image.size() ? picture : values->image.shape();
    m_image->setImage("input", {values->image.data(), image});
    showMap(*maps);
    const auto field = receptiveField(spec(), analysis(), value);
    if (!field.ok()) {
        m_words->setText(QString::fromStdString(field.error().sentence()));
        m_image->setWindow(std::nullopt);
        return;
    }
    // A network that takes a vector sees a row of numbers; its picture is only drawn as a square.
    const bool flat = values->image.shape().height() * values->image.shape().width() == 1;
    m_words->setText(flat ? tr("The input is a vector: this value sees all of it.") : sentence(*field, image));
    showField(flat ? PixelRect{0, 0, image.height() - 1, image.width() - 1} : *field, image);
    if (!m_layersKnown) showLayers(flat);
    m_layersKnown = true;
}

void ReceptiveFieldTool::showMap(const Tensor& maps) {
    const Shape& shape = maps.shape();
    const ValueRef& value = m_context.focus.value();
    const bool vector = shape.height() * shape.width() == 1;
    m_unitColumns = vector ? unitColumns(shape.channels()) : 0;
    const int columns = vector ? m_unitColumns : static_cast<int>(shape.width());
    const int rows = vector ? static_cast<int>((shape.channels() + columns - 1) / columns) : static_cast<int>(shape.height());
    const auto area = static_cast<std::ptrdiff_t>(rows) * columns;
    std::vector<float> shown;
    if (vector) {
        shown.assign(maps.span().begin(), maps.span().end());
        shown.resize(static_cast<std::size_t>(area));
    } else {
        shown.assign(maps.data() + value.channel * area, maps.data() + (value.channel + 1) * area);
    }
    m_map->setMap(layerName(spec(), value.node).toStdString(), shown, rows, columns, ValueScale::of(shown));
    m_map->setMark(vector ? QPoint(static_cast<int>(value.channel) % columns, static_cast<int>(value.channel) / columns)
                          : QPoint(static_cast<int>(value.column), static_cast<int>(value.row)));
}

void ReceptiveFieldTool::showLayers(bool flat) {
    std::vector<ValueRow> layers;
    for (const NodeId id : analysis().order) {
        const NodeAnalysis* layer = analysis().find(id);
        if (isDocked(spec(), id) || spec().node(id)->kind == "input" || layer == nullptr || !layer->output) continue;
        const auto own = receptiveField(spec(), analysis(), {id, 0, layer->output->height() / 2, layer->output->width() / 2});
        if (!own.ok()) continue;
        const QString size = flat ? tr("everything") : QStringLiteral("%1×%2").arg(own->height()).arg(own->width());
        layers.push_back({layerName(spec(), id), size, false});
    }
    m_layers->setRows(std::move(layers));
}

}  // namespace convolab
