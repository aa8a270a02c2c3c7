#include "app/lenses/look_inside/tools/kernels_tool.h"

#include <QClipboard>
#include <QComboBox>
#include <QGuiApplication>
#include <QLabel>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/image_desk.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "core/graph/docking.h"
#include "widgets/maps/map_view.h"
#include "widgets/maps/mosaic_view.h"
#include "widgets/maps/number_grid_view.h"
#include "widgets/maps/scale_bar.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kMostKernels = 64;
constexpr std::int64_t kMostUnits = 64, kLargestMatrix = 256, kLargestNumbers = 16;

int columnsFor(std::int64_t tiles) { return tiles <= 2 ? 2 : tiles <= 6 ? 3 : tiles <= 20 ? 4 : tiles <= 36 ? 6 : 8; }

std::string count(std::int64_t value) { return countText(value); }

}  // namespace

KernelsTool::KernelsTool(const InspectContext& context) : InspectTool(context) {
    setObjectName(QStringLiteral("kernelsTool"));
    Theme& theme = m_context.theme;
    PanelSection* section = addSection(tr("Kernels"));
    m_note = section->note();
    m_note->setObjectName(QStringLiteral("kernelsNote"));
    m_inputMap = new QComboBox;
    m_inputMap->setObjectName(QStringLiteral("kernelInputMap"));
    m_inputMap->setAccessibleName(tr("Input map"));
    m_inputMapRow = section->addRow(tr("Input map"), m_inputMap);
    section->column()->addSpacing(6);
    m_mosaic = new MosaicView(theme, tr("Kernels"));
    m_mosaic->setObjectName(QStringLiteral("kernelMosaic"));
    section->add(m_mosaic);
    m_matrix = new MapView(theme, tr("Weights"));
    m_matrix->setObjectName(QStringLiteral("weightMatrix"));
    m_matrix->setLargestSide(0);
    section->add(m_matrix);
    const auto small = [&](const char* role) {
        auto* label = new QLabel;
        label->setProperty("role", role);
        label->setFont(theme.font(FontRole::Caption));
        label->setWordWrap(true);
        return label;
    };
    m_hover = small("caption");
    m_hover->setMinimumHeight(18);
    section->add(m_hover);
    m_legend = new ScaleBar(theme);
    section->add(m_legend);
    m_more = small("muted");
    section->add(m_more);
    PanelSection* numbers = addSection(tr("As numbers"));
    m_numbersSection = numbers->parentWidget();
    m_numbersNote = numbers->note();
    m_numbersNote->setObjectName(QStringLiteral("kernelNumbersNote"));
    m_numbers = new NumberGridView(theme, tr("Kernel as numbers"));
    m_numbers->setObjectName(QStringLiteral("kernelNumbers"));
    numbers->column()->addWidget(m_numbers, 0, Qt::AlignLeft);
    numbers->column()->addSpacing(4);
    m_copy = new QPushButton(tr("Copy the numbers"));
    m_copy->setObjectName(QStringLiteral("copyKernel"));
    m_copy->setProperty("role", "small");
    numbers->column()->addWidget(m_copy, 0, Qt::AlignLeft);

    connect(m_inputMap, &QComboBox::activated, this, &KernelsTool::scheduleRefresh);
    connect(m_mosaic, &MosaicView::chosen, this, [this](const MapMosaic::Place& place) { m_context.focus.setMap(place.map); });
    connect(m_mosaic, &MosaicView::pointed, this, [this](const MapMosaic::Place& place) {
        const bool dense = m_picture && m_picture->wish.weights->layout->find(m_picture->wish.layer, "weight")->spec.shape.rank() == 2;
        m_hover->setText((dense ? tr("unit %1, row %2, column %3: %4") : tr("filter %1, row %2, column %3: %4")).arg(place.map).arg(place.row).arg(place.column)
                             .arg(QString::fromStdString(valueText(m_mosaic->valueAt(place), 4))));
    });
    connect(m_mosaic, &MosaicView::left, this, [this] { m_hover->clear(); });
    connect(m_matrix, &MapView::pointed, this, [this](int row, int column) {
        m_hover->setText(tr("unit %1, input %2: %3").arg(row).arg(column).arg(QString::fromStdString(valueText(m_matrix->valueAt(row, column), 4))));
    });
    connect(m_matrix, &MapView::chosen, this, [this](int row, int) { m_context.focus.setMap(row); });
    connect(m_matrix, &MapView::left, this, [this] { m_hover->clear(); });
    connect(m_copy, &QPushButton::clicked, this, [this] {
        QGuiApplication::clipboard()->setText(QString::fromStdString(tableText(m_kernel)));
    });
}

NodeId KernelsTool::weightedLayer() const {
    const NodeId layer = m_context.focus.layer();
    if (!layer) return {};
    const NodeId head = dockHead(spec(), layer);
    const std::string& kind = spec().node(head)->kind;
    return kind == "conv2d" || kind == "dense" ? head : NodeId{};
}

