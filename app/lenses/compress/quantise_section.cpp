#include "app/lenses/compress/quantise_section.h"

#include <QComboBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSlider>
#include <QVBoxLayout>
#include <cmath>

#include "app/image/image_desk.h"
#include "app/image/job_row.h"
#include "app/lenses/compress/compress_presenters.h"
#include "app/lenses/compress/compress_session.h"
#include "app/lenses/train/form_fields.h"
#include "core/compress/quantization/range_rule.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kLabelMore = 8;  // “Activations” is a long word
constexpr int kActivationBits[] = {kFloatBits, 8};
constexpr double kFewestImages = 16, kMostImages = 4096;  // of the slider; the field takes any number from 1

QString text(const std::string& value) { return QString::fromStdString(value); }

QLabel* caption(Theme& theme, const char* objectName) {
    auto* label = new QLabel;
    label->setObjectName(QLatin1String(objectName));
    label->setProperty("role", "muted");
    label->setFont(theme.font(FontRole::Caption));
    label->setWordWrap(true);
    return label;
}

}  // namespace

QuantiseSection::QuantiseSection(Theme& theme, CompressSession& session, ImageDesk& desk, QWidget* parent)
    : PanelSection(theme, tr("Quantisation"), tr("whole network"), parent), m_session(session), m_desk(desk) {
    setObjectName(QStringLiteral("compressQuantisation"));
    setLabelWidth(metrics::kLabelNarrow + kLabelMore);
    buildFields();
    m_help = caption(theme, "quantisationHelp");
    add(m_help);
    buildTiming(theme);
    connect(&m_session, &CompressSession::planChanged, this, &QuantiseSection::refresh);
    connect(&m_session, &CompressSession::laidChanged, this, &QuantiseSection::refreshTiming);
    connect(&m_timing, &BackgroundJob::changed, this, &QuantiseSection::refreshTiming);
    refresh();
}

void QuantiseSection::buildFields() {
    m_scales = new SegmentedControl({tr("Per filter"), tr("Per tensor")});
    m_scales->setObjectName(QStringLiteral("scalesControl"));
    m_scales->setAccessibleName(tr("Scales of the weights"));
    m_scales->setOptionToolTip(0, tr("A grid for each filter or unit: a filter of small weights gets small steps"));
    m_scales->setOptionToolTip(1, tr("One grid for the whole tensor: the largest weight sets the step of all others"));
    connect(m_scales, &SegmentedControl::chosen, this, [this](int index) {
        QuantizationSettings settings = m_session.plan().quantization;
        settings.perChannel = index == 0;
        change(settings, tr("Scales of the weights"));
    });
    m_rows.push_back(addRow(tr("Weights"), m_scales));

    m_activations = new SegmentedControl({tr("FP32"), tr("8 bit")});
    m_activations->setObjectName(QStringLiteral("activationsControl"));
    m_activations->setAccessibleName(tr("Activations"));
    m_activations->setOptionToolTip(0, tr("Activations stay float32: the file is smaller, the products are not"));
    m_activations->setOptionToolTip(1, tr("Activations get a grid, too: the network computes in integers"));
    connect(m_activations, &SegmentedControl::chosen, this, [this](int index) {
        QuantizationSettings settings = m_session.plan().quantization;
        settings.activationBits = kActivationBits[index];
        change(settings, tr("Bits of the activations"));
    });
    m_rows.push_back(addRow(tr("Activations"), m_activations));

    m_range = new QComboBox;
    m_range->setObjectName(QStringLiteral("rangeCombo"));
    m_range->setAccessibleName(tr("Calibration rule"));
    for (const RangeRule& rule : rangeRules()) {
        m_range->addItem(text(rule.label), text(rule.id));
        m_range->setItemData(m_range->count() - 1, text(rule.help), Qt::ToolTipRole);
    }
    connect(m_range, &QComboBox::activated, this, [this](int index) {
        QuantizationSettings settings = m_session.plan().quantization;
        settings.range = m_range->itemData(index).toString().toStdString();
        change(settings, tr("Calibrate by %1").arg(m_range->itemText(index).toLower()));
    });
    m_rows.push_back(addRow(tr("Range"), m_range));

    m_images = new ValueField(tr("Calibration images"), kFewestImages, kMostImages, ValueField::Scale::Logarithmic, true);
    m_images->field()->setObjectName(QStringLiteral("calibrationField"));
    m_images->setToolTip(tr("Training images on which the ranges of the activations are seen"));
    connect(m_images->findChild<QSlider*>(), &QSlider::sliderReleased, this, [this] { ++m_gesture; });
    connect(m_images->field(), &QLineEdit::editingFinished, this, [this] { ++m_gesture; });
    connect(m_images, &ValueField::valueEdited, this, [this](double value) {
        QuantizationSettings settings = m_session.plan().quantization;
        settings.calibrationImages = std::llround(value);
        change(settings, tr("Number of calibration images"), QStringLiteral("drag:calibration %1").arg(m_gesture));
    });
    m_rows.push_back(addRow(tr("Images"), m_images));
}

