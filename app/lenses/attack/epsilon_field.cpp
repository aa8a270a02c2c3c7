#include "app/lenses/attack/epsilon_field.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QSignalBlocker>
#include <QSlider>
#include <QStyle>
#include <algorithm>
#include <cmath>

#include "core/attack/attack_text.h"
#include "core/util/text.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kSliderSteps = 300;
constexpr double kLevels = 255.0;

}  // namespace

void showFieldProblem(QLineEdit& field, const QString& sentence) {
    field.setToolTip(sentence);
    if (field.property("invalid").toBool() == !sentence.isEmpty()) return;
    field.setProperty("invalid", !sentence.isEmpty());
    field.style()->unpolish(&field);
    field.style()->polish(&field);
}

EpsilonField::EpsilonField(const Theme& theme, const QString& name, QWidget* parent) : QWidget(parent) {
    auto* row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(6);
    m_slider = new QSlider(Qt::Horizontal);
    m_slider->setRange(0, kSliderSteps);
    m_slider->setPageStep(kSliderSteps / 30);
    m_slider->setAccessibleName(name);
    m_slider->setFocusPolicy(Qt::StrongFocus);
    m_field = new QLineEdit;
    m_field->setFixedWidth(60);
    m_field->setAlignment(Qt::AlignRight);
    m_field->setAccessibleName(name);
    m_field->setAccessibleDescription(tr("A number such as 0.1 or 8/255"));
    m_levels = new QLabel;
    m_levels->setFixedWidth(52);
    m_levels->setProperty("role", "muted");
    m_levels->setFont(theme.font(FontRole::Axis));
    row->addWidget(m_slider, 1);
    row->addWidget(m_field);
    row->addWidget(m_levels);
    setFocusProxy(m_field);
    connect(m_slider, &QSlider::valueChanged, this, [this](int position) {
        m_value = std::round(m_largest * position / kSliderSteps * 1e6) / 1e6;
        showText();
        emit valueEdited(m_value);
    });
    connect(m_field, &QLineEdit::textEdited, this, &EpsilonField::parse);
    connect(m_field, &QLineEdit::editingFinished, this, &EpsilonField::showText);
    showText();
}

void EpsilonField::setLimit(AttackNorm norm, double largest) {
    m_norm = norm;
    m_largest = largest;
    showSlider();
    if (!m_field->hasFocus()) showText();  // not under the hand that types
}

void EpsilonField::setValue(double epsilon) {
    if (epsilon == m_value && !m_field->text().isEmpty()) return showSlider();
    m_value = epsilon;
    showSlider();
    if (!m_field->hasFocus()) showText();
}

void EpsilonField::showSlider() {
    const QSignalBlocker blocker(m_slider);
    m_slider->setValue(static_cast<int>(std::lround(std::clamp(m_value / m_largest, 0.0, 1.0) * kSliderSteps)));
}

void EpsilonField::parse(const QString& text) {
    QString plain = text;
    plain.replace(QChar(0x2212), QLatin1Char('-'));
    const auto value = parseEpsilon(plain.trimmed().toStdString(), m_norm);
    showFieldProblem(*m_field, value.ok() ? QString() : QString::fromStdString(value.error().sentence()));
    if (!value.ok() || *value == m_value) return;
    m_value = *value + 0.0;  // no minus in front of a zero
    showSlider();
    m_levels->setText(QString::fromStdString(valueText(m_value * kLevels, 3)) + QStringLiteral("/255"));
    emit valueEdited(m_value);
}

void EpsilonField::showText() {
    m_field->setText(QString::fromStdString(formatNumber(m_value, 4)));
    m_levels->setText(QString::fromStdString(valueText(m_value * kLevels, 3)) + QStringLiteral("/255"));
    showFieldProblem(*m_field, {});
}

}  // namespace convolab
