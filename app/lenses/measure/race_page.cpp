#include "app/lenses/measure/race_page.h"

#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QHeaderView>
#include <QLabel>
#include <QMenu>
#include <QPushButton>
#include <QScrollArea>
#include <QScrollBar>
#include <QStackedWidget>
#include <QTableWidget>
#include <QVBoxLayout>

#include "app/image/job_row.h"
#include "app/lab_document.h"
#include "app/race_devices.h"
#include "app/training_session.h"
#include "core/graph/analysis.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/instruments/roofline_instrument.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kTextWidth = 340, kNarrowTextWidth = 236, kPlotWidth = 240, kTableWidth = 180;  // all but the first: at least
constexpr int kColumnWidth = 130;  // at most

QString words(const std::string& text) { return QString::fromStdString(text); }

QWidget* upright() {
    auto* line = new QFrame;
    line->setProperty("role", "verticalSeparator");
    return line;
}

std::vector<std::string> joined(std::vector<std::string> first, const std::vector<std::string>& second) {
    first.insert(first.end(), second.begin(), second.end());
    return first;
}

QString paragraphs(const std::vector<std::string>& sentences) {
    QStringList list;
    for (const std::string& sentence : sentences) list << words(sentence);
    return list.join(QStringLiteral("\n\n"));
}

}  // namespace

RacePage::RacePage(Theme& theme, LabDocument& document, TrainingSession& training, QWidget* parent)
    : QWidget(parent), m_document(document), m_training(training) {
    setObjectName(QStringLiteral("racePage"));
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(0);
    row->addWidget(buildText(theme), 1);
    row->addWidget(upright());
    row->addWidget(buildPlots(theme), 1);
    row->addWidget(upright());
    row->addWidget(buildTable(theme));
    connect(&m_job, &BackgroundJob::changed, this, &RacePage::refresh);
    connect(&m_look, &BackgroundJob::changed, this, &RacePage::refresh);
    connect(&training, &TrainingSession::changed, this, [this] { if (isVisible()) refresh(); });
    connect(&document, &LabDocument::opened, this, &RacePage::clear);
    refresh();
}

QWidget* RacePage::buildText(Theme& theme) {
    auto* inner = new QWidget;
    inner->setProperty("role", "panel");
    auto* column = new QVBoxLayout(inner);
    column->setContentsMargins(metrics::kPanelPadding, 10, metrics::kPanelPadding, 10);
    column->setSpacing(6);
    m_view = new SegmentedControl({tr("Race"), tr("Width"), tr("Batch"), tr("Roofline")});
    m_view->setObjectName(QStringLiteral("raceView"));
    m_view->setAccessibleName(tr("What is compared"));
    m_view->setCurrentIndex(0);
    connect(m_view, &SegmentedControl::chosen, this, &RacePage::refresh);
    column->addWidget(m_view, 0, Qt::AlignLeft);
    const auto label = [&](const char* name, FontRole font, const char* role) {
        auto* made = new QLabel;
        made->setObjectName(QLatin1String(name));
        made->setFont(theme.font(font));
        made->setWordWrap(true);
        made->setTextInteractionFlags(Qt::TextSelectableByMouse);
        if (role != nullptr) made->setProperty("role", role);
        column->addWidget(made);
        return made;
    };
    m_headline = label("raceHeadline", FontRole::Body, "caption");
    m_device = label("raceDevice", FontRole::BodyStrong, nullptr);
    m_run = new QPushButton;
    m_run->setObjectName(QStringLiteral("runRace"));
    m_run->setProperty("role", "primary");
    connect(m_run, &QPushButton::clicked, this, &RacePage::run);
    column->addWidget(m_run, 0, Qt::AlignLeft);
    auto* job = new JobRow(theme, m_job);
    job->setObjectName(QStringLiteral("raceJob"));
    column->addWidget(job);
    m_words = label("raceWords", FontRole::Body, nullptr);
    column->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    scroll->setMinimumWidth(kNarrowTextWidth);
    scroll->setMaximumWidth(kTextWidth);
    scroll->setWidget(inner);
    return scroll;
}

