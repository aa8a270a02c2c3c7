#include "app/lenses/look_inside/tools/maximise_tool.h"

#include <QElapsedTimer>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/lenses/lens_panel.h"
#include "app/lenses/look_inside/explanation_rows.h"
#include "app/lenses/look_inside/inspect_focus.h"
#include "app/lenses/train/form_fields.h"
#include "core/graph/docking.h"
#include "core/layers/layer_kind.h"
#include "core/layers/softmax_kinds.h"
#include "widgets/maps/map_view.h"
#include "widgets/maps/value_rows.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr qint64 kTellMs = 60;

}  // namespace

MaximiseTool::MaximiseTool(const InspectContext& context) : InspectTool(context) {
    setObjectName(QStringLiteral("maximiseTool"));
    buildTarget();
    buildPicture();
    connect(&m_job, &BackgroundJob::changed, this, &MaximiseTool::showState);
    connect(&m_job, &BackgroundJob::finished, this, [this] {
        m_problem->setText(m_job.state() == BackgroundJob::State::Failed ? m_job.error() : QString());
        m_problem->setVisible(!m_problem->text().isEmpty());
        showState();
    });
}

void MaximiseTool::buildTarget() {
    PanelSection* section = addSection(tr("Maximise"));
    m_target = section->note();
    m_target->setObjectName(QStringLiteral("maximiseTarget"));
    m_what = new SegmentedControl({tr("whole map"), tr("one value")});
    m_what->setObjectName(QStringLiteral("maximiseWhat"));
    m_what->setCurrentIndex(0);
    m_whatRow = section->addRow(tr("Excite"), m_what);
    m_steps = new ValueField(tr("Steps"), 10, 2000, ValueField::Scale::Logarithmic, true);
    m_steps->setValue(200);
    section->addRow(tr("Steps"), m_steps);
    m_rate = new ValueField(tr("Step size"), 0.005, 1.0, ValueField::Scale::Logarithmic, false);
    m_rate->setValue(0.1);
    section->addRow(tr("Step size"), m_rate);
    m_seed = new ValueField(tr("Seed"), 0, 999, ValueField::Scale::Linear, true, true);
    m_seed->setValue(0);
    section->addRow(tr("Seed"), m_seed);
    section->column()->addSpacing(4);
    auto* row = new QHBoxLayout;
    m_start = new QPushButton(tr("Start"));
    m_start->setObjectName(QStringLiteral("maximiseStart"));
    m_start->setProperty("role", "primary");
    m_reset = new QPushButton(tr("Reset"));
    m_reset->setObjectName(QStringLiteral("maximiseReset"));
    row->addWidget(m_start);
    row->addWidget(m_reset);
    row->addStretch(1);
    section->column()->addLayout(row);
    connect(m_start, &QPushButton::clicked, this, [this] { m_job.isRunning() ? m_job.cancel() : start(); });
    connect(m_reset, &QPushButton::clicked, this, &MaximiseTool::reset);
    connect(m_what, &SegmentedControl::chosen, this, &MaximiseTool::scheduleRefresh);
}

void MaximiseTool::buildPicture() {
    PanelSection* section = addSection(tr("The image that excites it"));
    m_state = section->note();
    m_state->setObjectName(QStringLiteral("maximiseState"));
    m_problem = new QLabel;
    m_problem->setObjectName(QStringLiteral("maximiseProblem"));
    m_problem->setProperty("role", "warning");
    m_problem->setWordWrap(true);
    m_problem->hide();
    section->add(m_problem);
    m_image = new MapView(m_context.theme, tr("The image that excites the unit most"));
    m_image->setObjectName(QStringLiteral("maximiseImage"));
    m_image->setLargestSide(0);
    m_image->clear(tr("Start: an image grows out of grey noise."));
    section->add(m_image);
    m_rows = new ValueRows(m_context.theme, tr("Progress of the ascent"));
    m_rows->setObjectName(QStringLiteral("maximiseRows"));
    section->add(m_rows);
}

void MaximiseTool::activated(bool active) {
    if (!active) m_job.cancel();
}

QString MaximiseTool::targetName() const {
    const ValueRef& value = m_context.focus.value();
    const Shape shape = m_context.focus.shape();
    const bool image = shape.height() * shape.width() > 1;
    const QString place = !image ? tr("unit %1").arg(value.channel)
                          : m_what->currentIndex() == 0 ? tr("map %1").arg(value.channel)
                                                        : placeText(value, shape);
    const NodeId excited = excitedLayer();
    const QString behind = excited == value.node ? QString() : tr(", behind %1").arg(layerName(spec(), excited));
    return layerName(spec(), value.node) + QStringLiteral(", ") + place + behind;
}

// What leaves the activation, since a unit that it silences is dead; but a score rather than its softmax.
NodeId MaximiseTool::excitedLayer() const {
    const NodeId layer = m_context.focus.layer();
    if (!layer || isDocked(spec(), layer)) return layer;
    NodeId excited = layer;
    for (const NodeId row : dockedLayers(spec(), layer)) {
        const LayerKind* kind = findLayerKind(spec().node(row)->kind);
        const bool passes = kind != nullptr && !isSoftmax(kind->id) && (kind->group == LayerGroup::Activation || kind->group == LayerGroup::Normalisation);
        if (!passes) break;
        excited = row;
    }
    return excited;
}