// A dense layer's weights are pictures of what it sees, as far back as that is still an image.
Shape KernelsTool::kernelShape(NodeId layer, const ParameterEntry& entry) const {
    const Shape& shape = entry.spec.shape;
    if (shape.rank() == 4) return {shape[1], shape[2], shape[3]};
    NodeId before = inputOf(layer);
    while (const Node* node = spec().node(before)) {
        const NodeAnalysis* analysed = analysis().find(before);
        const Shape seen = analysed != nullptr && analysed->output ? *analysed->output : Shape{};
        const bool picture = seen.isImage() && seen.size() == shape[1] && seen.height() * seen.width() > 1;
        if (picture) return seen;
        if (node->kind == "input" && m_context.desk.image.pictureShape().size() == shape[1]) return m_context.desk.image.pictureShape();
        if (node->kind != "flatten" && node->kind != "dropout") break;
        before = inputOf(before);
    }
    return {};
}

QString KernelsTool::inputMapName(std::int64_t map) const {
    return map < 0 ? tr("all three, in colour") : tr("map %1 of %2").arg(map).arg(m_offered.channels());
}

void KernelsTool::offerInputMaps(const Shape& kernel) {
    if (kernel == m_offered && m_inputMap->count() > 0) return;
    m_offered = kernel;
    const QSignalBlocker blocker(m_inputMap);
    m_inputMap->clear();
    const bool colour = kernel.rank() == 3 && kernel.channels() == 3;
    if (colour) m_inputMap->addItem(inputMapName(-1), -1);
    for (std::int64_t map = 0; kernel.rank() == 3 && map < kernel.channels(); ++map) m_inputMap->addItem(inputMapName(map), static_cast<qlonglong>(map));
    m_inputMapRow->setVisible(m_inputMap->count() > 1);
}

void KernelsTool::nothing(const QString& why) {
    m_picture.reset();
    m_note->clear();
    m_inputMapRow->hide();
    m_mosaic->show();
    m_mosaic->clear(why);
    m_matrix->hide();
    m_legend->hide();
    m_more->hide();
    m_numbersSection->hide();
}

void KernelsTool::refresh() {
    const NodeId layer = weightedLayer();
    const WeightSetPtr weights = m_context.desk.probe.weights();
    if (!weights) return nothing(whyNothing());
    const QString name = layerName(spec(), m_context.focus.layer());
    if (!layer) return nothing(tr("%1 has no kernels. Choose a convolution or a dense layer.").arg(name));
    const ParameterEntry* entry = weights->layout->find(layer, "weight");
    if (entry == nullptr) return nothing(tr("The weights of %1 are not there yet.").arg(name));
    const Shape kernel = kernelShape(layer, *entry);
    offerInputMaps(kernel);
    const Wish wish{weights, layer, kernel, m_inputMap->currentData().toLongLong()};
    if (m_picture && m_picture->wish.weights == weights && m_picture->wish.layer == layer && m_picture->wish.inputMap == wish.inputMap) {
        m_mosaic->setSelected(m_context.focus.map());
        return showNumbers();
    }
    m_task.start<std::shared_ptr<const Picture>>([wish] { return std::make_shared<const Picture>(pictureOf(wish)); },
                                                 [this](std::shared_ptr<const Picture> picture) {
                                                     if (isActive() && picture->wish.layer == weightedLayer()) show(std::move(picture));
                                                 });
}

KernelsTool::Picture KernelsTool::pictureOf(const Wish& wish) {
    Picture picture;
    picture.wish = wish;
    const ParameterEntry& entry = *wish.weights->layout->find(wish.layer, "weight");
    const std::span<const float> values = wish.weights->values(entry);
    const bool dense = entry.spec.shape.rank() == 2;
    picture.total = entry.spec.shape[0];
    if (wish.kernel.rank() == 0) {
        const std::int64_t rows = std::min(picture.total, kLargestMatrix), columns = std::min(entry.spec.shape[1], kLargestMatrix);
        picture.kernels = Tensor(Shape{rows, columns});
        for (std::int64_t row = 0; row < rows; ++row)
            std::copy_n(values.data() + row * entry.spec.shape[1], columns, picture.kernels.data() + row * columns);
        picture.scale = ValueScale::diverging(picture.kernels.span());
        return picture;
    }
    // A dense layer may have a hundred million weights: only those shown are looked at.
    const std::int64_t filters = dense ? std::min(picture.total, kMostUnits) : picture.total;
    const std::int64_t depth = wish.kernel.channels(), area = wish.kernel.height() * wish.kernel.width();
    const bool colour = wish.inputMap < 0;
    const std::int64_t planes = colour ? 3 : 1;
    picture.kernels = Tensor(Shape{planes * filters, wish.kernel.height(), wish.kernel.width()});
    for (std::int64_t filter = 0; filter < filters; ++filter) {
        const std::int64_t first = filter * depth + (colour ? 0 : wish.inputMap);
        std::copy_n(values.data() + first * area, planes * area, picture.kernels.data() + filter * planes * area);
    }
    picture.scale = ValueScale::diverging(dense ? picture.kernels.span() : values);
    const std::int64_t tiles = std::min<std::int64_t>(filters, kMostKernels);
    picture.mosaic = MapMosaic(picture.kernels.view(), {.most = kMostKernels, .columns = columnsFor(tiles), .colour = colour, .scale = picture.scale});
    return picture;
}