QWidget* RacePage::buildPlots(Theme& theme) {
    m_plots = new QStackedWidget;
    m_plots->setMinimumWidth(kPlotWidth);
    m_plots->setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    const auto add = [&]<class Kind>(const char* name, InstrumentView*& view, Kind*& instrument) {
        view = new InstrumentView(theme);
        view->setObjectName(QLatin1String(name));
        auto owned = std::make_unique<Kind>();
        instrument = owned.get();
        view->setInstrument(std::move(owned));
        m_plots->addWidget(view);
    };
    add("racePlot", m_plotView, m_plot);
    add("raceRoofline", m_rooflineView, m_roofline);
    m_rooflineView->setAccessibleName(tr("Both devices' rooflines"));
    return m_plots;
}

QWidget* RacePage::buildTable(Theme& theme) {
    m_table = new QTableWidget;
    m_table->setObjectName(QStringLiteral("raceTable"));
    m_table->setAccessibleName(tr("Where the time goes"));
    m_table->setEditTriggers(QAbstractItemView::NoEditTriggers);
    m_table->setSelectionMode(QAbstractItemView::NoSelection);
    m_table->setShowGrid(false);
    m_table->verticalHeader()->hide();
    m_table->verticalHeader()->setDefaultSectionSize(metrics::kTableRow);
    m_table->horizontalHeader()->setFont(theme.font(FontRole::Caption));
    m_table->horizontalHeader()->setHighlightSections(false);
    m_table->setContextMenuPolicy(Qt::CustomContextMenu);
    connect(m_table, &QWidget::customContextMenuRequested, this, [this](const QPoint& at) {
        if (m_table->rowCount() == 0) return;
        QMenu menu;
        menu.addAction(tr("Copy as text"), this, [this] { copyTable(false); })->setObjectName(QStringLiteral("copyText"));
        menu.addAction(tr("Copy as CSV"), this, [this] { copyTable(true); })->setObjectName(QStringLiteral("copyCsv"));
        menu.exec(m_table->viewport()->mapToGlobal(at));
    });
    return m_table;
}

RacePage::View RacePage::view() const { return static_cast<View>(std::max(0, m_view->currentIndex())); }

void RacePage::showEvent(QShowEvent* event) {
    QWidget::showEvent(event);
    if (!m_looked && !m_look.isRunning()) {
        m_look.start<std::vector<Device>>(
            tr("Looking for GPUs"), [gpus = m_gpus](const BackgroundJob::Context&) -> Result<std::vector<Device>> { return gpus(); },
            [this](const std::vector<Device>& gpus) {
                m_looked = true;
                for (const Device& gpu : gpus) {
                    if (!gpu.problem && !m_gpu) m_gpu = gpu;
                    if (gpu.problem && m_gpuProblem.isEmpty()) m_gpuProblem = words(gpu.problem->sentence());
                }
                refresh();
            });
    }
    refresh();
}

void RacePage::clear() {
    m_job.reset();
    m_race.reset();
    refresh();  // the sweeps are of networks of their own
}

bool RacePage::canRun(QString* reason) const {
    if (m_job.isRunning()) *reason = tr("It is running");
    else if (!m_looked) *reason = tr("GPUs are being looked for");
    else if (m_training.isRunning()) *reason = tr("A training is using the processor: pause it first");
    else if (showsRace()) return m_training.canPlay(reason);
    else return true;
    return false;
}

std::vector<RaceDevice> RacePage::devicesInRace() const {
    std::vector<RaceDevice> list{raceDevice(devices().front())};
    if (m_gpu) list.push_back(raceDevice(*m_gpu));
    return list;
}

