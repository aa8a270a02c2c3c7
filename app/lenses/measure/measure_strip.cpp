#include "app/lenses/measure/measure_strip.h"

#include <QComboBox>
#include <QFileDialog>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QStackedWidget>
#include <QVBoxLayout>

#include "app/lenses/measure/devices_view.h"
#include "app/lenses/measure/experiment_page.h"
#include "app/lenses/measure/layer_table.h"
#include "app/lenses/measure/measure_presenters.h"
#include "app/lenses/measure/measure_session.h"
#include "app/lenses/measure/race_page.h"
#include "core/util/atomic_file.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

QWidget* upright() {
    auto* line = new QFrame;
    line->setProperty("role", "verticalSeparator");
    return line;
}

QComboBox* axisChoice(const char* name, const QString& label, int current) {
    auto* box = new QComboBox;
    box->setObjectName(QLatin1String(name));
    box->setAccessibleName(label);
    for (const LaserAxis& axis : laserAxes()) box->addItem(QString::fromStdString(axis.label), QString::fromStdString(axis.id));
    box->setCurrentIndex(current);
    box->setSizeAdjustPolicy(QComboBox::AdjustToMinimumContentsLengthWithIcon);
    box->setMinimumContentsLength(8);
    return box;
}

}  // namespace

MeasureStrip::MeasureStrip(Theme& theme, LabDocument& document, TrainingSession& training, ImageDesk& desk, MeasureSession& session,
                           CanvasSelection& selection, QWidget* parent)
    : QWidget(parent), m_session(session) {
    setObjectName(QStringLiteral("measureStrip"));
    setProperty("role", "panel");
    setAttribute(Qt::WA_StyledBackground);
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 6, 0, 0);
    column->setSpacing(2);
    auto* head = new QHBoxLayout;
    head->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    m_page = new SegmentedControl({tr("Layers"), tr("Experiments"), tr("CPU · GPU")});
    m_page->setObjectName(QStringLiteral("measurePage"));
    m_page->setAccessibleName(tr("What the strip shows"));
    m_page->setCurrentIndex(0);
    m_how = new QLabel;
    m_how->setObjectName(QStringLiteral("measureHow"));
    m_how->setProperty("role", "muted");
    m_how->setFont(theme.font(FontRole::Caption));
    QSizePolicy room = m_how->sizePolicy();
    room.setRetainSizeWhenHidden(true);
    m_how->setSizePolicy(room);
    head->addWidget(m_page);
    head->addSpacing(10);
    head->addWidget(m_how, 1);
    column->addLayout(head);
    m_pages = new QStackedWidget;
    m_pages->addWidget(buildFigures(theme, selection));
    m_experiments = new ExperimentPage(theme, document, training, desk);
    m_pages->addWidget(m_experiments);
    m_race = new RacePage(theme, document, training);
    m_pages->addWidget(m_race);
    column->addWidget(m_pages, 1);
    connect(m_page, &SegmentedControl::chosen, this, [this](int index) {
        m_pages->setCurrentIndex(index);
        m_how->setVisible(index == 0);
    });
    connect(&m_session, &MeasureSession::changed, this, &MeasureStrip::refresh);
    connect(&m_session, &MeasureSession::displayChanged, this, &MeasureStrip::refresh);
    refresh();
}

QWidget* MeasureStrip::buildFigures(Theme& theme, CanvasSelection& selection) {
    auto* box = new QWidget;
    auto* row = new QHBoxLayout(box);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    m_tableSlot = new QStackedWidget;
    auto* empty = new QWidget;
    auto* middle = new QVBoxLayout(empty);
    m_empty = new QLabel;
    m_empty->setObjectName(QStringLiteral("measureEmpty"));
    m_empty->setProperty("role", "muted");
    m_empty->setAlignment(Qt::AlignCenter);
    m_empty->setWordWrap(true);
    m_measure = new QPushButton(tr("Measure"));
    m_measure->setObjectName(QStringLiteral("measureEmptyButton"));
    m_measure->setProperty("role", "primary");
    connect(m_measure, &QPushButton::clicked, this, [this] { m_session.measure(); });
    middle->addStretch(1);
    middle->addWidget(m_empty);
    middle->addSpacing(6);
    middle->addWidget(m_measure, 0, Qt::AlignHCenter);
    middle->addStretch(1);
    m_tableSlot->addWidget(empty);
    m_table = new LayerTable(theme, selection);
    m_tableSlot->addWidget(m_table);
    row->addWidget(m_tableSlot, 6);
    row->addWidget(upright());
    m_devices = new DevicesView(theme);
    row->addWidget(m_devices, 2);
    row->addWidget(upright());
    row->addWidget(buildPlot(theme), 3);
    connect(m_table, &LayerTable::saveRequested, this, &MeasureStrip::saveCsv);
    return box;
}

