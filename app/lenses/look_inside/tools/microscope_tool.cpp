#include "app/lenses/look_inside/tools/microscope_tool.h"

#include <QCheckBox>
#include <QComboBox>
#include <QElapsedTimer>
#include <QHBoxLayout>
#include <QLabel>
#include <QSignalBlocker>
#include <QSlider>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/image_desk.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/explanation_view.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "app/lenses/look_inside/tools/sandbox_page.h"
#include "app/lenses/look_inside/window_stage.h"
#include "core/graph/docking.h"
#include "core/layers/softmax_kinds.h"
#include "widgets/maps/map_view.h"
#include "widgets/maps/mosaic_view.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

using Kind = ValueExplanation::Kind;

constexpr std::int64_t kMostInputMaps = 512;  // offered by name; more are reached through the list of terms

bool slides(Kind kind) { return kind == Kind::Convolution || kind == Kind::MaxPool || kind == Kind::AveragePool; }

/// A vector as a grid of units, filled up with zeros.
std::vector<float> unitGrid(std::span<const float> units, int columns) {
    std::vector<float> grid(units.begin(), units.end());
    const auto across = static_cast<std::size_t>(columns);
    grid.resize((grid.size() + across - 1) / across * across);
    return grid;
}

std::span<const float> mapOf(const Tensor& maps, std::int64_t map) {
    const auto area = static_cast<std::size_t>(maps.shape().height() * maps.shape().width());
    return maps.span().subspan(static_cast<std::size_t>(map) * area, area);
}

bool isPixels(std::span<const float> values) {
    return std::all_of(values.begin(), values.end(), [](float value) { return value >= 0 && value <= 1; });
}

}  // namespace

MicroscopeTool::MicroscopeTool(const InspectContext& context) : InspectTool(context) {
    setObjectName(QStringLiteral("microscopeTool"));
    auto* pages = new QWidget;
    auto* row = new QHBoxLayout(pages);
    row->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 10);
    m_pages = new SegmentedControl({tr("This network"), tr("Examples, sandbox")});
    m_pages->setObjectName(QStringLiteral("microscopePages"));
    m_pages->setCurrentIndex(0);
    row->addWidget(m_pages);
    add(pages);
    buildStage();
    buildShow();
    buildPartial();
    m_sandbox = new SandboxPage(m_context);
    add(m_sandbox);
    m_sandbox->hide();
    connect(m_pages, &SegmentedControl::chosen, this, [this](int page) {
        for (QWidget* part : m_networkParts) part->setVisible(page == 0);
        m_sandbox->setVisible(page == 1);
        m_stageKey = {};
        scheduleRefresh();
    });
}

void MicroscopeTool::buildStage() {
    PanelSection* stage = addSection(tr("Microscope"));
    m_place = stage->note();
    m_place->setObjectName(QStringLiteral("microscopePlace"));
    m_stage = new WindowStage(m_context.theme);
    stage->add(m_stage);
    PanelSection* numbers = addSection(tr("The value"));
    m_explanation = new ExplanationView(m_context.theme);
    numbers->add(m_explanation);
    m_networkParts = {stage->parentWidget(), numbers->parentWidget()};
    connect(m_stage, &WindowStage::positionChanged, this, &MicroscopeTool::moveTo);
    connect(m_explanation, &ExplanationView::inputChannelChosen, this, [this](qint64 channel) {
        m_chosenInput = channel;
        scheduleRefresh();
    });
    connect(m_explanation, &ExplanationView::termPointed, this, [this](qint64 index) {
        const int across = m_stage->input().columns();
        if (across > 0) m_stage->setInputMark(QPoint(static_cast<int>(index % across), static_cast<int>(index / across)));
    });
    connect(m_explanation, &ExplanationView::termsLeft, this, [this] { m_stage->setInputMark(std::nullopt); });
}

