#include "app/lenses/look_inside/tools/confusion_tool.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStyle>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/image_desk.h"
#include "app/image/job_row.h"
#include "app/image/thumbnails.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/accuracy_text.h"
#include "app/training_session.h"
#include "widgets/maps/confusion_view.h"
#include "widgets/pictures/picture_grid.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr Split kSplits[] = {Split::Validation, Split::Test};

}  // namespace

ConfusionTool::ConfusionTool(const InspectContext& context) : InspectTool(context) {
    setObjectName(QStringLiteral("confusionTool"));
    PanelSection* section = addSection(tr("Confusion matrix"), tr("rows: class, columns: prediction"));
    m_split = new SegmentedControl({tr("validation"), tr("test")});
    m_split->setObjectName(QStringLiteral("confusionSplit"));
    m_split->setCurrentIndex(0);
    section->addRow(tr("Images"), m_split);
    section->column()->addSpacing(4);
    auto* head = new QHBoxLayout;
    m_accuracy = new QLabel;
    m_accuracy->setObjectName(QStringLiteral("confusionAccuracy"));
    m_accuracy->setWordWrap(true);
    m_again = new QPushButton(tr("Count again"));
    m_again->setObjectName(QStringLiteral("confusionAgain"));
    m_again->setProperty("role", "small");
    head->addWidget(m_accuracy, 1);
    head->addWidget(m_again, 0, Qt::AlignTop);
    section->column()->addLayout(head);
    section->add(new JobRow(m_context.theme, m_context.desk.predictions.job()));
    section->column()->addSpacing(4);
    m_view = new ConfusionView(m_context.theme, tr("Confusion matrix"));
    m_view->setObjectName(QStringLiteral("confusionMatrix"));
    section->add(m_view);
    PanelSection* cell = addSection(tr("Images of a cell"));
    m_cellTitle = cell->note();
    m_cellTitle->setObjectName(QStringLiteral("confusionCell"));
    m_images = new PictureGrid(m_context.theme);
    m_images->setObjectName(QStringLiteral("confusionImages"));
    m_images->setAccessibleName(tr("Images of the chosen cell"));
    m_images->setRows(3);
    m_images->setEmptyText(tr("Click a cell: its images stand here."));
    cell->add(m_images);

    connect(m_split, &SegmentedControl::chosen, this, [this] {
        m_counted = false;
        m_view->setSelected(std::nullopt);
        scheduleRefresh();
    });
    connect(m_again, &QPushButton::clicked, this, [this] { m_context.desk.predictions.ask(split()); });
    connect(&m_context.desk.predictions, &PredictionsCache::changed, this, [this] { scheduleRefresh(); });
    connect(&m_context.desk.image, &CurrentImage::datasetChanged, this, [this] {
        m_counted = false;
        scheduleRefresh();
    });
    connect(m_view, &ConfusionView::chosen, this, &ConfusionTool::showCell);
    connect(m_images, &PictureGrid::chosen, this, [this](qint64 index) {
        if (index < static_cast<qint64>(m_indices.size()))
            m_context.desk.image.showDatasetImage(split(), m_indices[static_cast<std::size_t>(index)]);
    });
}

Split ConfusionTool::split() const { return kSplits[std::max(0, m_split->currentIndex())]; }

void ConfusionTool::activated(bool active) { m_counted = m_counted && active; }

void ConfusionTool::refresh() {
    PredictionsCache& predictions = m_context.desk.predictions;
    const DatasetPtr dataset = m_context.desk.image.dataset();
    // Counted once by itself; while a training runs on, newer counts are asked for by the button.
    if (!m_counted && dataset && m_context.desk.probe.effectiveWeights()) {
        m_counted = true;
        predictions.ask(split());
    }
    const auto table = predictions.table(split());
    const bool stale = table && predictions.isStale(split());
    m_again->setVisible(stale && !predictions.job().isRunning());
    m_view->setStale(stale);
    m_accuracy->setProperty("role", stale ? "muted" : "caption");
    m_accuracy->style()->unpolish(m_accuracy);
    m_accuracy->style()->polish(m_accuracy);
    if (!table) {
        const QString problem = m_context.desk.image.datasetProblem();
        m_accuracy->setText(QString());
        m_view->clear(dataset ? (m_context.desk.probe.problem().isEmpty() ? tr("Counting …") : m_context.desk.probe.problem())
                              : problem.isEmpty() ? tr("There is no data set: choose one in Train.") : problem);
        m_indices.clear();
        showImages();
        return;
    }
    const auto images = static_cast<std::int64_t>(table->rows.size());
    const std::int64_t ofAll = dataset ? dataset->size(split()) : images;
    m_accuracy->setText(accuracyText(table->correct(), images, split(), ofAll) + (stale ? QStringLiteral(" …") : QString()));
    QStringList names;
    for (int i = 0; i < table->classes; ++i) names << m_context.desk.image.className(i);
    m_view->setTable(tr("Confusion matrix, %1 images").arg(QString::fromUtf8(splitName(split()))), names, table->confusion());
    const auto chosen = m_view->selected();
    if (chosen) showCell(chosen->y(), chosen->x());
}

void ConfusionTool::showCell(int label, int predicted) {
    const auto table = m_context.desk.predictions.table(split());
    m_indices = table ? table->cell(label, predicted) : std::vector<std::int64_t>{};
    const CurrentImage& image = m_context.desk.image;
    m_cellTitle->setText(tr("%1 → %2: %3").arg(image.className(label), image.className(predicted), QString::fromStdString(countText(static_cast<long long>(m_indices.size())))));
    showImages();
}

void ConfusionTool::showImages() {
    m_images->setEmptyText(m_view->selected() ? tr("No image in this cell.") : tr("Click a cell: its images stand here."));
    m_images->setPictures(static_cast<qint64>(m_indices.size()), [this](qint64 index) {
        const auto table = m_context.desk.predictions.table(split());
        const std::int64_t image = m_indices[static_cast<std::size_t>(index)];
        if (!table || image >= static_cast<std::int64_t>(table->rows.size())) return Thumbnail{};
        const Prediction& row = table->rows[static_cast<std::size_t>(image)];
        return row.label == row.predicted ? datasetThumbnail(m_context.desk.image, split(), image)
                                          : wrongThumbnail(m_context.desk.image, split(), image, row);
    });
}

}  // namespace convolab
