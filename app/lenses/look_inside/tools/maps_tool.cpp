#include "app/lenses/look_inside/tools/maps_tool.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/image/image_desk.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "core/graph/docking.h"
#include "widgets/maps/map_view.h"
#include "widgets/maps/mosaic_view.h"
#include "widgets/maps/scale_bar.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kMostTiles = 16, kAllColumns = 6;

}  // namespace

MapsTool::MapsTool(const InspectContext& context) : InspectTool(context) {
    setObjectName(QStringLiteral("mapsTool"));
    buildMosaic();
    buildChosen();
}

void MapsTool::buildMosaic() {
    PanelSection* section = addSection(tr("Feature maps"));
    m_sideNote = section->note();
    m_sideNote->setObjectName(QStringLiteral("mapsNote"));
    m_side = new SegmentedControl({tr("before"), tr("after")});
    m_side->setObjectName(QStringLiteral("mapsSide"));
    m_side->setCurrentIndex(1);
    m_sideRow = section->addRow(tr("Activation"), m_side);
    m_scaling = new SegmentedControl({tr("common"), tr("per map")});
    m_scaling->setObjectName(QStringLiteral("mapsScaling"));
    m_scaling->setCurrentIndex(0);
    section->addRow(tr("Scale"), m_scaling);
    section->column()->addSpacing(6);
    m_mosaic = new MosaicView(m_context.theme, tr("Feature maps"));
    m_mosaic->setObjectName(QStringLiteral("mapsMosaic"));
    section->add(m_mosaic);
    auto* row = new QHBoxLayout;
    m_value = new QLabel;
    m_value->setObjectName(QStringLiteral("mapsValue"));
    m_value->setProperty("role", "caption");
    m_value->setFont(m_context.theme.font(FontRole::Caption));
    m_value->setMinimumHeight(18);
    m_all = new QPushButton(tr("Show all"));
    m_all->setObjectName(QStringLiteral("mapsShowAll"));
    m_all->setProperty("role", "link");
    row->addWidget(m_value, 1);
    row->addWidget(m_all);
    section->column()->addLayout(row);
    m_legend = new ScaleBar(m_context.theme);
    section->add(m_legend);

    connect(m_side, &SegmentedControl::chosen, this, &MapsTool::scheduleRefresh);
    connect(m_scaling, &SegmentedControl::chosen, this, &MapsTool::scheduleRefresh);
    connect(m_all, &QPushButton::clicked, this, [this] {
        m_showAll = !m_showAll;
        scheduleRefresh();
    });
    connect(m_mosaic, &MosaicView::pointed, this, [this](const MapMosaic::Place& place) {
        const Tensor* maps = output(shownNode());
        if (maps == nullptr || place.map >= maps->shape().channels()) return;
        m_value->setText(QStringLiteral("%1: %2").arg(placeText({{}, place.map, place.row, place.column}, maps->shape()),
                                                      QString::fromStdString(valueText(m_mosaic->valueAt(place), 4))));
    });
    connect(m_mosaic, &MosaicView::left, this, [this] { m_value->clear(); });
    connect(m_mosaic, &MosaicView::chosen, this, [this](const MapMosaic::Place& place) {
        m_context.focus.setValue({m_context.focus.layer(), place.map, place.row, place.column});
    });
    connect(m_mosaic, &MosaicView::toggled, this, [this](qint64 map) {
        const ChannelRef channel{m_context.focus.layer(), map};
        const Status done = m_context.desk.probe.setChannelOff(channel, !m_context.desk.probe.isChannelOff(channel));
        m_problem->setText(done.ok() ? QString() : QString::fromStdString(done.error().sentence()));
        m_problem->setVisible(!done.ok());
    });
}

void MapsTool::buildChosen() {
    PanelSection* section = addSection(tr("Chosen map"));
    m_chosenTitle = section->note();
    m_map = new MapView(m_context.theme, tr("Chosen map"));
    m_map->setObjectName(QStringLiteral("chosenMap"));
    m_map->setLargestSide(0);
    section->add(m_map);
    section->column()->addSpacing(4);
    m_switch = new QPushButton;
    m_switch->setObjectName(QStringLiteral("switchMap"));
    section->column()->addWidget(m_switch, 0, Qt::AlignLeft);
    m_problem = new QLabel;
    m_problem->setObjectName(QStringLiteral("switchProblem"));
    m_problem->setProperty("role", "warning");
    m_problem->setFont(m_context.theme.font(FontRole::Caption));
    m_problem->setWordWrap(true);
    m_problem->hide();
    section->add(m_problem);
    const auto place = [this](int row, int column) {
        const Tensor* maps = output(shownNode());
        if (maps == nullptr) return;
        // A vector stands as a grid of units.
        if (maps->shape().height() * maps->shape().width() > 1)
            m_context.focus.setPlace(row, column);
        else
            m_context.focus.setMap(row * m_map->columns() + column);
    };
    connect(m_map, &MapView::pointed, this, [this](int row, int column) {
        m_value->setText(tr("row %1, column %2: %3").arg(row).arg(column).arg(QString::fromStdString(valueText(m_map->valueAt(row, column), 4))));
    });
    connect(m_map, &MapView::chosen, this, place);
    connect(m_switch, &QPushButton::clicked, this, [this] { emit m_mosaic->toggled(m_context.focus.map()); });
}

