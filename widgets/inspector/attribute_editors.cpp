#include "widgets/inspector/attribute_editors.h"

#include "core/graph/padding.h"
#include "core/util/text.h"
#include "widgets/canvas/layer_group_style.h"
#include "widgets/theme/segmented_control.h"
#include "widgets/theme/tokens.h"

#include <QCheckBox>
#include <QComboBox>
#include <QHBoxLayout>
#include <QKeyEvent>
#include <QLineEdit>
#include <QLocale>
#include <QRegularExpression>
#include <QSlider>
#include <QStyle>
#include <QVBoxLayout>

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

namespace convolab {

namespace {

using Integers = std::vector<std::int64_t>;
using Reals = std::vector<double>;

// A field that commits on every keystroke, so that everything follows while typing.
class ValueField : public QLineEdit {
public:
    explicit ValueField(const QString& name, QWidget* parent) : QLineEdit(parent) {
        setAccessibleName(name);
        setAlignment(Qt::AlignLeft);
    }
    void show(const QString& value, bool same) {
        if (same && hasFocus()) return;
        if (text() != value) setText(value);
    }
    void mark(bool invalid) {
        if (property("invalid").toBool() == invalid) return;
        setProperty("invalid", invalid);
        style()->unpolish(this);
        style()->polish(this);
    }
    std::function<void(int)> onStep;

protected:
    void keyPressEvent(QKeyEvent* event) override {
        const int step = event->key() == Qt::Key_Up ? 1 : event->key() == Qt::Key_Down ? -1 : 0;
        if (step != 0 && onStep) return onStep(event->modifiers() & Qt::ShiftModifier ? 10 * step : step);
        QLineEdit::keyPressEvent(event);
    }
};

QHBoxLayout* across(QWidget* parent) {
    auto* layout = new QHBoxLayout(parent);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(8);
    return layout;
}

QString labelOf(const AttributeSchema& schema) { return toQString(schema.label); }

class IntegerEditor : public AttributeEditor {
public:
    IntegerEditor(const AttributeSchema& schema, QWidget* parent)
        : AttributeEditor(parent), m_schema(schema), m_field(new ValueField(labelOf(schema), this)) {
        auto* layout = across(this);
        const bool slides = schema.key == "filters" || schema.key == "units";
        if (slides) {
            m_slider = new QSlider(Qt::Horizontal, this);
            m_slider->setAccessibleName(labelOf(schema));
            m_slider->setRange(0, int(kSlider.size()) - 1);
            layout->addWidget(m_slider, 1);
            m_field->setFixedWidth(62);
            m_field->setAlignment(Qt::AlignRight);
            connect(m_slider, &QSlider::valueChanged, this, [this](int index) {
                const std::int64_t value = kSlider[static_cast<std::size_t>(index)];
                m_field->setText(QString::number(value));
                emit edited(AttributeValue(value));
            });
        }
        layout->addWidget(m_field, slides ? 0 : 1);
        connect(m_field, &QLineEdit::textEdited, this, [this] { read(); });
        m_field->onStep = [this](int step) {
            const auto value = readInteger(m_field->text());
            if (!value) return;
            const auto next = std::clamp<std::int64_t>(*value + step, std::int64_t(m_schema.minimum), std::int64_t(m_schema.maximum));
            m_field->setText(QString::number(next));
            read();
        };
    }
    void setValue(const AttributeValue& value) override {
        const auto* integer = std::get_if<std::int64_t>(&value);
        if (!integer) return;
        m_field->show(QString::number(*integer), readInteger(m_field->text()) == *integer);
        if (!m_slider) return;
        const QSignalBlocker block(m_slider);
        const auto near = std::lower_bound(kSlider.begin(), kSlider.end(), *integer);
        m_slider->setValue(int(near - kSlider.begin()));
    }
    void setInvalid(bool invalid) override { m_field->mark(invalid); }

private:
    // Steps that networks use: the slider is finer where a difference matters more.
    static constexpr std::array<std::int64_t, 31> kSlider{1,  2,  3,  4,  6,  8,  10, 12,  16,  20,  24,  28,  32,  40,  48,  56,
                                                          64, 80, 84, 96, 120, 128, 160, 192, 256, 320, 384, 512, 768, 1024, 2048};
    void read() {
        if (const auto value = readInteger(m_field->text()))
            emit edited(AttributeValue(*value));
        else
            emit unreadable(tr("A whole number is needed, such as %1").arg(toQString(attributeText(m_schema.defaultValue))));
    }