void KernelsTool::show(std::shared_ptr<const Picture> picture) {
    m_picture = std::move(picture);
    const Picture& shown = *m_picture;
    const bool matrix = shown.wish.kernel.rank() == 0;
    const bool dense = spec().node(shown.wish.layer)->kind == "dense";
    const std::string name = layerName(spec(), shown.wish.layer).toStdString();
    m_mosaic->setVisible(!matrix);
    m_matrix->setVisible(matrix);
    const bool colour = shown.wish.inputMap < 0;
    m_legend->setVisible(!colour);
    m_legend->setScale(shown.scale);
    m_numbersSection->show();
    if (matrix) {
        const Shape& shape = shown.kernels.shape();
        m_matrix->setMap(name + " weights", shown.kernels.span(), static_cast<int>(shape[0]), static_cast<int>(shape[1]), shown.scale);
        m_note->setText(tr("rows: units, columns: inputs"));
    } else {
        const Shape& shape = shown.wish.kernel;
        m_mosaic->setCaptions([](std::int64_t map) { return QString::number(map); });
        m_mosaic->setMaps(name + " kernels", m_picture, shown.kernels.view(), shown.mosaic);
        m_mosaic->setSelected(m_context.focus.map());
        m_note->setText((dense ? tr("%1 units see %2") : tr("%1 filters, %2")).arg(QString::fromStdString(count(shown.total)), QString::fromStdString(shape.text())));
    }
    const std::int64_t visible = matrix ? shown.kernels.shape()[0] : static_cast<std::int64_t>(shown.mosaic.shownMaps().size());
    m_more->setVisible(visible < shown.total || colour);
    QString more = dense ? tr("The first %1 of %2 units.").arg(QString::fromStdString(count(visible)), QString::fromStdString(count(shown.total)))
                          : tr("The %1 strongest of %2 filters.").arg(QString::fromStdString(count(visible)), QString::fromStdString(count(shown.total)));
    if (visible >= shown.total) more.clear();
    if (colour) more += QStringLiteral(" ") + tr("Middle grey is 0; bright red, green or blue is +%1 for that channel.").arg(QString::fromStdString(valueText(shown.scale.limit, 3)));
    m_more->setText(more.trimmed());
    showNumbers();
}

void KernelsTool::showNumbers() {
    if (!m_picture) return;
    const Picture& shown = *m_picture;
    const ParameterEntry* entry = shown.wish.weights->layout->find(shown.wish.layer, "weight");
    const std::int64_t filter = std::clamp<std::int64_t>(m_context.focus.map(), 0, shown.total - 1);
    const Shape& kernel = shown.wish.kernel;
    const std::int64_t rows = kernel.rank() == 3 ? kernel.height() : 1, columns = kernel.rank() == 3 ? kernel.width() : entry->spec.shape[1];
    const std::int64_t map = std::max<std::int64_t>(0, shown.wish.inputMap);
    const std::span<const float> values = shown.wish.weights->values(*entry);
    const std::int64_t perFilter = static_cast<std::int64_t>(values.size()) / shown.total;
    const auto own = values.subspan(static_cast<std::size_t>(filter * perFilter + map * rows * columns), static_cast<std::size_t>(rows * columns));
    m_kernel = {"", static_cast<int>(rows), static_cast<int>(columns), {own.begin(), own.end()}, shown.scale};
    NumberGrid grid{std::min(rows, kLargestNumbers), std::min(columns, kLargestNumbers), {}, {}};
    for (std::int64_t row = 0; row < grid.rows; ++row)
        for (std::int64_t column = 0; column < grid.columns; ++column) grid.values.push_back(own[static_cast<std::size_t>(row * columns + column)]);
    m_numbers->setCellSize(std::clamp(280 / static_cast<int>(grid.columns), 12, 34));
    m_numbers->setGrid(grid, shown.scale);
    const ParameterEntry* bias = shown.wish.weights->layout->find(shown.wish.layer, "bias");
    QString note = entry->spec.shape.rank() == 2 ? tr("unit %1").arg(filter) : tr("filter %1").arg(filter);
    if (kernel.rank() == 3 && kernel.channels() > 1) note += tr(", input map %1").arg(map);
    if (bias != nullptr) note += tr(" · bias %1").arg(QString::fromStdString(valueText(shown.wish.weights->values(*bias)[static_cast<std::size_t>(filter)], 3)));
    if (grid.rows < rows || grid.columns < columns) note = tr("upper left corner · ") + note;
    m_numbersNote->setText(note);
}

}  // namespace convolab