NodeId MapsTool::shownNode() const {
    const NodeId layer = m_context.focus.layer();
    if (!layer || isDocked(spec(), layer) || m_side->currentIndex() == 0) return layer;
    return shownLayer(spec(), analysis(), layer);
}

void MapsTool::refresh() {
    const NodeId layer = m_context.focus.layer();
    const bool activated = layer && !isDocked(spec(), layer) && shownLayer(spec(), analysis(), layer) != layer;
    m_sideRow->setVisible(activated);
    showSwitch();
    const ActivationSnapshotPtr values = snapshot();
    const Tensor* maps = values ? output(shownNode()) : nullptr;
    if (maps == nullptr) {
        m_mosaic->clear(values ? tr("This layer has no output of its own to show.") : whyNothing());
        m_map->clear();
        m_sideNote->clear();
        m_chosenTitle->clear();
        return;
    }
    showMosaic(shownNode(), values);
    showChosen(shownNode(), *maps);
}

void MapsTool::showMosaic(NodeId layer, const ActivationSnapshotPtr& values) {
    const Shape shape = output(layer)->shape();
    m_sideNote->setText(QStringLiteral("%1 · %2").arg(layerName(spec(), layer), QString::fromStdString(shape.text())));
    const bool image = shape.height() * shape.width() > 1;
    const bool many = image && shape.channels() > kMostTiles;
    m_all->setVisible(many);
    m_all->setText(m_showAll ? tr("Show the %1 strongest").arg(kMostTiles)
                             : tr("+ %1: show all").arg(QString::fromStdString(countText(shape.channels() - kMostTiles))));
    MapMosaicOptions options;
    options.scalePerMap = m_scaling->currentIndex() == 1;
    if (many && m_showAll) {
        options.most = static_cast<int>(shape.channels());
        options.columns = kAllColumns;
    }
    m_task.start<MapMosaic>([values, layer, options] { return MapMosaic(values->outputs.at(layer).view(), options); },
                            [this, values, layer](MapMosaic mosaic) {
                                if (layer != shownNode()) return;
                                m_legend->setScale(mosaic.scale());
                                m_mosaic->setMaps(layerName(spec(), layer).toStdString(), values, values->outputs.at(layer).view(), std::move(mosaic));
                                m_mosaic->setSelected(m_context.focus.map());
                            });
    m_mosaic->setSelected(m_context.focus.map());
    std::set<std::int64_t> off;
    if (!m_context.desk.probe.channelsOff().empty()) {
        for (std::int64_t map = 0; map < shape.channels(); ++map)
            if (m_context.desk.probe.isChannelOff({m_context.focus.layer(), map})) off.insert(map);
    }
    m_mosaic->setOff(std::move(off));
}

void MapsTool::showChosen(NodeId layer, const Tensor& maps) {
    const Shape& shape = maps.shape();
    const ValueRef& value = m_context.focus.value();
    if (value.channel >= shape.channels()) return m_map->clear();
    const int rows = static_cast<int>(shape.height()), columns = static_cast<int>(shape.width());
    const std::string name = layerName(spec(), layer).toStdString();
    if (rows * columns == 1) {
        const int across = unitColumns(shape.channels());
        std::vector<float> units(maps.span().begin(), maps.span().end());
        const int down = (static_cast<int>(units.size()) + across - 1) / across;
        units.resize(static_cast<std::size_t>(down) * static_cast<std::size_t>(across));
        m_chosenTitle->setText(tr("unit %1: %2").arg(value.channel).arg(QString::fromStdString(valueText(maps.span()[static_cast<std::size_t>(value.channel)], 4))));
        m_map->setMap(name, units, down, across, ValueScale::of(maps.span()));
        m_map->setMark(QPoint(static_cast<int>(value.channel) % across, static_cast<int>(value.channel) / across));
        return;
    }
    const auto area = static_cast<std::size_t>(rows) * static_cast<std::size_t>(columns);
    const auto map = maps.span().subspan(static_cast<std::size_t>(value.channel) * area, area);
    m_chosenTitle->setText(tr("map %1 of %2").arg(value.channel).arg(shape.channels()));
    m_map->setMap(name + " map " + std::to_string(value.channel), map, rows, columns, m_scaling->currentIndex() == 1 ? ValueScale::of(map) : ValueScale::of(maps.span()));
    m_map->setMark(value.row < rows && value.column < columns ? std::optional(QPoint(static_cast<int>(value.column), static_cast<int>(value.row))) : std::nullopt);
}

void MapsTool::showSwitch() {
    const ChannelRef channel{m_context.focus.layer(), m_context.focus.map()};
    const bool off = channel.node && m_context.desk.probe.isChannelOff(channel);
    const Shape shape = m_context.focus.shape();
    const bool unit = shape.height() * shape.width() == 1;
    m_switch->setText(off ? (unit ? tr("Switch unit %1 on") : tr("Switch map %1 on")).arg(channel.channel)
                          : (unit ? tr("Switch unit %1 off") : tr("Switch map %1 off")).arg(channel.channel));
    m_switch->setEnabled(static_cast<bool>(channel.node));
}

}  // namespace convolab