    AttributeSchema m_schema;
    ValueField* m_field;
    QSlider* m_slider = nullptr;
};

class RealEditor : public AttributeEditor {
public:
    RealEditor(const AttributeSchema& schema, QWidget* parent) : AttributeEditor(parent), m_field(new ValueField(labelOf(schema), this)) {
        across(this)->addWidget(m_field);
        connect(m_field, &QLineEdit::textEdited, this, [this](const QString& text) {
            if (const auto value = readReal(text))
                emit edited(AttributeValue(*value));
            else
                emit unreadable(tr("A number is needed, such as 0.01 or 1e-3"));
        });
    }
    void setValue(const AttributeValue& value) override {
        const auto* whole = std::get_if<std::int64_t>(&value);
        const auto* real = std::get_if<double>(&value);
        if (!whole && !real) return;
        const double number = whole ? double(*whole) : *real;
        m_field->show(toQString(formatNumber(number)), readReal(m_field->text()) == number);
    }
    void setInvalid(bool invalid) override { m_field->mark(invalid); }

private:
    ValueField* m_field;
};

// Lists as text: an image shape "1 × 28 × 28", reals "0.5, 0.4".
class ListEditor : public AttributeEditor {
public:
    ListEditor(const AttributeSchema& schema, QWidget* parent)
        : AttributeEditor(parent), m_whole(schema.type != AttributeType::RealList), m_field(new ValueField(labelOf(schema), this)) {
        across(this)->addWidget(m_field);
        connect(m_field, &QLineEdit::textEdited, this, [this](const QString& text) {
            const auto value = read(text);
            if (value)
                emit edited(*value);
            else
                emit unreadable(m_whole ? tr("Whole numbers are needed, such as 1×28×28") : tr("Numbers are needed, such as 0.5 or 0.49, 0.48, 0.45"));
        });
    }
    void setValue(const AttributeValue& value) override {
        const auto now = read(m_field->text());
        m_field->show(written(value), now && *now == value);
    }
    void setInvalid(bool invalid) override { m_field->mark(invalid); }

private:
    std::optional<AttributeValue> read(const QString& text) const {
        const auto reals = readReals(text);
        if (!reals || reals->empty()) return std::nullopt;
        if (!m_whole) return AttributeValue(*reals);
        Integers whole;
        for (const double real : *reals) {
            if (real != std::floor(real)) return std::nullopt;
            whole.push_back(std::int64_t(real));
        }
        return AttributeValue(whole);
    }
    QString written(const AttributeValue& value) const {
        QStringList parts;
        if (const auto* whole = std::get_if<Integers>(&value))
            for (const std::int64_t each : *whole) parts << QString::number(each);
        if (const auto* reals = std::get_if<Reals>(&value))
            for (const double each : *reals) parts << toQString(formatNumber(each));
        return parts.join(m_whole ? QStringLiteral("×") : QStringLiteral(", "));
    }

    bool m_whole;
    ValueField* m_field;
};

// Common values as buttons, and "…" for any other: 1×1 | 3×3 | 5×5 | …
class PairEditor : public AttributeEditor {
public:
    PairEditor(const AttributeSchema& schema, QWidget* parent)
        : AttributeEditor(parent), m_common(schema.common), m_square(schema.key == "kernel"),
          m_field(new ValueField(labelOf(schema), this)) {
        auto* layout = across(this);
        layout->setSpacing(6);
        QStringList options;
        for (const std::int64_t each : m_common) options << (m_square ? QStringLiteral("%1×%1").arg(each) : QString::number(each));
        options << QStringLiteral("…");
        m_segments = new SegmentedControl(options, this);
        m_segments->setAccessibleName(labelOf(schema));
        m_segments->setOptionToolTip(int(m_common.size()), tr("Another size, or different height and width"));
        layout->addWidget(m_segments, 1);
        layout->addWidget(m_field);
        m_field->setFixedWidth(52);
        m_field->setToolTip(tr("One number, or height × width"));
        m_field->hide();
        connect(m_segments, &SegmentedControl::chosen, this, [this](int index) {
            const bool other = index == int(m_common.size());
            m_free = other;
            m_field->setVisible(other);
            if (other) {
                m_field->setFocus();
                m_field->selectAll();
            } else {
                const std::int64_t size = m_common[static_cast<std::size_t>(index)];
                emit edited(AttributeValue(Integers{size, size}));
            }
        });
        connect(m_field, &QLineEdit::textEdited, this, [this](const QString& text) {
            if (const auto pair = read(text))
                emit edited(AttributeValue(*pair));
            else
                emit unreadable(tr("A size is needed, such as 3 or 3×5"));
        });
    }
    void setValue(const AttributeValue& value) override {
        const auto* pair = std::get_if<Integers>(&value);
        if (!pair || pair->size() != 2) return;
        const bool equal = (*pair)[0] == (*pair)[1];
        m_field->show(equal ? QString::number((*pair)[0]) : QStringLiteral("%1×%2").arg((*pair)[0]).arg((*pair)[1]), read(m_field->text()) == *pair);
        const auto found = std::find(m_common.begin(), m_common.end(), (*pair)[0]);
        const bool offered = equal && found != m_common.end() && !(m_free && m_field->hasFocus());
        m_free = !offered;
        m_segments->setCurrentIndex(offered ? int(found - m_common.begin()) : int(m_common.size()));
        m_field->setVisible(!offered);
    }
    void setInvalid(bool invalid) override { m_field->mark(invalid); }

private:
    static std::optional<Integers> read(const QString& text) {
        const auto reals = readReals(text);
        if (!reals || reals->empty() || reals->size() > 2) return std::nullopt;
        Integers pair;
        for (const double real : *reals) {
            if (real != std::floor(real)) return std::nullopt;
            pair.push_back(std::int64_t(real));
        }
        if (pair.size() == 1) pair.push_back(pair[0]);
        return pair;
    }