void MicroscopeTool::buildShow() {
    PanelSection* show = addSection(tr("Show"));
    m_networkParts.push_back(show->parentWidget());
    auto* mapField = new QWidget;
    auto* map = new QHBoxLayout(mapField);
    map->setContentsMargins(0, 0, 0, 0);
    map->setSpacing(8);
    m_map = new QSlider(Qt::Horizontal);
    m_map->setObjectName(QStringLiteral("microscopeMap"));
    m_map->setAccessibleName(tr("Output map"));
    m_map->setFocusPolicy(Qt::TabFocus);
    m_mapName = new QLabel;
    m_mapName->setObjectName(QStringLiteral("microscopeMapName"));
    m_mapName->setMinimumWidth(72);
    m_mapName->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    map->addWidget(m_map, 1);
    map->addWidget(m_mapName);
    m_mapRow = show->addRow(tr("Map"), mapField);
    m_inputMap = new QComboBox;
    m_inputMap->setObjectName(QStringLiteral("microscopeInputMap"));
    m_inputMap->setAccessibleName(tr("Input map"));
    m_inputMapRow = show->addRow(tr("Input map"), m_inputMap);
    m_side = new SegmentedControl({tr("before"), tr("after")});
    m_side->setObjectName(QStringLiteral("microscopeSide"));
    m_side->setCurrentIndex(1);
    m_sideRow = show->addRow(tr("Activation"), m_side);
    m_flip = new QCheckBox(tr("true convolution"));
    m_flip->setObjectName(QStringLiteral("microscopeFlip"));
    m_flip->setProperty("form", "switch");
    m_flip->setToolTip(tr("Networks slide the kernel as it is (cross-correlation). The convolution of mathematics turns it by 180° first."));
    m_flipRow = show->addRow(tr("Flip"), m_flip);
    m_kernel = new QComboBox;
    m_kernel->setObjectName(QStringLiteral("microscopeKernel"));
    m_kernel->setAccessibleName(tr("Your own kernel"));
    m_kernel->addItem(tr("learned"));
    for (const NamedKernel& kernel : namedKernels()) m_kernel->addItem(QString::fromStdString(kernel.label));
    m_kernelRow = show->addRow(tr("Your own kernel"), m_kernel);
    connect(m_map, &QSlider::valueChanged, this, [this](int value) { m_context.focus.setMap(value); });
    connect(m_side, &SegmentedControl::chosen, this, &MicroscopeTool::scheduleRefresh);
    connect(m_flip, &QCheckBox::toggled, this, &MicroscopeTool::scheduleRefresh);
    connect(m_inputMap, &QComboBox::activated, this, [this](int index) {
        m_chosenInput = m_inputMap->itemData(index).toLongLong();
        scheduleRefresh();
    });
    connect(m_kernel, &QComboBox::activated, this, &MicroscopeTool::tryKernel);
}

void MicroscopeTool::buildPartial() {
    PanelSection* section = addSection(tr("The map as a sum"));
    m_partialNote = section->note();
    m_partial = new MosaicView(m_context.theme, tr("Partial maps"));
    m_partial->setObjectName(QStringLiteral("partialMaps"));
    section->add(m_partial);
    m_partialSection = section->parentWidget();
    m_networkParts.push_back(m_partialSection);
    connect(m_partial, &MosaicView::chosen, this, [this](const MapMosaic::Place& place) {
        if (!m_tiles) return;
        const std::int64_t input = m_tiles->inputMaps[static_cast<std::size_t>(place.map)];
        if (input >= 0) m_chosenInput = input;
        m_context.focus.setPlace(place.row, place.column);
        scheduleRefresh();
    });
}

void MicroscopeTool::activated(bool active) {
    m_stageKey = {};
    if (!active) m_stage->stop();
}

NodeId MicroscopeTool::outputNode() const {
    const NodeId layer = m_context.focus.layer();
    if (!layer || isDocked(spec(), layer) || m_side->currentIndex() == 0) return layer;
    const NodeId shown = shownLayer(spec(), analysis(), layer);
    // What flipped kernels would give is known before the activation only.
    return m_flip->isChecked() ? layer : shown;
}

void MicroscopeTool::moveTo(int row, int column) {
    if (m_unitColumns > 0)
        m_context.focus.setMap(static_cast<std::int64_t>(row) * m_unitColumns + column);
    else
        m_context.focus.setPlace(row, column);
}

void MicroscopeTool::nothing(const QString& why) {
    m_stageKey = {};
    m_partialKey = {};
    m_place->clear();
    m_stage->clear(why);
    m_explanation->clear({});
    m_partialSection->hide();
    for (QWidget* row : {m_mapRow, m_inputMapRow, m_sideRow, m_flipRow, m_kernelRow}) row->setVisible(false);
}