void RacePage::refresh() {
    const View shown = view();
    const std::string width = std::to_string(m_options.width), batch = std::to_string(m_options.batch);
    m_headline->setText(shown == RaceView ? tr("The open network, %1 steps from the same seed on each device.").arg(m_steps)
                        : shown == WidthView
                            ? tr("From which n on is the GPU faster? A dense n-n-10 network with dropout on MNIST's 1×28×28, batches of %1.").arg(words(batch))
                        : shown == RooflineView
                            ? tr("What the layers of the open network attain on each device, of what it can do at most. Measured by a race of %1 steps.").arg(m_steps)
                            : tr("From how many images per batch on is the GPU faster? A dense %1-%1-10 network on MNIST's 1×28×28.").arg(words(width)));
    const bool fresh = showsRace() ? !m_race : !shownSweep();
    QString reason;
    m_run->setEnabled(canRun(&reason));
    m_run->setToolTip(reason);
    m_run->setText(!m_looked || m_gpu ? (fresh ? tr("Run") : tr("Run again")) : tr("Run on the CPU alone"));
    showTexts();
    showTable();
    showPlots();
}

void RacePage::showPlots() {
    const bool roofline = view() == RooflineView;
    m_plots->setCurrentWidget(roofline ? m_rooflineView : m_plotView);
    if (roofline) {
        m_roofline->setPicture(rooflinePicture(m_race.value_or(Race{})));
        m_rooflineView->requestRepaint();
        return;
    }
    std::vector<PlotDescription> plots;
    if (view() == RaceView) plots = racePlots(m_race.value_or(Race{}));
    else if (const auto& sweep = shownSweep()) plots = {sweepPlot(*sweep)};
    else plots = {PlotDescription{}};
    for (PlotDescription& plot : plots) plot.emptyText = tr("Not run yet").toStdString();
    m_plotView->setAccessibleName(view() == RaceView ? tr("Both losses") : tr("Time of a step, measured and fitted"));
    m_plot->setPlots(std::move(plots));
    m_plotView->requestRepaint();
}

void RacePage::showTexts() {
    if (!m_looked) m_device->setText(tr("Looking for GPUs…"));
    else if (m_gpu) m_device->setText(tr("%1 against %2").arg(words(devices().front().name), words(m_gpu->name)) + (m_gpu->emulated ? tr(" (no GPU)") : QString()));
    else m_device->setText(tr("There is no second runner: %1. What the processor needs can be measured alone.").arg(m_gpuProblem));
    QString said;
    if (view() == RaceView && m_race) said = paragraphs(raceSentences(*m_race));
    else if (view() == RooflineView && m_race) said = paragraphs(joined(emulationSentences(*m_race), rooflineSentences(*m_race)));
    else if (!showsRace() && shownSweep()) said = paragraphs(sweepSentences(*shownSweep()));
    m_words->setText(said);
}

std::vector<RaceRow> RacePage::tableRows(QStringList& header) const {
    const auto lanesOf = [&header](const auto& lanes) {
        for (const auto& lane : lanes) header << words(lane.device);
    };
    if (showsRace() && !m_race) return {};
    if (view() == RooflineView) {
        const RaceLane* lane = rooflineLane(*m_race);
        if (lane == nullptr) return {};
        header = rooflineHeader(*lane);
        return rooflineRows(*lane);
    }
    header = QStringList{view() == WidthView ? tr("n") : view() == BatchView ? tr("images") : tr("layer")};
    if (view() == RaceView) {
        lanesOf(m_race->lanes);
        return raceRows(*m_race);
    }
    if (!shownSweep()) return {};
    lanesOf(shownSweep()->lanes);
    return raceRows(*shownSweep());
}