QWidget* MeasureStrip::buildPlot(Theme& theme) {
    auto* box = new QWidget;
    box->setMinimumWidth(230);
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 4);
    column->setSpacing(0);
    m_plotView = new InstrumentView(theme);
    m_plotView->setObjectName(QStringLiteral("measurePlot"));
    m_plotView->setAccessibleName(tr("Time over the batch"));
    auto owned = std::make_unique<CurvesInstrument>();
    m_plot = owned.get();
    m_plotView->setInstrument(std::move(owned));
    column->addWidget(m_plotView, 1);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(metrics::kPanelPadding, 0, metrics::kPanelPadding, 0);
    m_which = new SegmentedControl({tr("batch"), tr("Pareto")});
    m_which->setObjectName(QStringLiteral("measurePlotChoice"));
    m_which->setAccessibleName(tr("Plot"));
    m_which->setCurrentIndex(0);
    connect(m_which, &SegmentedControl::chosen, this, &MeasureStrip::refreshPlot);
    row->addWidget(m_which);
    m_axes = new QWidget;
    auto* axes = new QHBoxLayout(m_axes);
    axes->setContentsMargins(8, 0, 0, 0);
    axes->setSpacing(4);
    m_yAxis = axisChoice("paretoY", tr("Upward"), 1);
    m_xAxis = axisChoice("paretoX", tr("To the right"), 2);
    auto* over = new QLabel(tr("over"));
    over->setProperty("role", "caption");
    axes->addWidget(m_yAxis, 1);
    axes->addWidget(over);
    axes->addWidget(m_xAxis, 1);
    for (QComboBox* choice : {m_xAxis, m_yAxis}) connect(choice, &QComboBox::activated, this, &MeasureStrip::refreshPlot);
    row->addWidget(m_axes, 1);
    row->addStretch(0);
    column->addLayout(row);
    return box;
}

void MeasureStrip::refresh() {
    const auto card = m_session.card();
    const std::int64_t batch = m_session.measuredBatch();
    const bool stale = m_session.isStale();
    m_tableSlot->setCurrentIndex(card ? 1 : 0);
    QString reason;
    const bool able = m_session.canMeasure(&reason);
    m_empty->setText(able ? tr("Nothing is measured yet") : tr("Cannot measure: %1").arg(reason));
    m_measure->setVisible(able);
    m_measure->setEnabled(!m_session.job().isRunning());
    if (!card) {
        m_table->setRows({}, false);
        m_devices->setBars({}, batch, tr("Not measured yet"));
        m_how->clear();
        refreshPlot();
        return;
    }
    m_table->setRows(layerRows(*card, batch), stale);
    m_devices->setBars(deviceBars(*card, batch, m_session.peak()), batch, {});
    QString how = stale ? tr("Of the network before the latest change: measure again. ") : QString();
    if (const BatchLatency* latency = card->latency.find(batch)) {
        const double spread = latency->seconds.median > 0.0 ? latency->seconds.range() / 2.0 / latency->seconds.median : 0.0;
        how += tr("Per image at batch %1. Median of %2 runs after %3 to warm up, spread ± %4 %.%5")
                   .arg(batch).arg(latency->runs).arg(latency->warmUpRuns).arg(QString::fromStdString(fixedText(100.0 * spread, 1)),
                        latency->shared ? tr(" A training shared the processor.") : QString());
    }
    m_how->setText(how);
    refreshPlot();
}

void MeasureStrip::refreshPlot() {
    const bool pareto = m_which->currentIndex() == 1;
    m_axes->setVisible(pareto);
    const auto axis = [](const QComboBox* box) { return *findLaserAxis(box->currentData().toString().toStdString()); };
    m_plot->setPlots({pareto ? paretoPlot(m_session.networks(), axis(m_xAxis), axis(m_yAxis))
                             : batchPlot(m_session.networks(), m_session.measuredBatch())});
    m_plotView->setAccessibleName(pareto ? tr("What no other version beats") : tr("Time over the batch"));
    m_plotView->requestRepaint();
}

void MeasureStrip::saveCsv() {
    const auto card = m_session.card();
    if (!card) return;
    const QString file = QFileDialog::getSaveFileName(window(), tr("Save as CSV"), QStringLiteral("layers.csv"), tr("CSV (*.csv)"));
    if (file.isEmpty()) return;
    const Status saved = writeFileAtomically(file.toStdString(), layersCsv(*card));
    emit message(saved.ok() ? tr("Saved %1").arg(file) : QString::fromStdString(saved.error().sentence()), !saved.ok());
}

}  // namespace convolab
