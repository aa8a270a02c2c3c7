#include "app/lenses/compress/layer_section.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSlider>
#include <QVBoxLayout>
#include <cmath>

#include "app/lab_document.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/train/form_fields.h"
#include "core/compress/criterion.h"
#include "core/compress/sparsity.h"
#include "core/compress/weight_groups.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"
#include "widgets/weights/weight_histogram_view.h"

namespace convolab {

namespace {

constexpr Granularity kGranularities[] = {Granularity::Weight, Granularity::Kernel, Granularity::Filter};
constexpr int kBits[] = {kFloatBits, 8, 7, 6, 5, 4, 3, 2};
constexpr WeightLevels kLevels[] = {WeightLevels::Uniform, WeightLevels::KMeans};
constexpr int kLabelMore = 8;  // as in the quantisation below it
constexpr double kMostPercent = 99.9;

QString text(const std::string& value) { return QString::fromStdString(value); }

/// `now` with the sparsities of `made`; bits and levels stay.
CompressionPlan withPruningOf(const CompressionPlan& now, const CompressionPlan& made, const NetworkSpec& network, Granularity group) {
    CompressionPlan plan = now;
    for (const NodeId layer : compressibleLayers(network)) {
        plan.layers[layer].sparsity = made.of(layer).sparsity;
        plan.layers[layer].granularity = group;
    }
    return plan;
}

QLabel* noteLabel(const Theme& theme, const char* objectName, const char* role) {
    auto* label = new QLabel;
    label->setObjectName(QLatin1String(objectName));
    label->setProperty("role", role);
    label->setFont(theme.font(FontRole::Caption));
    return label;
}

}  // namespace

LayerSection::LayerSection(Theme& theme, LabDocument& document, CompressSession& session, QWidget* parent)
    : PanelSection(theme, tr("Weights"), {}, parent), m_theme(theme), m_document(document), m_session(session) {
    setObjectName(QStringLiteral("compressLayer"));
    setLabelWidth(metrics::kLabelNarrow + kLabelMore);
    m_cutNote = note();
    m_cutNote->setObjectName(QStringLiteral("cutNote"));
    auto* head = new QHBoxLayout;
    auto* scale = noteLabel(theme, "histogramScale", "muted");
    scale->setText(tr("weights, log scale"));
    m_levelsNote = noteLabel(theme, "levelsNote", "caption");
    head->addWidget(scale);
    head->addStretch(1);
    head->addWidget(m_levelsNote);
    column()->addLayout(head);
    m_histogram = new WeightHistogramView(theme);
    m_histogram->setObjectName(QStringLiteral("weightHistogram"));
    m_histogram->setFixedHeight(156);
    add(m_histogram);
    buildFields();
    connect(m_histogram, &WeightHistogramView::thresholdDragged, this, [this](double threshold) {
        const LayerViewPtr view = m_weights.view();
        if (view && view->curve) setSparsity(view->curve->sparsityAt(threshold), QStringLiteral("drag:%1").arg(m_gesture));
    });
    connect(m_histogram, &WeightHistogramView::dragFinished, this, &LayerSection::endGesture);
    connect(&m_weights, &LayerWeights::changed, this, &LayerSection::showWeights);
    connect(&theme, &Theme::changed, this, &LayerSection::showWeights);
    connect(&m_session, &CompressSession::planChanged, this, [this] {
        m_message->setVisible(false);  // it was about a plan that did not become one
        showPlan();
    });
    connect(&m_session, &CompressSession::laidChanged, this, [this] {
        m_weights.show(m_session.laid(), m_layer);
        setEnabled(m_session.problem().isEmpty());
    });
    showPlan();
}

void LayerSection::buildFields() {
    column()->addSpacing(4);
    m_sparsity = new ValueField(tr("Sparsity, per cent"), 0, kMostPercent, ValueField::Scale::Linear, false, true);
    m_sparsity->field()->setObjectName(QStringLiteral("sparsityField"));
    m_sparsity->setToolTip(tr("The share of weights, kernels or filters that become 0"));
    auto* slider = m_sparsity->findChild<QSlider*>();
    slider->setObjectName(QStringLiteral("sparsitySlider"));
    connect(slider, &QSlider::sliderReleased, this, &LayerSection::endGesture);
    connect(m_sparsity, &ValueField::valueEdited, this, [this, slider](double percent) {
        // A hand means whole per cents.
        if (!m_showing) setSparsity((slider->isSliderDown() ? std::round(percent) : percent) / 100.0, QStringLiteral("drag:%1").arg(m_gesture));
    });
    connect(m_sparsity->field(), &QLineEdit::editingFinished, this, &LayerSection::endGesture);
    addRow(tr("Sparsity, %"), m_sparsity);

    m_scope = new SegmentedControl({tr("Layer"), tr("Every"), tr("Global")});
    m_scope->setObjectName(QStringLiteral("scopeControl"));
    m_scope->setAccessibleName(tr("Scope of the sparsity"));
    m_scope->setOptionToolTip(0, tr("The chosen layer loses this share"));
    m_scope->setOptionToolTip(1, tr("Every layer loses the same share"));
    m_scope->setOptionToolTip(2, tr("One threshold over all layers: those with small weights lose more"));
    m_scope->setCurrentIndex(0);
    connect(m_scope, &SegmentedControl::chosen, this, [this] { showPlan(); });
    addRow(tr("Scope"), m_scope);

    m_granularity = new SegmentedControl({tr("Weights"), tr("Kernels"), tr("Filters")});
    m_granularity->setObjectName(QStringLiteral("granularityControl"));
    m_granularity->setAccessibleName(tr("Prune"));
    m_granularity->setCurrentIndex(0);
    connect(m_granularity, &SegmentedControl::chosen, this, [this] {
        if (m_sparsity->value() > 0) setSparsity(m_sparsity->value() / 100.0, {});
    });
    addRow(tr("Prune"), m_granularity);

    m_criterion = new QComboBox;
    m_criterion->setObjectName(QStringLiteral("criterionCombo"));
    m_criterion->setAccessibleName(tr("Criterion"));
    for (const PruningCriterion* criterion : pruningCriteria()) {
        m_criterion->addItem(text(criterion->label), text(criterion->id));
        m_criterion->setItemData(m_criterion->count() - 1, text(criterion->help), Qt::ToolTipRole);
    }
    connect(m_criterion, &QComboBox::activated, this, [this](int index) {
        CompressionPlan plan = m_session.plan();
        plan.criterion = m_criterion->itemData(index).toString().toStdString();
        m_session.setPlan(plan, tr("Prune by %1").arg(m_criterion->itemText(index).toLower()));
    });
    addRow(tr("Criterion"), m_criterion);
    buildLevels();

    m_message = noteLabel(m_theme, "layerMessage", "warning");
    m_message->setWordWrap(true);
    m_message->setVisible(false);
    add(m_message);
}

void LayerSection::buildLevels() {
    QStringList names;
    for (const int bits : kBits) names << (bits == kFloatBits ? tr("FP32") : QString::number(bits));
    m_bits = new SegmentedControl(names);
    m_bits->setObjectName(QStringLiteral("bitsControl"));
    m_bits->setProperty("density", "compact");
    m_bits->setAccessibleName(tr("Bits of a weight"));
    m_bits->setOptionToolTip(0, tr("Weights stay float32"));
    for (int i = 1; i < m_bits->count(); ++i) m_bits->setOptionToolTip(i, tr("%1 bits: at most %2 different values").arg(kBits[i]).arg(1 << kBits[i]));
    connect(m_bits, &SegmentedControl::chosen, this, [this](int index) { setBits(kBits[index], kLevels[std::max(0, m_levels->currentIndex())]); });
    addRow(tr("Quantise"), m_bits);

    m_levels = new SegmentedControl({tr("Uniform"), tr("K-means")});
    m_levels->setObjectName(QStringLiteral("levelsControl"));
    m_levels->setAccessibleName(tr("Levels"));
    m_levels->setOptionToolTip(0, tr("An evenly spaced grid: at 8 bits it runs in integers"));
    m_levels->setOptionToolTip(1, tr("Shared values where the weights are: fewer bits for the same error, but float32 arithmetic"));
    m_levels->setCurrentIndex(0);
    connect(m_levels, &SegmentedControl::chosen, this, [this](int index) {
        // Without bits there are no levels yet: the choice waits for them.
        if (m_bits->currentIndex() > 0) setBits(kBits[m_bits->currentIndex()], kLevels[index]);
    });
    addRow(tr("Levels"), m_levels);
}

LayerSection::Scope LayerSection::scope() const { return static_cast<Scope>(std::max(0, m_scope->currentIndex())); }

Granularity LayerSection::granularity() const { return kGranularities[std::max(0, m_granularity->currentIndex())]; }

Result<CompressionPlan> LayerSection::withSparsity(double sparsity) const {
    const CompressionPlan& now = m_session.plan();
    CompressionPlan plan = now;
    if (scope() == Scope::Layer) {
        LayerCompression& layer = plan.layers[m_layer];
        layer.sparsity = sparsity;
        layer.granularity = granularity();
        CONVOLAB_RETURN_IF_ERROR(validatePlan(plan, *m_session.network()));
        return plan;
    }
    CONVOLAB_ASSIGN(const CompressionPlan made, uniformPlan(*m_session.network(), now.criterion, granularity(), sparsity, now.seed));
    return withPruningOf(now, made, *m_session.network(), granularity());
}

void LayerSection::setGlobalSparsity(double sparsity, const QString& mergeKey) {
    // One threshold over all weights means to sort all of them: not on this thread.
    m_global.start<Result<CompressionPlan>>(
        [network = m_session.network(), base = m_session.base(), plan = m_session.plan(), group = granularity(), sparsity]() -> Result<CompressionPlan> {
            CONVOLAB_ASSIGN(const CompressionPlan made, planForGlobalSparsity(*network, *base, plan.criterion, group, sparsity, plan.seed));
            return withPruningOf(plan, made, *network, group);
        },
        [this, mergeKey](const Result<CompressionPlan>& plan) { take(plan, tr("Prune all layers"), mergeKey); });
}

void LayerSection::setSparsity(double sparsity, const QString& mergeKey) {
    if (!m_session.network() || !m_session.base()) return;
    if (scope() == Scope::Global) return setGlobalSparsity(sparsity, mergeKey);
    const QString what = scope() == Scope::Layer ? tr("Prune %1").arg(text(m_session.network()->node(m_layer)->name)) : tr("Prune all layers");
    take(withSparsity(sparsity), what, mergeKey);
}

void LayerSection::setBits(int bits, WeightLevels levels) {
    if (!m_session.network() || !m_layer) return;
    const bool one = scope() == Scope::Layer;
    CompressionPlan plan = m_session.plan();
    for (const NodeId layer : compressibleLayers(*m_session.network())) {
        if (one && layer != m_layer) continue;
        plan.layers[layer].bits = bits;
        plan.layers[layer].levels = levels;
    }
    m_session.setPlan(plan, one ? tr("Quantise %1").arg(text(m_session.network()->node(m_layer)->name)) : tr("Quantise all layers"));
}

void LayerSection::take(const Result<CompressionPlan>& plan, const QString& what, const QString& mergeKey) {
    m_message->setVisible(!plan.ok());
    if (!plan.ok()) return m_message->setText(text(plan.error().sentence()));
    m_session.setPlan(*plan, what, mergeKey);
}

void LayerSection::setLayer(NodeId layer) {
    m_layer = layer;
    m_weights.show(m_session.laid(), layer);
    showPlan();
}

void LayerSection::showPlan() {
    m_showing = true;
    const CompressionPlan& plan = m_session.plan();
    const LayerCompression& layer = plan.of(m_layer);
    const LaidPlanPtr laid = m_session.laid();
    const bool one = scope() == Scope::Layer;
    if (!m_sparsity->field()->hasFocus() || one || !laid) {
        m_sparsity->setValue(100.0 * (one || !laid ? layer.sparsity : laid->figures.sparsity()));
    }
    int granularityIndex = 0;
    for (int i = 0; i < 3; ++i) {
        if (kGranularities[i] == layer.granularity) granularityIndex = i;
    }
    if (layer.sparsity > 0) m_granularity->setCurrentIndex(granularityIndex);
    m_criterion->setCurrentIndex(std::max(0, m_criterion->findData(text(plan.criterion))));
    const auto bits = std::find(std::begin(kBits), std::end(kBits), layer.bits);
    m_bits->setCurrentIndex(static_cast<int>(bits - std::begin(kBits)));
    if (layer.bits < kFloatBits) m_levels->setCurrentIndex(layer.levels == WeightLevels::KMeans ? 1 : 0);
    m_showing = false;
}

void LayerSection::showWeights() {
    const LayerViewPtr view = m_weights.view();
    const Node* node = m_layer ? m_document.network().spec().node(m_layer) : nullptr;
    setTitle(node != nullptr ? tr("Weights of %1").arg(text(node->name)) : tr("Weights"));
    if (!view || !view->curve || node == nullptr) {
        m_histogram->setHistogram({}, {});
        m_histogram->setThreshold(std::nullopt);
        m_histogram->setEmptyText(m_session.problem().isEmpty() ? tr("Choose a layer with weights") : QString());
        m_cutNote->clear();
        m_levelsNote->clear();
        return;
    }
    m_histogram->setHistogram(tr("Weights of %1").arg(text(node->name)), view->histogram);
    m_histogram->setThreshold(view->threshold);
    const LayerCompression& plan = view->laid->plan.of(m_layer);
    if (view->threshold && *view->threshold > 0) m_cutNote->setText(tr("|w| < %1 pruned").arg(text(valueText(*view->threshold, 3))));
    else if (plan.sparsity > 0) m_cutNote->setText(tr("%1 pruned").arg(text(groupWord(plan.granularity))));
    else m_cutNote->clear();
    const QString levels = text(levelsText(plan, view->histogram.levels.size()));
    const QString dot = QStringLiteral("<span style=\"color:%1\">●</span> ").arg(toQColor(m_theme.current().series[0]).name());
    m_levelsNote->setText(levels.isEmpty() ? QString() : dot + levels.toHtmlEscaped());
    const bool each = plan.levels == WeightLevels::Uniform && view->laid->plan.quantization.perChannel;
    m_levelsNote->setToolTip(levels.isEmpty() || !each ? QString() : tr("Each filter has a grid of its own; the widest is drawn"));
    if (scope() != Scope::Layer) showPlan();
}

}  // namespace convolab