    Integers m_common;
    bool m_square, m_free = false;
    SegmentedControl* m_segments;
    ValueField* m_field;
};

// valid | same | … ; the four numbers appear below for "…". For kinds without a window only the four numbers.
class PaddingEditor : public AttributeEditor {
public:
    PaddingEditor(const AttributeSchema& schema, QWidget* parent) : AttributeEditor(parent), m_numbersOnly(schema.key != "pads") {
        auto* column = new QVBoxLayout(this);
        column->setContentsMargins(0, 0, 0, 0);
        column->setSpacing(4);
        m_segments = new SegmentedControl({tr("valid"), tr("same"), QStringLiteral("…")}, this);
        m_segments->setAccessibleName(labelOf(schema));
        m_segments->setOptionToolTip(0, tr("No padding"));
        m_segments->setOptionToolTip(1, tr("As much as keeps ⌈size / stride⌉; an odd pixel goes to the bottom and right"));
        m_segments->setOptionToolTip(2, tr("Top, left, bottom, right"));
        column->addWidget(m_segments);
        m_fields = new QWidget(this);
        auto* row = across(m_fields);
        row->setSpacing(4);
        const QStringList sides{tr("top"), tr("left"), tr("bottom"), tr("right")};
        for (int side = 0; side < 4; ++side) {
            auto* field = new ValueField((m_numbersOnly ? tr("Pixels at the %1") : tr("Padding at the %1")).arg(sides[side]), m_fields);
            field->setToolTip(sides[side]);
            row->addWidget(field);
            m_sides.push_back(field);
            connect(field, &QLineEdit::textEdited, this, [this] { readFields(); });
        }
        column->addWidget(m_fields);
        m_segments->setVisible(!m_numbersOnly);
        m_fields->setVisible(m_numbersOnly);
        connect(m_segments, &SegmentedControl::chosen, this, &PaddingEditor::choose);
    }
    void setSurroundings(const std::optional<Shape>& input, const std::optional<WindowGeometry>& window) override {
        m_input = input;
        m_window = window;
    }
    void setValue(const AttributeValue& value) override {
        const auto* pads = std::get_if<Integers>(&value);
        if (!pads || pads->size() != 4) return;
        for (std::size_t i = 0; i < 4; ++i) m_sides[i]->show(QString::number((*pads)[i]), readInteger(m_sides[i]->text()) == (*pads)[i]);
        const bool none = *pads == validPads();
        const bool same = !none && m_input && m_window && *pads == samePads(*m_input, *m_window);
        const bool typing = std::any_of(m_sides.begin(), m_sides.end(), [](const ValueField* field) { return field->hasFocus(); });
        m_free = (!none && !same) || (m_free && typing);
        m_segments->setCurrentIndex(m_free ? 2 : none ? 0 : 1);
        m_fields->setVisible(m_free || m_numbersOnly);
    }
    void setInvalid(bool invalid) override {
        for (ValueField* field : m_sides) field->mark(invalid);
    }

private:
    void choose(int index) {
        m_free = index == 2;
        m_fields->setVisible(m_free);
        if (m_free) return m_sides.front()->setFocus();
        if (index == 0) emit edited(AttributeValue(validPads()));
        if (index != 1) return;
        if (m_input && m_window)
            emit edited(AttributeValue(samePads(*m_input, *m_window)));
        else
            emit unreadable(tr("*same* needs to know the input's size: connect the layer first"));
    }
    void readFields() {
        Integers pads;
        for (const ValueField* field : m_sides) {
            const auto value = readInteger(field->text());
            if (!value) return void(emit unreadable(tr("Four whole numbers are needed: top, left, bottom, right")));
            pads.push_back(*value);
        }
        emit edited(AttributeValue(pads));
    }

