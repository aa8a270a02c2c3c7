#include "app/lenses/train/regularisation_section.h"

#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include "app/lenses/train/form_fields.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

QString number(double value) { return QString::fromStdString(valueText(value, 3)); }

}  // namespace

QString weightDecayFormula(const Recipe& recipe) {
    if (recipe.optimizer.kind == "adamw") return QObject::tr("Weight decay shrinks the weights themselves: w ← (1 − η λ) w");
    return QObject::tr("Weight decay adds λ w to the gradient of every parameter");
}

RegularisationSection::RegularisationSection(Theme& theme, Apply apply, QWidget* parent)
    : PanelSection(theme, tr("Regularisation"), {}, parent), m_apply(std::move(apply)) {
    using Scale = ValueField::Scale;
    addField(tr("L1 penalty, λ"), "l1Field", tr("Adds λ Σ |w| to the loss, over the weights of layers: many of them end at 0. 0 = off"),
             &Recipe::l1, new ValueField(tr("L1 penalty"), 1e-8, 0.1, Scale::Logarithmic, false, true));
    addField(tr("L2 penalty, λ"), "l2Field", tr("Adds λ Σ w² to the loss, over the weights of layers. 0 = off"), &Recipe::l2,
             new ValueField(tr("L2 penalty"), 1e-8, 0.1, Scale::Logarithmic, false, true));
    m_formula = new QLabel(tr("L1 adds λ sign(w) to the gradient, L2 adds 2 λ w; biases are left alone"));
    m_formula->setProperty("role", "muted");
    m_formula->setFont(theme.font(FontRole::Caption));
    m_formula->setWordWrap(true);
    add(m_formula);
    m_folded.push_back(m_formula);
    addField(tr("Longest gradient"), "clipNormField",
             tr("All gradients, taken as one vector, are shortened to this length where they are longer. 0 = off"), &Recipe::clipNorm,
             new ValueField(tr("Longest gradient"), 0.01, 100, Scale::Logarithmic, false, true));
    addField(tr("Largest value"), "clipValueField", tr("Each number of the gradient is cut off at ± this, before its length is. 0 = off"),
             &Recipe::clipValue, new ValueField(tr("Largest value of a gradient"), 0.001, 10, Scale::Logarithmic, false, true));
    addField(tr("Averaging"), "averagingField",
             tr("Decay of a moving average of the weights, such as 0.999: validated and kept are the averaged ones. Applies at the next "
                "start. 0 = off"),
             &Recipe::averaging, new ValueField(tr("Decay of the averaged weights"), 0.0, 0.9999, Scale::Linear, false, true));
    m_more = new QPushButton;
    m_more->setObjectName(QStringLiteral("moreRegularisation"));
    m_more->setProperty("role", "link");
    connect(m_more, &QPushButton::clicked, this, [this] { fold(!m_isFolded); });
    add(m_more);
    fold(true);
}

void RegularisationSection::addField(const QString& label, const char* name, const QString& help, double Recipe::*value, ValueField* field) {
    field->field()->setObjectName(QLatin1String(name));
    field->setToolTip(help);
    connect(field, &ValueField::valueEdited, this, [this, value](double edited) {
        m_apply([&](Recipe& recipe) { recipe.*value = edited; });
    });
    m_folded.push_back(addRow(label, field));
    m_fields.push_back({field, value});
}

void RegularisationSection::fold(bool folded) {
    m_isFolded = folded;
    for (QWidget* row : m_folded) row->setVisible(!folded);
    m_more->setText(folded ? tr("More: penalties, gradient limits, averaged weights") : tr("Less"));
}

QString RegularisationSection::summary(const Recipe& recipe) {
    QStringList parts;
    if (recipe.l1 > 0) parts << tr("L1 %1").arg(number(recipe.l1));
    if (recipe.l2 > 0) parts << tr("L2 %1").arg(number(recipe.l2));
    if (recipe.clipNorm > 0) parts << tr("‖g‖ ≤ %1").arg(number(recipe.clipNorm));
    if (recipe.clipValue > 0) parts << tr("|g| ≤ %1").arg(number(recipe.clipValue));
    if (recipe.averaging > 0) parts << tr("averaged");
    return parts.isEmpty() ? tr("off") : parts.join(QStringLiteral(" · "));
}

void RegularisationSection::show(const Recipe& recipe) {
    for (const Field& each : m_fields) each.field->setValue(recipe.*each.value);
    note()->setText(summary(recipe));
}

}  // namespace convolab