MaximizationOptions MaximiseTool::wanted() const {
    const ValueRef& value = m_context.focus.value();
    const Shape shape = m_context.focus.shape();
    MaximizationOptions options;
    options.layer = excitedLayer();
    options.channel = value.channel;
    if (shape.height() * shape.width() > 1 && m_what->currentIndex() == 1) options.place = {value.row, value.column};
    options.steps = static_cast<int>(std::lround(m_steps->value()));
    options.rate = m_rate->value();
    options.seed = static_cast<std::uint64_t>(std::llround(m_seed->value()));
    return options;
}

void MaximiseTool::refresh() {
    const Shape shape = m_context.focus.shape();
    m_whatRow->setVisible(shape.height() * shape.width() > 1);
    m_target->setText(targetName());
    m_start->setEnabled(m_job.isRunning() || (m_context.desk.probe.weights() && shape.size() > 0));
    if (!m_context.desk.probe.weights() && !m_shown) m_image->clear(whyNothing());
    showState();
}

// Goes on where the same target was stopped, with the weights that it began with.
void MaximiseTool::start() {
    const MaximizationOptions options = wanted();
    const bool goesOn = m_run && m_run->maximizer && !m_run->maximizer->finished() && m_run->target == targetName() &&
                        m_run->options.steps == options.steps && m_run->options.rate == options.rate && m_run->options.seed == options.seed;
    auto run = goesOn ? m_run : std::make_shared<Run>();
    run->options = options;
    run->target = targetName();
    m_run = run;
    m_shownTarget = run->target;
    m_problem->hide();
    m_job.start<std::shared_ptr<Run>>(
        tr("Maximising %1").arg(run->target),
        [this, run, network = spec(), weights = m_context.desk.probe.effectiveWeights()](const BackgroundJob::Context& job) {
            return climb(run, network, weights, job, [this, &job](std::shared_ptr<const Progress> progress) {
                job.toUi([this, progress = std::move(progress)] { show(progress); });
            });
        },
        [](const std::shared_ptr<Run>&) {});
    showState();
}

Result<std::shared_ptr<MaximiseTool::Run>> MaximiseTool::climb(std::shared_ptr<Run> run, const NetworkSpec& spec, const WeightSetPtr& weights,
                                                               const BackgroundJob::Context& context,
                                                               const std::function<void(std::shared_ptr<const Progress>)>& tell) {
    if (!run->maximizer) {
        CONVOLAB_ASSIGN(run->maximizer, ActivationMaximizer::create(spec, weights, run->options));
    }
    ActivationMaximizer& maximizer = *run->maximizer;
    QElapsedTimer sinceTold;
    const auto report = [&] {
        auto progress = std::make_shared<Progress>();
        progress->image = Tensor(maximizer.image().shape);
        std::copy_n(maximizer.image().data, progress->image.size(), progress->image.data());
        progress->step = maximizer.step();
        progress->activation = maximizer.activation();
        tell(std::move(progress));
        sinceTold.start();
    };
    report();
    while (!maximizer.finished()) {
        CONVOLAB_RETURN_IF_ERROR(maximizer.runStep());
        const bool goesOn = context.progress(static_cast<double>(maximizer.step()) / run->options.steps);
        if (!goesOn || maximizer.finished() || sinceTold.elapsed() >= kTellMs) report();
        if (!goesOn) return Error{ErrorCode::Cancelled, "stopped", "", ""};
    }
    return run;
}

void MaximiseTool::reset() {
    m_job.reset();
    m_run.reset();
    m_shown.reset();
    m_problem->hide();
    m_image->clear(tr("Start: an image grows out of grey noise."));
    m_rows->setRows({});
    showState();
}

void MaximiseTool::show(std::shared_ptr<const Progress> progress) {
    m_shown = std::move(progress);
    const Shape& picture = m_context.desk.image.pictureShape();
    const Tensor& image = m_shown->image;
    m_image->setImage("maximised " + m_shownTarget.toStdString(), {image.data(), picture.size() == image.size() ? picture : image.shape()});
    m_rows->setRows({{tr("Unit"), m_shownTarget, false},
                     {tr("Step"), QString::fromStdString(countText(m_shown->step)), false},
                     {tr("Activation"), rowNumber(m_shown->activation), true}});
}

void MaximiseTool::showState() {
    const bool running = m_job.isRunning();
    const bool unfinished = m_run && m_run->target == targetName() && m_shown && m_job.state() == BackgroundJob::State::Cancelled;
    m_start->setText(running ? tr("Stop") : unfinished ? tr("Go on") : tr("Start"));
    m_reset->setEnabled(running || m_shown);
    switch (m_job.state()) {
        case BackgroundJob::State::Running: m_state->setText(tr("climbing, %1 %").arg(static_cast<int>(100 * m_job.share()))); break;
        case BackgroundJob::State::Done: m_state->setText(tr("done")); break;
        case BackgroundJob::State::Cancelled: m_state->setText(tr("stopped")); break;
        default: m_state->clear();
    }
}

}  // namespace convolab