void RacePage::showTable() {
    QStringList header;
    const std::vector<RaceRow> rows = tableRows(header);
    m_table->setVisible(!rows.empty());
    m_table->setColumnCount(static_cast<int>(header.size()));
    m_table->setHorizontalHeaderLabels(header);
    m_table->setRowCount(static_cast<int>(rows.size()));
    for (int i = 0; i < m_table->rowCount(); ++i) {
        const RaceRow& row = rows[static_cast<std::size_t>(i)];
        auto* name = new QTableWidgetItem(row.name);
        if (row.isPart) name->setForeground(palette().color(QPalette::PlaceholderText));
        m_table->setItem(i, 0, name);
        for (int k = 0; k < row.times.size(); ++k) {
            auto* item = new QTableWidgetItem(row.times[k]);
            item->setTextAlignment(Qt::AlignRight | Qt::AlignVCenter);
            item->setToolTip(row.details[k]);
            m_table->setItem(i, k + 1, item);
        }
    }
    m_table->resizeColumnsToContents();
    // All columns are seen at once where there is room; a long name of a device gives way.
    int width = 2 * m_table->frameWidth() + m_table->verticalScrollBar()->sizeHint().width();
    for (int column = 0; column < m_table->columnCount(); ++column) {
        QTableWidgetItem* title = m_table->horizontalHeaderItem(column);
        title->setTextAlignment((column == 0 ? Qt::AlignLeft : Qt::AlignRight) | Qt::AlignVCenter);
        title->setToolTip(title->text());
        m_table->setColumnWidth(column, std::min(m_table->columnWidth(column), kColumnWidth));
        width += m_table->columnWidth(column);
    }
    m_tableWidth = width;
    fitTable();
}

// Wide enough for all columns while text and plot have room; else it scrolls.
void RacePage::fitTable() {
    constexpr int kLines = 2;
    m_table->setFixedWidth(std::max(kTableWidth, std::min(m_tableWidth, width() - kNarrowTextWidth - kPlotWidth - kLines)));
}

void RacePage::resizeEvent(QResizeEvent* event) {
    QWidget::resizeEvent(event);
    fitTable();
}

QSize RacePage::minimumSizeHint() const { return {kNarrowTextWidth + kPlotWidth + kTableWidth, QWidget::minimumSizeHint().height()}; }

void RacePage::run() {
    QString reason;
    if (!canRun(&reason)) return;
    const std::vector<RaceDevice> racing = devicesInRace();
    if (showsRace()) return runRaceJob(racing);
    const bool batch = view() == BatchView;
    m_job.start<Sweep>(
        batch ? tr("Measuring over the batch") : tr("Measuring over the width"),
        [racing, batch, options = m_options](const BackgroundJob::Context& job) {
            return batch ? sweepBatches(racing, options, job.progress) : sweepWidths(racing, options, job.progress);
        },
        [this, batch](Sweep sweep) {
            m_sweeps[batch ? 1 : 0] = std::move(sweep);
            refresh();
        });
}

void RacePage::runRaceJob(const std::vector<RaceDevice>& racing) {
    const NetworkSpec spec = m_document.network().spec();
    const Recipe recipe = m_document.recipe();
    m_job.start<Race>(
        tr("Racing"),
        [racing, spec, recipe, datasets = &m_training.datasets(), steps = m_steps](const BackgroundJob::Context& job) -> Result<Race> {
            CONVOLAB_ASSIGN(DatasetPtr dataset, datasets->get(recipe.dataset));
            const Analysis analysis = analyze(spec);
            if (analysis.inputShape) {
                CONVOLAB_ASSIGN(dataset, fitted(dataset, *analysis.inputShape));
            }
            return runRace(spec, dataset, recipe, racing, steps, job.progress);
        },
        [this](Race race) {
            m_race = std::move(race);
            refresh();
        });
}

void RacePage::copyTable(bool csv) const {
    if (csv) {
        const auto text = view() == RaceView ? raceLayersCsv(*m_race) : view() == RooflineView ? rooflineCsv(*m_race) : sweepCsv(*shownSweep());
        return QGuiApplication::clipboard()->setText(words(text));
    }
    QStringList lines{m_words->text()};
    for (int i = 0; i < m_table->rowCount(); ++i) {
        QStringList cells;
        for (int column = 0; column < m_table->columnCount(); ++column) cells << m_table->item(i, column)->text();
        lines << cells.join(QLatin1Char('\t'));
    }
    QGuiApplication::clipboard()->setText(lines.join(QLatin1Char('\n')));
}

}  // namespace convolab