    SegmentedControl* m_segments;
    QWidget* m_fields;
    std::vector<ValueField*> m_sides;
    std::optional<Shape> m_input;
    std::optional<WindowGeometry> m_window;
    bool m_numbersOnly, m_free = false;
};

// "he_uniform" → "He uniform"
QString humanized(const std::string& choice) {
    QString text = toQString(choice).replace(QLatin1Char('_'), QLatin1Char(' '));
    if (text.startsWith(QStringLiteral("lecun"))) return QStringLiteral("LeCun") + text.mid(5);
    if (!text.isEmpty()) text[0] = text[0].toUpper();
    return text;
}

class ChoiceEditor : public AttributeEditor {
public:
    ChoiceEditor(const AttributeSchema& schema, QWidget* parent) : AttributeEditor(parent), m_box(new QComboBox(this)) {
        for (const std::string& choice : schema.choices) m_box->addItem(humanized(choice), toQString(choice));
        m_box->setAccessibleName(labelOf(schema));
        across(this)->addWidget(m_box);
        connect(m_box, &QComboBox::activated, this, [this](int index) { emit edited(AttributeValue(m_box->itemData(index).toString().toStdString())); });
    }
    void setValue(const AttributeValue& value) override {
        if (const auto* text = std::get_if<std::string>(&value)) m_box->setCurrentIndex(m_box->findData(toQString(*text)));
    }
    void setInvalid(bool) override {}

private:
    QComboBox* m_box;
};

class BoolEditor : public AttributeEditor {
public:
    BoolEditor(const AttributeSchema& schema, QWidget* parent) : AttributeEditor(parent), m_box(new QCheckBox(this)) {
        m_box->setProperty("form", "switch");
        m_box->setAccessibleName(labelOf(schema));
        auto* layout = across(this);
        layout->addWidget(m_box);
        layout->addStretch(1);
        connect(m_box, &QCheckBox::clicked, this, [this](bool on) { emit edited(AttributeValue(on)); });
    }
    void setValue(const AttributeValue& value) override {
        if (const auto* on = std::get_if<bool>(&value)) m_box->setChecked(*on);
    }
    void setInvalid(bool) override {}

private:
    QCheckBox* m_box;
};

}  // namespace

AttributeEditor* makeAttributeEditor(const AttributeSchema& schema, QWidget* parent) {
    switch (schema.type) {
        case AttributeType::Bool: return new BoolEditor(schema, parent);
        case AttributeType::Integer: return new IntegerEditor(schema, parent);
        case AttributeType::Real: return new RealEditor(schema, parent);
        case AttributeType::Choice: return new ChoiceEditor(schema, parent);
        case AttributeType::IntegerPair: return new PairEditor(schema, parent);
        case AttributeType::Padding: return new PaddingEditor(schema, parent);
        case AttributeType::ImageShape:
        case AttributeType::RealList: return new ListEditor(schema, parent);
    }
    return nullptr;
}

std::optional<std::int64_t> readInteger(const QString& text) {
    QString plain = text.trimmed();
    plain.remove(QLatin1Char(','));
    plain.replace(QChar(0x2212), QLatin1Char('-'));
    bool ok = false;
    const qlonglong value = QLocale::c().toLongLong(plain, &ok);
    return ok ? std::optional<std::int64_t>(value) : std::nullopt;
}

std::optional<double> readReal(const QString& text) {
    QString plain = text.trimmed();
    plain.replace(QChar(0x2212), QLatin1Char('-'));
    bool ok = false;
    const double value = QLocale::c().toDouble(plain, &ok);
    return ok && !plain.contains(QLatin1Char(',')) && std::isfinite(value) ? std::optional<double>(value) : std::nullopt;
}

std::optional<std::vector<double>> readReals(const QString& text) {
    static const QRegularExpression separator(QStringLiteral("\\s*[×x*,;\\s]\\s*"));
    std::vector<double> values;
    for (const QString& part : text.trimmed().split(separator, Qt::KeepEmptyParts)) {
        const auto value = readReal(part);
        if (!value) return std::nullopt;
        values.push_back(*value);
    }
    return values;
}

}  // namespace convolab