void MicroscopeTool::refresh() {
    if (m_pages->currentIndex() == 1) return;
    QElapsedTimer clock;
    clock.start();
    const ActivationSnapshotPtr values = snapshot();
    if (!values) return nothing(whyNothing());
    const ValueRef& value = m_context.focus.value();
    const auto explanation = explainValue(spec(), *values, value, m_flip->isChecked());
    if (!explanation.ok()) return nothing(QString::fromStdString(explanation.error().sentence()));
    const Tensor* out = output(outputNode());
    if (out == nullptr || value.channel >= out->shape().channels()) return nothing(tr("This layer has no values to show."));
    m_place->setText(layerName(spec(), value.node) + QStringLiteral(" · ") + placeText(value, out->shape()));
    showExplanation(*explanation, *values);
    showControls(*explanation);
    showStage(*explanation, values);
    showPartial(*explanation, values);
    m_refreshMs = static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

void MicroscopeTool::showStage(const ValueExplanation& explanation, const ActivationSnapshotPtr& values) {
    const ValueRef& value = m_context.focus.value();
    const StageKey key{values, value.node, outputNode(), m_unitColumns > 0 && !slides(explanation.kind) ? 0 : value.channel, m_explanation->inputChannel()};
    if (!(key == m_stageKey)) {
        m_stageKey = key;
        showInput(explanation, *values);
        showOutput(*output(outputNode()));
        m_stage->setWindow(slides(explanation.kind)                                                ? std::optional(explanation.window)
                           : m_unitColumns == 0 && explanation.kind != Kind::Dense ? std::optional(Window{})
                                                                                   : std::nullopt);
    }
    if (m_unitColumns > 0)
        m_stage->setPosition(static_cast<int>(value.channel) / m_unitColumns, static_cast<int>(value.channel) % m_unitColumns);
    else
        m_stage->setPosition(static_cast<int>(value.row), static_cast<int>(value.column));
}

void MicroscopeTool::showInput(const ValueExplanation& explanation, const ActivationSnapshot& values) {
    const NodeId before = inputOf(m_context.focus.layer());
    const Tensor* maps = output(before);
    if (maps == nullptr) return m_stage->setInputNothing({});
    const Shape& shape = maps->shape();
    const QString name = layerName(spec(), before), size = QString::fromStdString(shape.text());
    if (shape.height() * shape.width() == 1) {
        const int across = unitColumns(shape.channels());
        const std::vector<float> grid = unitGrid(maps->span(), across);
        m_stage->setInputMap(tr("%1: %2 values").arg(name).arg(shape.channels()), grid, static_cast<int>(grid.size()) / across, across,
                             ValueScale::of(maps->span()));
    } else if (spec().node(before)->kind == "input" && slides(explanation.kind) && values.image.shape() == shape) {
        m_stage->setInputImage(tr("input %1").arg(size), values.image.view());
    } else {
        const std::int64_t map = slides(explanation.kind) ? m_explanation->inputChannel() : std::min(m_context.focus.map(), shape.channels() - 1);
        m_stage->setInputMap(tr("%1 map %2, %3×%4").arg(name).arg(map).arg(shape.height()).arg(shape.width()), mapOf(*maps, map), static_cast<int>(shape.height()),
                             static_cast<int>(shape.width()), ValueScale::of(maps->span()));
    }
}

void MicroscopeTool::showOutput(const Tensor& out) {
    const Shape& shape = out.shape();
    if (shape.height() * shape.width() == 1) {
        m_unitColumns = unitColumns(shape.channels());
        const std::vector<float> grid = unitGrid(out.span(), m_unitColumns);
        m_stage->setOutput(tr("output: %1 units").arg(shape.channels()), grid, static_cast<int>(grid.size()) / m_unitColumns, m_unitColumns,
                           ValueScale::of(out.span()));
        return;
    }
    m_unitColumns = 0;
    m_stage->setOutput(tr("output map %1×%2").arg(shape.height()).arg(shape.width()), mapOf(out, m_context.focus.map()), static_cast<int>(shape.height()),
                       static_cast<int>(shape.width()), ValueScale::of(out.span()));
}

QString MicroscopeTool::inputName(std::int64_t index) const {
    const NodeId layer = m_context.focus.layer();
    if (isSoftmax(spec().node(layer)->kind)) return m_context.desk.image.className(static_cast<int>(index));
    NodeId before = inputOf(layer);
    while (const Node* node = spec().node(before)) {
        const NodeAnalysis* analysed = analysis().find(before);
        if (analysed != nullptr && analysed->output && analysed->output->height() * analysed->output->width() > 1) {
            const Shape& shape = *analysed->output;
            const std::int64_t area = shape.height() * shape.width();
            if (shape.channels() == 1) return tr("row %1, column %2").arg(index / shape.width()).arg(index % shape.width());
            return tr("map %1 (%2, %3)").arg(index / area).arg(index % area / shape.width()).arg(index % area % shape.width());
        }
        if (node->kind != "flatten" && node->kind != "dropout") break;
        before = inputOf(before);
    }
    return tr("input %1").arg(index);
}

void MicroscopeTool::showExplanation(const ValueExplanation& explanation, const ActivationSnapshot& values) {
    ExplanationView::Looks looks;
    const NodeId before = inputOf(m_context.focus.layer());
    const Tensor* maps = output(before);
    // The same colours as the picture beside it: grey for pixels.
    if (maps != nullptr && slides(explanation.kind)) {
        const bool pixels = spec().node(before)->kind == "input" && isPixels(values.image.span()) && isPixels(maps->span());
        if (pixels)
            looks.input = {ValueScale::Kind::Grey, 1.0};
        else if (m_stageKey.values.get() == &values && m_stageKey.layer == m_context.focus.layer())
            looks.input = m_inputScale;
        else
            looks.input = m_inputScale = ValueScale::of(maps->span());
    }
    looks.inputName = [this](std::int64_t index) { return inputName(index); };
    looks.width = std::max(200, m_explanation->width() - 2);
    m_explanation->show(explanation, m_chosenInput, looks);
}

void MicroscopeTool::showControls(const ValueExplanation& explanation) {
    const Shape shape = m_context.focus.shape();
    const bool convolution = explanation.kind == Kind::Convolution;
    const QSignalBlocker mapBlocker(m_map), inputBlocker(m_inputMap), kernelBlocker(m_kernel);
    m_mapRow->setVisible(shape.channels() > 1 && shape.height() * shape.width() > 1);
    m_map->setRange(0, static_cast<int>(std::max<std::int64_t>(0, shape.channels() - 1)));
    m_map->setValue(static_cast<int>(m_context.focus.map()));
    m_mapName->setText(tr("%1, of %2").arg(m_context.focus.map()).arg(shape.channels()));
    const NodeId layer = m_context.focus.layer();
    m_sideRow->setVisible(!isDocked(spec(), layer) && shownLayer(spec(), analysis(), layer) != layer);
    m_flipRow->setVisible(convolution);
    m_kernelRow->setVisible(convolution);
    m_kernel->setCurrentIndex(0);
    const auto inputs = static_cast<std::int64_t>(explanation.channels.size());
    m_inputMapRow->setVisible(convolution && inputs > 1);
    if (!convolution || inputs < 2) return;
    const std::int64_t first = explanation.channels.front().inputChannel, offered = std::min(inputs, kMostInputMaps);
    if (m_inputMap->count() != offered || m_inputMap->itemData(0).toLongLong() != first) {
        m_inputMap->clear();
        for (std::int64_t i = 0; i < offered; ++i) m_inputMap->addItem(tr("map %1 of %2").arg(first + i).arg(first + inputs), static_cast<qlonglong>(first + i));
    }
    m_inputMap->setCurrentIndex(static_cast<int>(m_explanation->inputChannel() - first));
}

void MicroscopeTool::showPartial(const ValueExplanation& explanation, const ActivationSnapshotPtr& values) {
    const bool convolution = explanation.kind == Kind::Convolution;
    m_partialSection->setVisible(convolution);
    if (!convolution) return;
    const ValueRef& value = m_context.focus.value();
    m_partial->setSelected(-1);
    if (m_tiles) {
        const auto chosen = std::find(m_tiles->inputMaps.begin(), m_tiles->inputMaps.end(), m_explanation->inputChannel());
        if (chosen != m_tiles->inputMaps.end()) m_partial->setSelected(chosen - m_tiles->inputMaps.begin());
    }
    const PartialKey key{values, value.node, value.channel, m_flip->isChecked()};
    if (key == m_partialKey) return;
    m_partialKey = key;
    using Made = std::shared_ptr<const PartialTiles>;
    const std::int64_t first = explanation.channels.front().inputChannel;
    m_task.start<Made>(
        [network = spec(), values, key, first, bias = explanation.bias]() -> Made {
            auto partials = partialMaps(network, *values, key.layer, key.map, key.flipped);
            return partials.ok() ? std::make_shared<const PartialTiles>(partialTiles(*partials, first, bias, key.map)) : nullptr;
        },
        [this, key](Made made) {
            if (!made || key.layer != m_context.focus.layer()) return;
            m_tiles = std::move(made);
            m_partialNote->setText(m_tiles->mosaic.scale().text());
            m_partial->setCaptions([tiles = m_tiles](std::int64_t tile) { return tiles->captions[static_cast<qsizetype>(tile)]; });
            m_partial->setMaps("Partial maps", m_tiles, m_tiles->maps.view(), m_tiles->mosaic);
            scheduleRefresh();
        });
}

void MicroscopeTool::tryKernel(int index) {
    const ActivationSnapshotPtr values = snapshot();
    const NodeId before = inputOf(m_context.focus.layer());
    const Tensor* maps = output(before);
    if (index == 0 || !values || maps == nullptr) return;
    const std::int64_t map = std::min(m_explanation->inputChannel(), maps->shape().channels() - 1);
    Tensor input(Shape{1, maps->shape().height(), maps->shape().width()});
    const auto source = mapOf(*maps, map);
    std::copy(source.begin(), source.end(), input.data());
    const QString name = tr("%1, map %2").arg(layerName(spec(), before)).arg(map);
    m_sandbox->open(std::move(input), name, namedKernels()[static_cast<std::size_t>(index - 1)]);
    m_pages->setCurrentIndex(1);
    emit m_pages->chosen(1);
}

}  // namespace convolab
