#include "app/lenses/train/form_fields.h"

#include <QHBoxLayout>
#include <QLocale>
#include <QPainter>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>
#include <algorithm>
#include <cmath>

#include "core/data/dataset.h"
#include "widgets/pictures/pixel_picture.h"
#include "widgets/plots/number_text.h"

namespace convolab {

namespace {

constexpr int kSliderSteps = 240;
constexpr int kSamples = 8;
constexpr double kLargest = 1e6;

}  // namespace

ValueField::ValueField(const QString& name, double low, double high, Scale scale, bool integer, bool zeroAllowed, QWidget* parent)
    : QWidget(parent), m_low(low), m_high(high), m_largest(scale == Scale::Logarithmic ? kLargest : high), m_scale(scale), m_integer(integer), m_zeroAllowed(zeroAllowed) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(8);
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setRange(0, kSliderSteps);
    m_slider->setAccessibleName(name);
    m_slider->setFocusPolicy(Qt::TabFocus);
    m_field = new QLineEdit;
    m_field->setFixedWidth(72);
    m_field->setAlignment(Qt::AlignRight);
    m_field->setAccessibleName(name);
    row->addWidget(m_slider, 1);
    row->addWidget(m_field);
    connect(m_slider, &QSlider::valueChanged, this, [this](int position) {
        m_value = fromSlider(position);
        showText();
        emit valueEdited(m_value);
    });
    connect(m_field, &QLineEdit::textEdited, this, &ValueField::parse);
    connect(m_field, &QLineEdit::editingFinished, this, &ValueField::showText);
}

double ValueField::fromSlider(int position) const {
    if (m_zeroAllowed && m_scale == Scale::Logarithmic && position == 0) return 0.0;
    const double share = static_cast<double>(position) / kSliderSteps;
    double value = m_scale == Scale::Linear ? m_low + share * (m_high - m_low) : m_low * std::pow(m_high / m_low, share);
    if (m_integer) return std::round(value);
    // Two significant digits are what a hand on a slider means.
    const double unit = std::pow(10.0, std::floor(std::log10(std::max(value, 1e-300))) - 1);
    return m_scale == Scale::Linear ? std::clamp(std::round(value * 100) / 100, m_low, m_high) : std::round(value / unit) * unit;
}

int ValueField::toSlider(double value) const {
    if (m_scale == Scale::Linear) return static_cast<int>(std::lround(std::clamp((value - m_low) / (m_high - m_low), 0.0, 1.0) * kSliderSteps));
    if (value <= 0) return 0;
    return static_cast<int>(std::lround(std::clamp(std::log(value / m_low) / std::log(m_high / m_low), 0.0, 1.0) * kSliderSteps));
}

void ValueField::setValue(double value) {
    m_value = value;
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(toSlider(value));
    if (!m_field->hasFocus()) showText();
}

bool ValueField::isAllowed(double value) const {
    if (m_integer && value != std::floor(value)) return false;
    if (value == 0.0 && m_zeroAllowed) return true;
    if (m_low < 0.0) return value >= m_low && value <= m_high;
    const bool largeEnough = m_integer ? value >= m_low : value > 0.0;
    return largeEnough && value <= m_largest;
}

QString ValueField::rangeText() const {
    const auto number = [](double value) { return QString::fromStdString(valueText(value)); };
    if (m_low < 0.0) return tr("a number from %1 to %2").arg(number(m_low), number(m_high));
    if (m_integer) return tr("a whole number of at least %1").arg(m_low);
    return m_zeroAllowed ? tr("a number of at least 0") : tr("a number above 0");
}

void ValueField::parse(const QString& text) {
    QString plain = text;
    plain.replace(QChar(0x2212), QLatin1Char('-')).remove(QLatin1Char(','));
    bool ok = false;
    const double value = QLocale::c().toDouble(plain, &ok);
    const bool inRange = ok && std::isfinite(value) && isAllowed(value);
    m_field->setProperty("invalid", !inRange);
    m_field->style()->unpolish(m_field);
    m_field->style()->polish(m_field);
    m_field->setToolTip(inRange ? QString() : rangeText());
    if (!inRange) return;
    m_value = value;
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(toSlider(value));
    emit valueEdited(value);
}

void ValueField::showText() {
    const std::string text = m_integer ? countText(std::llround(m_value)) : valueText(m_value, 3);
    m_field->setText(QString::fromStdString(text));
    m_field->setToolTip({});
    if (!m_field->property("invalid").toBool()) return;
    m_field->setProperty("invalid", false);
    m_field->style()->unpolish(m_field);
    m_field->style()->polish(m_field);
}

SampleStrip::SampleStrip(QWidget* parent) : QWidget(parent) {
    setFixedHeight(34);
    setAccessibleName(tr("First training images"));
}

void SampleStrip::show(const Dataset* dataset) {
    m_images.clear();
    if (dataset != nullptr) {
        const Shape& shape = dataset->info().imageShape;
        std::vector<float> pixels(static_cast<std::size_t>(shape.size()));
        for (std::int64_t i = 0; i < std::min<std::int64_t>(kSamples, dataset->size(Split::Train)); ++i) {
            dataset->image(Split::Train, i, pixels);
            m_images.push_back(pixelPicture({pixels.data(), shape}));
        }
    }
    update();
}

void SampleStrip::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    const double pitch = static_cast<double>(width() + 2) / kSamples;
    const double side = std::min(pitch - 2, static_cast<double>(height()));
    for (std::size_t i = 0; i < m_images.size(); ++i) {
        painter.drawImage(QRectF(static_cast<double>(i) * pitch, (height() - side) / 2, side, side), m_images[i]);
    }
}

}  // namespace convolab
