#include "app/lenses/train/option_fields.h"

#include <QCheckBox>
#include <QLineEdit>
#include <QLocale>
#include <QRegularExpression>
#include <QSignalBlocker>
#include <QStyle>
#include <algorithm>

#include "app/lenses/lens_panel.h"
#include "app/lenses/train/form_fields.h"
#include "core/util/text.h"

namespace convolab {

namespace {

constexpr double kNearOne = 0.9999;         // the end of a slider below 1
constexpr double kSmallest = 1e-10;         // of sliders over small numbers
constexpr double kUsualCount = 200, kUsualEpochs = 100;

QString text(const std::string& value) { return QString::fromStdString(value); }

std::vector<double> listOf(const std::vector<double>& values) { return values; }
template <class Number>
std::vector<double> listOf(Number value) {
    return {static_cast<double>(value)};
}
void assign(std::vector<double>& field, const std::vector<double>& values) { field = values; }
template <class Number>
void assign(Number& field, const std::vector<double>& values) {
    field = static_cast<Number>(values.at(0));
}

/// The slider that suits an option: small numbers and counts in decades, shares evenly.
template <class Spec>
ValueField* valueField(const RecipeOption<Spec>& option) {
    const QString name = text(option.label);
    const bool zero = option.minimum == 0.0;
    using Scale = ValueField::Scale;
    if (std::holds_alternative<std::int64_t Spec::*>(option.field)) {
        return new ValueField(name, 1, option.key == "warmup_steps" ? 2000 : kUsualCount, Scale::Logarithmic, true, zero);
    }
    const bool tiny = option.key == "epsilon" || option.key == "threshold";
    if (tiny) return new ValueField(name, kSmallest, 0.1, Scale::Logarithmic, false, zero);
    if (option.maximum <= 1.0) return new ValueField(name, 0.0, option.maximumExcluded ? kNearOne : option.maximum, Scale::Linear, false, zero);
    return new ValueField(name, std::max(option.minimum, 1e-3), kUsualEpochs, Scale::Logarithmic, false, zero);
}

}  // namespace

std::vector<double> numbersOf(const QString& text) {
    std::vector<double> numbers;
    const QStringList parts = text.split(QRegularExpression(QStringLiteral("[+,;\\s]+")), Qt::SkipEmptyParts);
    for (const QString& part : parts) {
        bool ok = false;
        numbers.push_back(QLocale::c().toDouble(part, &ok));
        if (!ok) return {};
    }
    return numbers;
}

void markInvalid(QLineEdit& field, const QString& reason) {
    field.setToolTip(reason);
    if (field.property("invalid").toBool() == !reason.isEmpty()) return;
    field.setProperty("invalid", !reason.isEmpty());
    field.style()->unpolish(&field);
    field.style()->polish(&field);
}

OptionFields::OptionFields(PanelSection& section, Apply apply, QObject* parent)
    : QObject(parent), m_section(section), m_apply(std::move(apply)) {}

void OptionFields::addOptimizers(const std::set<std::string>& without) { addAll(optimizers(), &Recipe::optimizer, without); }
void OptionFields::addSchedules(const std::set<std::string>& without) { addAll(schedules(), &Recipe::schedule, without); }

template <class Item, class Spec>
void OptionFields::addAll(const std::vector<const Item*>& items, Spec Recipe::*part, const std::set<std::string>& without) {
    for (const Item* item : items) {
        for (const RecipeOption<Spec>& option : item->options) {
            const std::string& key = option.storedKey();
            const bool known = std::ranges::any_of(m_fields, [&](const Field& field) { return field.key == key; });
            if (known || without.contains(key)) continue;
            Field field;
            field.key = key;
            QWidget* made = makeField(option, accessTo(option, part), field);
            made->setToolTip(text(option.help));
            field.row = m_section.addRow(text(option.label), made);
            field.belongs = [&items, part, key](const Recipe& recipe) {
                const auto chosen = std::ranges::find_if(items, [&](const Item* each) { return each->id == (recipe.*part).kind; });
                return chosen != items.end() && std::ranges::any_of((*chosen)->options, [&](const auto& each) { return each.storedKey() == key; });
            };
            m_fields.push_back(std::move(field));
        }
    }
}

template <class Spec>
OptionFields::Access OptionFields::accessTo(const RecipeOption<Spec>& option, Spec Recipe::*part) {
    return std::visit(
        [part](auto member) {
            return Access{[part, member](const Recipe& recipe) { return listOf(recipe.*part.*member); },
                          [part, member](Recipe& recipe, const Values& values) { assign(recipe.*part.*member, values); }};
        },
        option.field);
}

template <class Spec>
QWidget* OptionFields::makeField(const RecipeOption<Spec>& option, const Access& access, Field& field) {
    const auto apply = [this, write = access.write](const Values& values) {
        m_apply([&](Recipe& recipe) { write(recipe, values); });
    };
    const QString name = QStringLiteral("option_") + text(option.storedKey());
    if (std::holds_alternative<bool Spec::*>(option.field)) {
        auto* box = new QCheckBox;
        box->setObjectName(name);
        box->setProperty("form", "switch");
        box->setAccessibleName(text(option.label));
        connect(box, &QCheckBox::toggled, this, [apply](bool on) { apply({on ? 1.0 : 0.0}); });
        field.show = [box, read = access.read](const Recipe& recipe) {
            const QSignalBlocker blocker(box);
            box->setChecked(read(recipe).at(0) != 0.0);
        };
        return box;
    }
    if (std::holds_alternative<Values Spec::*>(option.field)) {
        auto* line = new QLineEdit;
        line->setObjectName(name);
        line->setAccessibleName(text(option.label));
        connect(line, &QLineEdit::textEdited, this, [this, line, apply](const QString& typed) {
            const Values values = numbersOf(typed);
            const bool right = !values.empty() && std::ranges::is_sorted(values) && values.front() >= 0.0;
            markInvalid(*line, right ? QString() : tr("epochs from the first to the last, joined by +: 10+20"));
            if (right) apply(values);
        });
        field.show = [line, read = access.read](const Recipe& recipe) {
            if (line->hasFocus()) return;
            std::vector<std::string> numbers;
            for (const double value : read(recipe)) numbers.push_back(formatNumber(value));
            line->setText(text(join(numbers, "+")));
        };
        return line;
    }
    ValueField* value = valueField(option);
    value->field()->setObjectName(name);
    connect(value, &ValueField::valueEdited, this, [apply](double edited) { apply({edited}); });
    field.show = [value, read = access.read](const Recipe& recipe) { value->setValue(read(recipe).at(0)); };
    return value;
}

void OptionFields::show(const Recipe& recipe, bool folded) {
    for (const Field& field : m_fields) {
        field.show(recipe);
        field.row->setVisible(!folded && field.belongs(recipe));
    }
}

bool OptionFields::hasRows(const Recipe& recipe) const {
    return std::ranges::any_of(m_fields, [&](const Field& field) { return field.belongs(recipe); });
}

}  // namespace convolab
