#include "app/lenses/train/augmentation_section.h"

#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSignalBlocker>
#include <QVBoxLayout>
#include <algorithm>

#include "app/lenses/train/augmented_strip.h"
#include "app/lenses/train/form_fields.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr std::size_t kUsual = 5;  // of the registry's order: shift, rotate, scale, flip, crop

QString text(const std::string& value) { return QString::fromStdString(value); }

/// "   At most, °": options stand below their switch.
QString optionLabel(const AugmentationOption& option) {
    const QString unit = option.unit.empty() ? QString() : QStringLiteral(", ") + text(option.unit);
    return QStringLiteral("\u2003") + text(option.label) + unit;
}

}  // namespace

AugmentationSection::AugmentationSection(Theme& theme, Apply apply, QWidget* parent)
    : PanelSection(theme, tr("Augmentation"), tr("training images only"), parent), m_apply(std::move(apply)) {
    setObjectName(QStringLiteral("augmentationSection"));
    for (const Augmentation* kind : augmentations()) addPart(*kind);
    const auto caption = [&](const char* name, const char* role) {
        auto* label = new QLabel;
        label->setObjectName(QLatin1String(name));
        label->setProperty("role", role);
        label->setFont(theme.font(FontRole::Caption));
        label->setWordWrap(true);
        return label;
    };
    m_more = new QPushButton;
    m_more->setObjectName(QStringLiteral("moreAugmentation"));
    m_more->setProperty("role", "link");
    connect(m_more, &QPushButton::clicked, this, [this] {
        m_all = !m_all;
        refreshRows();
    });
    add(m_more);
    m_problem = caption("augmentationProblem", "error");
    m_problem->hide();
    add(m_problem);
    m_exampleRow = new QWidget;
    auto* column = new QVBoxLayout(m_exampleRow);
    column->setContentsMargins(0, 6, 0, 0);
    column->setSpacing(2);
    m_examples = new AugmentedStrip;
    m_examples->setObjectName(QStringLiteral("augmentedStrip"));
    column->addWidget(m_examples);
    auto* below = new QHBoxLayout;
    QLabel* said = caption("augmentedCaption", "muted");
    said->setText(tr("as they are · as the network gets them"));
    m_again = new QPushButton(tr("Draw again"));
    m_again->setObjectName(QStringLiteral("drawAgainButton"));
    m_again->setProperty("role", "link");
    m_again->setToolTip(tr("Shows how another epoch would change them"));
    connect(m_again, &QPushButton::clicked, this, [this] {
        ++m_extraDraws;
        refreshExamples();
    });
    below->addWidget(said, 1);
    below->addWidget(m_again);
    column->addLayout(below);
    add(m_exampleRow);
    refreshRows();
}

void AugmentationSection::addPart(const Augmentation& kind) {
    const std::size_t index = m_parts.size();
    Part part{&kind, nullptr, new QCheckBox, {}, {}, standardAugmentation(kind)};
    part.on->setObjectName(QStringLiteral("augment_") + text(kind.id));
    part.on->setProperty("form", "switch");
    part.on->setAccessibleName(text(kind.label));
    part.on->setToolTip(text(kind.help));
    connect(part.on, &QCheckBox::toggled, this, [this, index](bool on) { toggle(index, on); });
    part.row = addRow(text(kind.label), part.on);
    for (std::size_t i = 0; i < kind.options.size(); ++i) {
        const AugmentationOption& option = kind.options[i];
        // A width that is far larger than what is usual is found in decades.
        auto* field = new ValueField(text(kind.label + ", " + option.label), option.minimum, option.usual, ValueField::Scale::Linear,
                                     option.whole, option.minimum == 0.0);
        field->setLargest(option.maximum);
        field->field()->setObjectName(QStringLiteral("augment_%1_%2").arg(text(kind.id), text(option.key)));
        field->setToolTip(text(option.help));
        connect(field, &ValueField::valueEdited, this, [this, index, i](double value) { edit(index, i, value); });
        part.fields.push_back(field);
        part.fieldRows.push_back(addRow(optionLabel(option), field));
    }
    m_parts.push_back(std::move(part));
}

void AugmentationSection::toggle(std::size_t index, bool on) {
    const AugmentationSpec spec = m_parts[index].spec;
    m_apply([&](Recipe& recipe) {
        std::erase_if(recipe.augmentations, [&](const AugmentationSpec& each) { return each.kind == spec.kind; });
        if (!on) return;
        // In the order of the panel: geometry before colour.
        const auto place = std::ranges::find_if(recipe.augmentations, [&](const AugmentationSpec& each) {
            return std::ranges::any_of(m_parts.begin() + static_cast<std::ptrdiff_t>(index), m_parts.end(),
                                       [&](const Part& later) { return later.kind->id == each.kind; });
        });
        recipe.augmentations.insert(place, spec);
    });
}

void AugmentationSection::edit(std::size_t index, std::size_t option, double value) {
    AugmentationSpec spec = m_parts[index].spec;
    spec.values[option] = value;
    const Status valid = validateAugmentation(spec);
    m_problem->setText(valid.ok() ? QString() : text(valid.error().sentence()));
    m_problem->setVisible(!valid.ok());
    if (!valid.ok()) return;
    m_parts[index].spec = spec;
    m_apply([&](Recipe& recipe) {
        for (AugmentationSpec& each : recipe.augmentations) {
            if (each.kind == spec.kind) each = spec;
        }
    });
}

void AugmentationSection::show(const Recipe& recipe) {
    for (Part& part : m_parts) {
        const auto found = std::ranges::find_if(recipe.augmentations, [&](const AugmentationSpec& each) { return each.kind == part.kind->id; });
        const bool on = found != recipe.augmentations.end();
        if (on) part.spec = *found;
        const QSignalBlocker blocker(part.on);
        part.on->setChecked(on);
        for (std::size_t i = 0; i < part.fields.size(); ++i) part.fields[i]->setValue(part.spec.values[i]);
    }
    m_active = recipe.augmentations;
    m_seed = recipe.seed;
    refreshRows();
    refreshExamples();
}

void AugmentationSection::refreshRows() {
    bool hiddenOnes = false;
    for (std::size_t i = 0; i < m_parts.size(); ++i) {
        const Part& part = m_parts[i];
        const bool on = part.on->isChecked();
        const bool shown = m_all || on || i < kUsual;
        hiddenOnes = hiddenOnes || !shown;
        part.row->setVisible(shown);
        for (QWidget* row : part.fieldRows) row->setVisible(on);
    }
    m_more->setVisible(hiddenOnes || m_all);
    m_more->setText(m_all ? tr("Less") : tr("More: elastic, erase, brightness, contrast, noise"));
}

void AugmentationSection::showExamples(DatasetPtr dataset, std::int64_t epoch) {
    if (dataset == m_dataset && epoch == m_epoch) return;
    m_dataset = std::move(dataset);
    m_epoch = epoch;
    m_extraDraws = 0;
    refreshExamples();
}

void AugmentationSection::refreshExamples() {
    const bool there = m_dataset && m_dataset->info().picture().isImage() && !m_active.empty();
    m_exampleRow->setVisible(there);
    if (there) m_examples->show(m_dataset.get(), m_active, m_seed, m_epoch + m_extraDraws);
}

}  // namespace convolab