void QuantiseSection::buildTiming(Theme& theme) {
    auto* row = new QHBoxLayout;
    m_time = new QPushButton(tr("Time it"));
    m_time->setObjectName(QStringLiteral("timeIntegersButton"));
    m_time->setProperty("role", "small");
    connect(m_time, &QPushButton::clicked, this, &QuantiseSection::time);
    row->addWidget(m_time);
    row->addWidget(new JobRow(theme, m_timing));
    row->addStretch(1);
    column()->addSpacing(4);
    column()->addLayout(row);
    m_speed = caption(theme, "integerSpeed");
    add(m_speed);
}

void QuantiseSection::change(const QuantizationSettings& settings, const QString& what, const QString& mergeKey) {
    CompressionPlan plan = m_session.plan();
    plan.quantization = settings;
    m_session.setPlan(plan, what, mergeKey);
}

void QuantiseSection::refresh() {
    const CompressionPlan& plan = m_session.plan();
    const QuantizationSettings& settings = plan.quantization;
    m_scales->setCurrentIndex(settings.perChannel ? 0 : 1);
    m_activations->setCurrentIndex(settings.activationBits >= kFloatBits ? 0 : settings.activationBits == 8 ? 1 : -1);
    m_range->setCurrentIndex(m_range->findData(text(settings.range)));
    m_images->setValue(static_cast<double>(settings.calibrationImages));
    const RangeRule* rule = findRangeRule(settings.range);
    m_range->setToolTip(rule != nullptr ? text(rule->help) : QString());
    const QString help = rule != nullptr ? text(rule->help) : QString();
    m_help->setText(plan.quantizes() ? help
                    : plan.shares()  ? tr("Shared values run in float32. Uniform levels can run in integers, and have their choices here.")
                                     : tr("Choose bits for a layer: how they are laid out is chosen here then."));
    // What nothing depends on would only stand in the way.
    for (QWidget* row : m_rows) row->setVisible(plan.quantizes());
    refreshTiming();
}

void QuantiseSection::refreshTiming() {
    const LaidPlanPtr laid = m_session.laid();
    if (m_timed && (!laid || m_session.laidWaits() || laid != m_timed)) {
        m_speeds.clear();
        m_timed.reset();
        if (m_timing.isRunning()) m_timing.cancel();
    }
    const bool possible = laid && !m_session.laidWaits() && usesIntegers(laid->plan) && m_desk.image.dataset();
    m_time->setVisible(m_session.plan().quantizes() && !m_timing.isRunning());
    m_time->setEnabled(possible);
    m_time->setToolTip(possible ? tr("Runs the integer network and the float32 one in turn, at batch 1 and 64")
                                : tr("Nothing runs in integers: choose uniform levels and activations of 8 bit"));
    m_speed->setText(text(speedText(m_speeds)));
    m_speed->setVisible(!m_speeds.empty());
}

void QuantiseSection::time() {
    const LaidPlanPtr laid = m_session.laid();
    const DatasetPtr dataset = m_desk.image.dataset();
    if (!laid || !dataset) return;
    m_speeds.clear();
    m_timed = laid;
    m_timing.start<std::vector<SpeedComparison>>(
        tr("Timing"),
        [laid, dataset, calibration = m_session.calibration()](const BackgroundJob::Context& context) {
            return compareSpeed(*laid, dataset, *calibration, context.progress);
        },
        [this, laid](std::vector<SpeedComparison> speeds) {
            if (laid == m_timed) m_speeds = std::move(speeds);
        });
}

}  // namespace convolab
