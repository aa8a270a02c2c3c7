#include "app/lenses/look_inside/explanation_view.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QVBoxLayout>
#include <algorithm>

#include "app/lenses/look_inside/explanation_rows.h"
#include "widgets/maps/contribution_view.h"
#include "widgets/maps/number_grid_view.h"
#include "widgets/maps/value_rows.h"
#include "widgets/plots/number_text.h"
#include "widgets/theme/theme.h"

namespace convolab {

namespace {

constexpr int kLargestCell = 32, kSmallestCell = 6, kTimesWidth = 20;
constexpr std::size_t kSentenceLength = 160;

QLabel* smallLabel(Theme& theme, const char* role = "muted") {
    auto* label = new QLabel;
    label->setProperty("role", role);
    label->setFont(theme.font(FontRole::Caption));
    return label;
}

QWidget* captioned(QWidget* view, QLabel* caption) {
    auto* box = new QWidget;
    auto* column = new QVBoxLayout(box);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(2);
    column->addWidget(view);
    column->addWidget(caption);
    column->addStretch(1);
    return box;
}

QString number(double value) { return QString::fromStdString(valueText(value, 3)); }

}  // namespace

ExplanationView::ExplanationView(Theme& theme, QWidget* parent) : QWidget(parent) {
    build(theme);
    for (NumberGridView* grid : {m_patch, m_kernel, m_products}) {
        connect(grid, &NumberGridView::pointed, this, [this](int row, int column) { light(QPoint(column, row)); });
        connect(grid, &NumberGridView::left, this, [this] { light(std::nullopt); });
    }
    connect(m_terms, &ContributionView::pointed, this, [this](qint64 index) { if (!m_channelTerms) emit termPointed(index); });
    connect(m_terms, &ContributionView::chosen, this, [this](qint64 index) { if (m_channelTerms) emit inputChannelChosen(index); });
    connect(m_terms, &ContributionView::left, this, &ExplanationView::termsLeft);
    clear({});
}

void ExplanationView::build(Theme& theme) {
    auto* column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(8);
    m_why = smallLabel(theme);
    m_why->setObjectName(QStringLiteral("explanationProblem"));
    m_why->setWordWrap(true);
    column->addWidget(m_why);
    m_patch = new NumberGridView(theme, tr("Input patch"));
    m_patch->setObjectName(QStringLiteral("patchGrid"));
    m_kernel = new NumberGridView(theme, tr("Kernel"));
    m_kernel->setObjectName(QStringLiteral("kernelGrid"));
    m_products = new NumberGridView(theme, tr("Products"));
    m_products->setObjectName(QStringLiteral("productsGrid"));
    m_patchName = smallLabel(theme);
    m_kernelName = smallLabel(theme);
    m_productsName = smallLabel(theme);
    m_productsName->setText(tr("products"));
    m_times = smallLabel(theme, "caption");
    m_times->setFont(theme.font(FontRole::Name));
    m_times->setText(QStringLiteral("×"));
    m_times->setAlignment(Qt::AlignCenter);
    m_times->setFixedWidth(kTimesWidth);
    m_hint = smallLabel(theme);
    m_hint->setObjectName(QStringLiteral("gridHint"));
    m_hint->setWordWrap(true);
    m_hint->setMinimumHeight(2 * 15);
    m_hint->setAlignment(Qt::AlignLeft | Qt::AlignTop);

    auto* first = new QHBoxLayout;
    first->setSpacing(0);
    first->addWidget(m_patchBox = captioned(m_patch, m_patchName), 0, Qt::AlignTop);
    first->addWidget(m_times, 0, Qt::AlignVCenter);
    first->addWidget(m_kernelBox = captioned(m_kernel, m_kernelName), 0, Qt::AlignTop);
    first->addStretch(1);
    column->addLayout(first);
    m_rows = new ValueRows(theme, tr("How the value comes about"));
    m_rows->setObjectName(QStringLiteral("explanationRows"));
    auto* second = new QHBoxLayout;
    second->setSpacing(12);
    second->addWidget(m_productsBox = captioned(m_products, m_productsName), 0, Qt::AlignTop);
    second->addWidget(m_rows, 1, Qt::AlignTop);
    column->addLayout(second);
    column->addWidget(m_hint);
    m_termsTitle = smallLabel(theme, "caption");
    column->addWidget(m_termsTitle);
    m_terms = new ContributionView(theme, tr("Terms of the sum"));
    m_terms->setObjectName(QStringLiteral("termList"));
    column->addWidget(m_terms);
    m_sentence = smallLabel(theme);
    m_sentence->setObjectName(QStringLiteral("explanationSentence"));
    m_sentence->setWordWrap(true);
    m_sentence->setTextInteractionFlags(Qt::TextSelectableByMouse);
    column->addWidget(m_sentence);
}

void ExplanationView::clear(const QString& why) {
    m_why->setText(why);
    m_why->setVisible(!why.isEmpty());
    for (QWidget* part : {m_patchBox, m_kernelBox, m_productsBox, static_cast<QWidget*>(m_times), static_cast<QWidget*>(m_terms),
                          static_cast<QWidget*>(m_rows), static_cast<QWidget*>(m_hint), static_cast<QWidget*>(m_termsTitle),
                          static_cast<QWidget*>(m_sentence)}) {
        part->hide();
    }
}

void ExplanationView::light(std::optional<QPoint> cell) {
    for (NumberGridView* grid : {m_patch, m_kernel, m_products}) grid->setLit(cell);
    if (!cell || m_kernelBox->isHidden()) {
        m_hint->setText(m_kernelBox->isHidden() ? QString() : tr("Hover a cell to light it up in all three grids."));
        return;
    }
    const int row = cell->y(), column = cell->x();
    m_hint->setText(tr("row %1, column %2: %3 × %4 = %5").arg(row).arg(column)
                        .arg(number(m_patch->grid().at(row, column)), number(m_kernel->grid().at(row, column)),
                             number(m_products->grid().at(row, column))));
}

void ExplanationView::showGrids(const ChannelTerm& term, const Looks& looks) {
    const bool weighted = !term.kernel.values.empty();
    const int across = std::max(1, static_cast<int>(term.patch.columns));
    const int cell = std::clamp((looks.width - kTimesWidth - 6) / (2 * across), kSmallestCell, kLargestCell);
    for (NumberGridView* grid : {m_patch, m_kernel, m_products}) grid->setCellSize(cell);
    m_patch->setGrid(term.patch, looks.input);
    m_patchName->setText(weighted ? tr("input patch") : tr("window"));
    if (weighted) {
        m_kernel->setGrid(term.kernel, looks.kernel ? *looks.kernel : ValueScale::diverging(term.kernel.values));
        m_kernelName->setText(tr("kernel, input map %1").arg(term.inputChannel));
        m_products->setGrid(term.products, ValueScale::diverging(term.products.values));
    }
    m_patchBox->show();
    m_kernelBox->setVisible(weighted);
    m_times->setVisible(weighted);
    m_productsBox->setVisible(weighted);
    m_hint->setVisible(weighted);
    light(m_patch->lit());
}

void ExplanationView::showTerms(const ValueExplanation& explanation, const Looks& looks) {
    std::vector<Contribution> terms;
    m_channelTerms = explanation.channels.size() > 1;
    if (m_channelTerms) {
        for (const ChannelTerm& term : explanation.channels) terms.push_back({term.inputChannel, term.sum});
        m_termsTitle->setText(tr("What each input map adds (click: show its patch)"));
        m_terms->setTerms(std::move(terms), [](std::int64_t index) { return tr("input map %1").arg(index); });
    } else if (!explanation.dense.empty()) {
        const bool softmax = explanation.kind == ValueExplanation::Kind::Softmax;
        for (const DenseTerm& term : explanation.dense) terms.push_back({term.input, term.product});
        m_termsTitle->setText(softmax ? tr("e^(score − largest) of each class") : tr("Largest contributions"));
        const auto detail = [dense = explanation.dense, softmax](std::int64_t index) {
            const DenseTerm& term = dense[static_cast<std::size_t>(index)];
            return softmax ? number(term.value) : QStringLiteral("%1 × %2").arg(number(term.value), number(term.weight));
        };
        m_terms->setTerms(std::move(terms), looks.inputName ? looks.inputName : [](std::int64_t index) { return tr("input %1").arg(index); }, detail);
    }
    const bool any = m_channelTerms || !explanation.dense.empty();
    m_terms->setVisible(any);
    m_termsTitle->setVisible(any);
}

void ExplanationView::show(const ValueExplanation& explanation, std::int64_t inputChannel, const Looks& looks) {
    m_why->hide();
    if (explanation.channels.empty()) {
        for (QWidget* part : {m_patchBox, m_kernelBox, m_productsBox, static_cast<QWidget*>(m_times), static_cast<QWidget*>(m_hint)}) part->hide();
        m_inputChannel = 0;
    } else {
        const auto nearest = std::min_element(explanation.channels.begin(), explanation.channels.end(), [&](const auto& a, const auto& b) {
            return std::abs(a.inputChannel - inputChannel) < std::abs(b.inputChannel - inputChannel);
        });
        m_inputChannel = nearest->inputChannel;
        showGrids(*nearest, looks);
    }
    showTerms(explanation, looks);
    m_rows->setRows(explanationRows(explanation));
    m_rows->setAccessibleDescription(QString::fromStdString(explanation.sentence));
    m_rows->show();
    // The grids say it better.
    const bool fits = explanation.sentence.size() <= kSentenceLength && m_kernelBox->isHidden();
    m_sentence->setText(fits ? QString::fromStdString(explanation.sentence) : QString());
    m_sentence->setVisible(fits && !explanation.sentence.empty());
}

}  // namespace convolab
