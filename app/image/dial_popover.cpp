#include "app/image/dial_popover.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QScreen>
#include <QVBoxLayout>
#include <algorithm>

#include "app/image/image_desk.h"
#include "app/image/job_row.h"
#include "app/lenses/train/form_fields.h"
#include "widgets/instruments/curves_instrument.h"
#include "widgets/instruments/instrument_view.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kWidth = 400, kPlotHeight = 170;
constexpr std::int64_t kQuickImages = 1000;
constexpr Split kSplits[] = {Split::Test, Split::Validation};

}  // namespace

DialPopover::DialPopover(Theme& theme, ImageDesk& desk, QWidget* parent)
    : QFrame(parent, Qt::Popup), m_theme(theme), m_desk(desk), m_curve(desk) {
    setObjectName(QStringLiteral("dialPopover"));
    setProperty("role", "pop");
    setAttribute(Qt::WA_StyledBackground);
    setFixedWidth(kWidth);
    setAccessibleName(tr("Dial"));
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(metrics::kPanelPadding, 10, metrics::kPanelPadding, 10);
    column->setSpacing(4);
    buildFields();
    buildCurve();
    connect(&desk.image, &CurrentImage::changed, this, &DialPopover::refresh);
    connect(&m_curve, &DialCurve::changed, this, &DialPopover::refreshCurve);
    connect(&m_curve.job(), &BackgroundJob::changed, this, &DialPopover::refreshCurve);
    refresh();
    refreshCurve();
}

void DialPopover::buildFields() {
    auto* column = static_cast<QVBoxLayout*>(layout());
    const auto addRow = [&](const QString& label, QWidget* field) {
        auto* row = new QHBoxLayout;
        row->setContentsMargins(0, 0, 0, 0);
        auto* name = new QLabel(label);
        name->setFixedWidth(metrics::kLabelWide);
        name->setProperty("role", "caption");
        name->setBuddy(field);
        row->addWidget(name);
        row->addWidget(field, 1);
        column->addLayout(row);
    };
    const QString names[] = {tr("Shift right, px"), tr("Shift down, px"), tr("Rotation, \u00B0"), tr("Scale, \u00D7"), tr("Noise, σ")};
    for (std::size_t i = 0; i < dialAxes().size(); ++i) {
        const DialAxis& axis = dialAxes()[i];
        auto* field = new ValueField(names[i], axis.low, axis.high, ValueField::Scale::Linear, false, axis.low <= 0.0);
        field->setObjectName(QStringLiteral("dial%1").arg(i));
        connect(field, &ValueField::valueEdited, this, [this, &axis](double value) {
            ImageTransform dial = m_desk.image.dial();
            dial.*axis.value = value;
            m_desk.image.setDial(dial);
        });
        m_fields.push_back(field);
        addRow(names[i], field);
    }
    auto* last = new QHBoxLayout;
    last->setContentsMargins(0, 0, 0, 0);
    m_invert = new QCheckBox(tr("Invert: dark writing on paper"));
    m_invert->setObjectName(QStringLiteral("dialInvert"));
    m_reset = new QPushButton(tr("Reset"));
    m_reset->setObjectName(QStringLiteral("dialReset"));
    m_reset->setProperty("role", "small");
    last->addWidget(m_invert, 1);
    last->addWidget(m_reset);
    column->addLayout(last);
    connect(m_invert, &QCheckBox::toggled, this, [this](bool on) {
        ImageTransform dial = m_desk.image.dial();
        dial.invert = on;
        m_desk.image.setDial(dial);
    });
    connect(m_reset, &QPushButton::clicked, this, [this] { m_desk.image.setDial({}); });
}

void DialPopover::buildCurve() {
    auto* column = static_cast<QVBoxLayout*>(layout());
    auto* line = new QFrame;
    line->setProperty("role", "separator");
    column->addWidget(line);
    m_axis = new SegmentedControl({tr("Right"), tr("Down"), tr("Rotation"), tr("Scale"), tr("Noise")});
    m_axis->setObjectName(QStringLiteral("dialAxis"));
    m_axis->setCurrentIndex(static_cast<int>(m_curve.axis()));
    column->addWidget(m_axis);
    m_view = new InstrumentView(m_theme, nullptr, Renderer::Raster);  // no OpenGL window inside a popup
    m_view->setObjectName(QStringLiteral("dialPlot"));
    m_view->setFixedHeight(kPlotHeight);
    auto plot = std::make_unique<CurvesInstrument>();
    m_plot = plot.get();
    m_view->setInstrument(std::move(plot));
    column->addWidget(m_view);
    auto* row = new QHBoxLayout;
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    m_split = new SegmentedControl({tr("Test"), tr("Validation")});
    m_split->setObjectName(QStringLiteral("dialSplit"));
    m_split->setCurrentIndex(0);
    m_images = new SegmentedControl({tr("First 1,000"), tr("All")});
    m_images->setObjectName(QStringLiteral("dialImages"));
    m_images->setCurrentIndex(0);
    m_measure = new QPushButton(tr("Measure"));
    m_measure->setObjectName(QStringLiteral("dialMeasure"));
    m_measure->setProperty("role", "small");
    row->addWidget(m_split);
    row->addWidget(m_images);
    row->addWidget(m_measure);
    column->addLayout(row);
    auto* job = new JobRow(m_theme, m_curve.job());
    QSizePolicy keepsItsPlace = job->sizePolicy();
    keepsItsPlace.setRetainSizeWhenHidden(true);
    job->setSizePolicy(keepsItsPlace);
    column->addWidget(job);
    connect(m_axis, &SegmentedControl::chosen, this, [this](int axis) { m_curve.setAxis(static_cast<std::size_t>(axis)); });
    connect(m_measure, &QPushButton::clicked, this, [this] {
        m_curve.measure(static_cast<std::size_t>(m_axis->currentIndex()), kSplits[m_split->currentIndex()], m_images->currentIndex() == 0 ? kQuickImages : 0);
    });
}

void DialPopover::refresh() {
    const ImageTransform& dial = m_desk.image.dial();
    for (std::size_t i = 0; i < m_fields.size(); ++i) m_fields[i]->setValue(dial.*dialAxes()[i].value);
    const QSignalBlocker blocker(m_invert);
    m_invert->setChecked(dial.invert);
    m_reset->setEnabled(!dial.isIdentity());
}

void DialPopover::refreshCurve() {
    m_plot->setPlots({m_curve.plot()});
    m_view->invalidate();
    m_measure->setEnabled(m_curve.canMeasure() && !m_curve.job().isRunning());
}

void DialPopover::showAbove(QWidget* button) {
    adjustSize();
    const QRect screen = button->screen()->availableGeometry();
    const QPoint corner = button->mapToGlobal(QPoint(0, 0));
    const int left = std::clamp(corner.x(), screen.left(), std::max(screen.left(), screen.right() - width()));
    const int above = corner.y() - height() - 6;
    move(left, above >= screen.top() ? above : std::min(corner.y() + button->height() + 6, std::max(screen.top(), screen.bottom() - height())));
    show();
    m_fields.front()->field()->setFocus();
}

}  // namespace convolab
